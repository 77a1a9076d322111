using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Rulebook;
using Tongban.Rulebook.Register;
using Tongban.Rulebook.Versions;
using Tongban.Rules;
using Tongban.Rules.Authoring;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Rulebook;

/// <summary>Tables from files: versions by day, questions of other rooms, the register.</summary>
public sealed class RulebookTests
{
    static readonly DateOnly Monday = new(2026, 11, 23);

    sealed class FixedClock : TimeProvider
    {
        public DateOnly Day { get; set; } = Monday;

        public override DateTimeOffset GetUtcNow() => new(Day, new TimeOnly(2, 0), TimeSpan.Zero);
    }

    sealed class House : IAsyncDisposable
    {
        readonly TestDatabase database;
        readonly ServiceProvider services;

        House(TestDatabase database)
        {
            this.database = database;
            Folder = Directory.CreateTempSubdirectory("tongban-rules-").FullName;
            Directory.CreateDirectory(Path.Combine(Folder, "rules"));
            var collection = new ServiceCollection();
            collection.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
            collection.AddRulebook();
            collection.AddSingleton<TimeProvider>(Clock);
            collection.AddSingleton(new NodeIdentity("CN-YRD/310000", "310000", new Words("上海市", "Shanghai"), false, "http://127.0.0.1", "http://127.0.0.1", Folder, Folder, false));
            collection.ConfigureDbContext<NodeDb>(o => o.EnableServiceProviderCaching(false)
                .ConfigureWarnings(w => w.Ignore(Microsoft.EntityFrameworkCore.Diagnostics.RelationalEventId.PendingModelChangesWarning)));
            services = collection.BuildServiceProvider();
        }

        public string Folder { get; }

        public FixedClock Clock { get; } = new();

        public static async Task<House> Open(TestDatabase database)
        {
            var house = new House(database);
            await MigratedSqlite.Prepare(house.services.GetRequiredService<DatabaseOptions>());
            await Database.Migrate(house.services);
            return house;
        }

        public void Put(string id, DecisionTableModel table, string? tests = null)
        {
            File.WriteAllText(Path.Combine(Folder, "rules", id + ".dmn"), DmnWriter.Write(table));
            if (tests is not null)
                File.WriteAllText(Path.Combine(Folder, "rules", id + ".tests.json"), tests);
        }

        public async Task Start()
        {
            foreach (var hosted in services.GetServices<IHostedService>())
                await hosted.StartAsync(CancellationToken.None);
        }

        public async Task<T> Ask<T>(Func<IServiceProvider, Task<T>> question)
        {
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.Nobody);
            return await question(scope.ServiceProvider);
        }

        public Task<Result<RuleOutcome>> Decide(Dictionary<string, object?> inputs, DateOnly at, string id = "decide") =>
            Ask(s => s.GetRequiredService<IRulebook>().Decide(id, inputs, at, default));

        public async ValueTask DisposeAsync()
        {
            await services.DisposeAsync();
            await database.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }

    static DecisionTableModel Table(int days, HitPolicy policy = HitPolicy.First) => new("decide", "当场办结", policy,
        [new("参保状态", "state", "string", "\"在保\",\"停保\""), new("离沪天数", "days", "number"), new("申请日", "day", "date")],
        [new("decision", "string"), new("months", "number")],
        [
            new(["\"在保\"", $">= {days}", ">= date(\"2024-01-01\")"], ["\"approve\"", "12"], "第三条"),
            new(["-", "-", "-"], ["\"people\"", "null"], "其余转人工"),
        ])
    { Annotations = ["依据"] };

    const string Cases = """[{"name":"在保三十天","inputs":{"state":"在保","days":30,"day":"2026-11-23"},"expected":{"decision":"approve","months":12}}]""";

    static Dictionary<string, object?> Inputs(string? state, decimal days) => new() { ["state"] = state, ["days"] = days, ["day"] = Monday };

    [Fact]
    public async Task A_changed_file_decides_from_the_day_it_arrives_on_SQLite()
    {
        await using var house = await House.Open(TestDatabase.Sqlite());
        await VersionsByDay(house);
    }

