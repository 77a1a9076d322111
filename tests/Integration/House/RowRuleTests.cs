using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>Division subtree × department × role × purpose, or the person's own: one rule, in every query.</summary>
public class RowRuleTests
{
    [Fact]
    public void Every_entity_carries_the_rule_or_says_why_not()
    {
        using var services = Services(new DatabaseOptions("sqlite", "unused.db"), Model.Parts());
        using var scope = services.CreateScope();
        var model = scope.ServiceProvider.GetRequiredService<NodeDb>().Model;
        Assert.NotEmpty(model.GetEntityTypes());
        foreach (var entity in model.GetEntityTypes().Where(e => !e.IsOwned()))
        {
            var ruled = typeof(IRowRuled).IsAssignableFrom(entity.ClrType);
            var reason = entity.ClrType.GetCustomAttributes(typeof(NoRowRuleAttribute), false).Cast<NoRowRuleAttribute>().SingleOrDefault()?.Reason;
            Assert.True(ruled != reason is { Length: > 10 }, $"{entity.ClrType.Name}: the rule, or a reason, but not both");
            if (ruled)
                Assert.Contains(entity.GetDeclaredQueryFilters(), f => f.Key == "row-rule");
        }
    }

    /// <summary>Sign-in reads the row of whoever proved a key before there is an actor; nothing else may.</summary>
    static readonly string[] BeforeThereIsAnActor = ["IdentityQueries.cs"];

    /// <summary>The outbox's claims and the counters: tables about nobody; and the rewriting of whole columns, which shows rows to nobody. SQL of our own elsewhere would pass by the rule.</summary>
    static readonly string[] OwnSql = ["Kernel/Events/OutboxClaims.cs", "Kernel/Data/Counters.cs", "Kernel/Data/Database.cs", "Kernel/Data/ColumnWalk.cs"];

    static readonly string[] PassesByTheRule = ["FromSql", "SqlQuery", "ExecuteSql", "GetDbConnection"];

