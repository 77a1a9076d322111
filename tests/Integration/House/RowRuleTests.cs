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

    [Fact]
    public void No_room_turns_the_rule_off()
    {
        var sources = Directory.GetFiles(Path.Combine(ProjectRoot.Path, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        Assert.All(sources.Where(f => !BeforeThereIsAnActor.Contains(Path.GetFileName(f))), f => Assert.False(File.ReadAllText(f).Contains("IgnoreQueryFilters", StringComparison.Ordinal), f));
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
            var actor = new Actor(Pick(Enum.GetValues<Role>()), "a", "", Division(), Pick(null, Department()), Pick(null, "", "anna", "bob"));
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