    [Fact]
    public async Task A_changed_file_decides_from_the_day_it_arrives_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var house = await House.Open(await TestDatabase.Postgres());
        await VersionsByDay(house);
    }

    static async Task VersionsByDay(House house)
    {
        house.Put("decide", Table(15), Cases);
        await house.Start();
        await house.Start(); // a second start publishes nothing new
        house.Clock.Day = Monday.AddDays(7);
        house.Put("decide", Table(25), Cases);
        await house.Start();

        var before = (await house.Decide(Inputs("在保", 20), Monday)).Value;
        Assert.Equal(1, before.Version);
        Assert.Equal(("approve", 12m), (before.Outputs.Single()["decision"], before.Outputs.Single()["months"]));
        Assert.Equal([new Tongban.Contracts.Rulebook.FiredRule("decide_r1", 1, "第三条")], before.Fired);

        var after = (await house.Decide(Inputs("在保", 20), Monday.AddDays(7))).Value;
        Assert.Equal(2, after.Version);
        Assert.Equal("people", after.Outputs.Single()["decision"]);
        Assert.Null(after.Outputs.Single()["months"]);

        var sheet = (await house.Ask(s => s.GetRequiredService<ShowRule>().Show("decide", null, default))).Value;
        Assert.Equal([(2, true), (1, false)], sheet.Versions.Select(v => (v.Number, v.IsValid)));
        Assert.True(Assert.Single(sheet.Tests).Passed);
        var line = Assert.Single((await house.Ask(s => s.GetRequiredService<ListRules>().List(null, 20, default))).Value.Items);
        Assert.Equal(("decide", 2, 2), (line.Id, line.Version, line.Rows));
    }

    [Fact]
    public async Task Before_its_first_day_a_rule_is_not_published()
    {
        await using var house = await House.Open(TestDatabase.Sqlite());
        house.Put("decide", Table(15));
        await house.Start();
        Assert.Equal("rule.not-published", (await house.Decide(Inputs("在保", 20), new DateOnly(2023, 12, 31))).Error!.Code);
        Assert.Equal("rule.not-published", (await house.Decide(Inputs("在保", 20), Monday, "other")).Error!.Code);
    }

    [Fact]
    public async Task What_a_table_does_not_allow_is_an_error_not_a_missing_row()
    {
        await using var house = await House.Open(TestDatabase.Sqlite());
        house.Put("decide", Table(15, HitPolicy.Unique));
        await house.Start();
        Assert.Equal("rule.input", (await house.Decide(Inputs("别的", 20), Monday)).Error!.Code);
        Assert.Equal("rule.contradicts-itself", (await house.Decide(Inputs("在保", 20), Monday)).Error!.Code);
        Assert.Equal("people", (await house.Decide(Inputs(null, 20), Monday)).Value.Outputs.Single()["decision"]);
    }

    [Theory]
    [InlineData("""[{"name":"错","inputs":{"state":"停保","days":1,"day":"2026-11-23"},"expected":{"decision":"approve","months":12}}]""")]
    [InlineData("{}")]
    public async Task A_file_whose_cases_fail_stops_the_start_and_publishes_nothing(string cases)
    {
        await using var house = await House.Open(TestDatabase.Sqlite());
        house.Put("decide", Table(15), cases);
        await Assert.ThrowsAsync<InvalidDataException>(house.Start);
        Assert.Equal("rule.not-published", (await house.Decide(Inputs("在保", 20), Monday)).Error!.Code);
    }

    [Fact]
    public async Task Two_who_publish_at_once_do_not_overwrite_each_other()
    {
        await using var house = await House.Open(TestDatabase.Sqlite());
        house.Put("decide", Table(15));
        await house.Start();
        var versions = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => house.Ask(async s =>
        {
            var table = CheckTable.Check("decide", DmnWriter.Write(Table(100 + i)), null).Value;
            return await new PublishTable(s.GetRequiredService<NodeDb>(), house.Clock).Publish(table, Monday, "a", "b", default);
        })));
        var won = versions.Where(v => v.Ok).Select(v => v.Value).ToList();
        Assert.NotEmpty(won);
        Assert.Equal(won.Count, won.Distinct().Count());
        Assert.All(versions.Where(v => !v.Ok), v => Assert.Equal(ErrorKind.Conflict, v.Error!.Kind));
        var stored = await house.Ask(s => s.GetRequiredService<NodeDb>().Set<RuleVersion>().CountAsync());
        Assert.Equal(1 + won.Count, stored);
    }
}