    static IEnumerable<(string Path, string Text)> Sources() =>
        from file in Directory.EnumerateFiles(Path.Combine(ProjectRoot.Path, "src"), "*", SearchOption.AllDirectories)
        where file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal)
        let path = Path.GetRelativePath(Path.Combine(ProjectRoot.Path, "src"), file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/node_modules/", StringComparison.Ordinal)
        select (path, File.ReadAllText(file));

    [Fact]
    public void No_room_turns_the_rule_off()
    {
        Assert.Contains(Sources(), s => s.Path.EndsWith(".razor", StringComparison.Ordinal));
        var off = Sources().Where(s => !BeforeThereIsAnActor.Contains(Path.GetFileName(s.Path)) && s.Text.Contains("IgnoreQueryFilters", StringComparison.Ordinal));
        Assert.True(!off.Any(), $"The row rule is turned off in {string.Join(", ", off.Select(s => s.Path))}");
        var byKey = Sources().Where(s => !s.Path.StartsWith("Modules/Identity/", StringComparison.Ordinal) && s.Text.Contains("ByProvenKey", StringComparison.Ordinal));
        Assert.True(!byKey.Any(), $"Only sign-in reads before there is an actor; so does {string.Join(", ", byKey.Select(s => s.Path))}");
    }

    [Fact]
    public void No_room_passes_by_the_rule_with_sql_of_its_own()
    {
        var own = Sources().Where(s => !OwnSql.Contains(s.Path) && PassesByTheRule.Any(p => s.Text.Contains(p, StringComparison.Ordinal)));
        Assert.True(!own.Any(), $"SQL on the node's database that the row rule does not reach: {string.Join(", ", own.Select(s => s.Path))}");
    }

    /// <summary>What tells that a row belongs to a department or a person.</summary>
    static readonly string[] Owners = ["SubjectKey", "Department", "Readers", "PersonId", "AccountId"];

    /// <summary>Found by a secret that only its holder has, before there is an actor; and the public catalogue, which says what department offers a service.</summary>
    static readonly string[] Excused = ["CodeRow", "GrantRow", "SessionRow", "VariantRow"];

    [Fact]
    public void An_entity_that_names_an_owner_carries_the_rule()
    {
        using var services = Services(new DatabaseOptions("sqlite", "unused.db"), Model.Parts());
        using var scope = services.CreateScope();
        var owned = scope.ServiceProvider.GetRequiredService<NodeDb>().Model.GetEntityTypes()
            .Where(e => !e.IsOwned() && !typeof(IRowRuled).IsAssignableFrom(e.ClrType) && e.GetProperties().Any(p => Owners.Contains(p.Name)))
            .Select(e => e.ClrType.Name).Order(StringComparer.Ordinal);
        Assert.Equal(Excused, owned);
    }

    /// <summary>The plain rule by hand, one dimension at a time: it is what the queries are compared with.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("another division", false)]
    [InlineData("the division above", false)]
    [InlineData("a division below", true)]
    [InlineData("another department", false)]
    [InlineData("a role without the purpose", false)]
    [InlineData("another purpose", false)]
    [InlineData("another department of the team", true)]
    [InlineData("the team, but a role without the purpose", false)]
    [InlineData("her own", true)]
    [InlineData("another person's", false)]
    [InlineData("nobody's, to a person without a key", false)]
    public void Each_dimension_counts(string other, bool sees)
    {
        var actor = new Actor(Role.Officer, "a", "", "340100", "340100-police", null);
        var (readFor, division, department, subject, readers) = (Purposes.Cases, "340100", "340100-police", "anna", "");
        if (other == "another division")
            division = "340200";
        if (other == "the division above")
            division = "340000";
        if (other == "a division below")
            division = "340104";
        if (other is "another department" or "another department of the team")
            department = "340100-hrss";
        if (other is "another department of the team" or "the team, but a role without the purpose")
            readers = "|340100-police|";
        if (other is "a role without the purpose" or "the team, but a role without the purpose")
            actor = actor with { Role = Role.Steward };
        if (other == "another purpose")
            readFor = "nothing an officer reads for";
        if (other is "her own" or "another person's" or "nobody's, to a person without a key")
            actor = new Actor(Role.Resident, "p", "", "", null, other == "her own" ? "anna" : other == "another person's" ? "bob" : "");
        if (other == "nobody's, to a person without a key")
            subject = "";
        Assert.Equal(sees, RowRule.Sees(actor, readFor, division, department, subject, readers));
    }

    [Fact]
    public async Task Queries_agree_with_the_plain_rule_on_SQLite()
    {
        await using var database = TestDatabase.Sqlite();
        await Agree(database.Options);
    }

    [Fact]
    public async Task Queries_agree_with_the_plain_rule_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var database = await TestDatabase.Postgres();
        await Agree(database.Options);
    }

    static async Task Agree(DatabaseOptions options)
    {
        await using var services = Services(options, [new RuledModel()]);
        var random = new Random(7);
        T Pick<T>(params T[] from) => from[random.Next(from.Length)];
        string Division() => Pick("310000", "310100", "310104", "310104003", "340000", "340100", "3401", "");
        string Department() => Pick("310000-police", "340000-police", "340000-hrss");
        var rows = Enumerable.Range(0, 400).Select(i => new Ruled
        {
            Id = i,
            Division = Division(),
            Department = Pick("", Department()),
            SubjectKey = Pick("", "anna", "bob"),
            Readers = Pick("", $"|{Department()}|", $"|{Department()}||{Department()}|"),
        }).ToList();
        await using (var scope = As(services, Actor.Node("test")))
        {
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            await db.Database.EnsureCreatedAsync();
            db.AddRange(rows);
            await db.SaveChangesAsync();
        }
        var seenSome = 0;
        for (var i = 0; i < 300; i++)
        {
            var actor = new Actor(Pick(Enum.GetValues<Role>()), "a", "", Division(), Pick(null, "", Department()), Pick(null, "", "anna", "bob"));
            await using var scope = As(services, actor);
            var seen = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<Ruled>().OrderBy(r => r.Id).Select(r => r.Id).ToListAsync();
            var expected = rows.Where(r => RowRule.Sees(actor, Ruled.ReadFor, r.Division, r.Department, r.SubjectKey, r.Readers)).Select(r => r.Id).ToList();
            Assert.Equal(expected, seen);
            seenSome += seen.Count > 0 && seen.Count < rows.Count ? 1 : 0;
        }
        Assert.InRange(seenSome, 20, 280);
        await using var nobody = As(services, Actor.Nobody);
        Assert.Empty(await nobody.ServiceProvider.GetRequiredService<NodeDb>().Set<Ruled>().ToListAsync());
    }

    static AsyncServiceScope As(IServiceProvider services, Actor actor)
    {
        var scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(actor);
        return scope;
    }

    static ServiceProvider Services(DatabaseOptions options, IEnumerable<IModelPart> parts)
    {
        var services = new ServiceCollection();
        services.AddNodeDb(options, typeof(NodeHost).Assembly.GetName().Name!);
        foreach (var part in parts)
            services.AddSingleton(part);
        return services.BuildServiceProvider();
    }

    sealed class Ruled : IRowRuled
    {
        public long Id { get; set; }

        public required string Division { get; set; }

        public required string Department { get; set; }

        public required string SubjectKey { get; set; }

        public required string Readers { get; set; }

        public static string ReadFor => Purposes.Cases;
    }

    sealed class RuledModel : IModelPart
    {
        public string Prefix => "ruled_";

        public void Configure(Microsoft.EntityFrameworkCore.ModelBuilder model) => model.Entity<Ruled>(e =>
        {
            e.ToTable("ruled_row");
            e.Property(r => r.Id).ValueGeneratedNever();
        });
    }
}
