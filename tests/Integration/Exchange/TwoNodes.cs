using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Node;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A clock that a test moves.</summary>
sealed class TestClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    /// <summary>Where it stands still; null while it goes.</summary>
    public DateTimeOffset? Stopped { get; set; }

    public override DateTimeOffset GetUtcNow() => Stopped ?? base.GetUtcNow() + Ahead;
}

/// <summary>Hub, Shanghai (asks) and Anhui (answers) on loopback, with a civil-affairs database of one marriage.</summary>
sealed class TwoNodes : IAsyncDisposable
{
    public const string Hub = "CN-YRD/000000";
    public const string Shanghai = "CN-YRD/310000";
    public const string Anhui = "CN-YRD/340000";
    /// <summary>A telecom, member of the region where a test asks for one.</summary>
    public const string Telecom = "CN-YRD/COM/91340199MA2TEXC01J";

    public const string Marriage = "civil.marriage";
    public const string Item = "300011001001";

    /// <summary>夫妻投靠: the agreement lets it ask about the spouse, on the law's basis.</summary>
    public const string RelatedItem = "990709043000";

    public static readonly string Husband = CitizenId.Make("340199", new DateOnly(1990, 5, 1), 11).ToString();
    public static readonly string Wife = CitizenId.Make("310199", new DateOnly(1991, 6, 2), 22).ToString();

    readonly Dictionary<string, WebApplication> running = [];
    IEnumerable<TestDatabase> databases = [];

    public required string Folder { get; init; }

    public TestClock Clock { get; } = new();

    public required IReadOnlyList<NodeSettings> Settings { get; set; }

    /// <summary>Last word on the services of every node.</summary>
    Action<WebApplicationBuilder>? Also { get; init; }

    /// <summary>The logs of all seal what they answer, as the directory says.</summary>
    bool Seals { get; init; }

    /// <param name="without">A node that is a member and does not run: a test plays it.</param>
    public static async Task<TwoNodes> Start(
        bool hub = false, Action<WebApplicationBuilder>? also = null, ISignatureSuite? messages = null, string? without = null, bool postgres = false, bool seals = true, bool company = false)
    {
        var root = Directory.CreateTempSubdirectory("tongban-exchange-").FullName;
        var ports = Ports.Take(4);
        var hubUrl = $"http://127.0.0.1:{ports[0]}";
        var made = new Dictionary<string, TestDatabase>();
        foreach (var id in postgres ? [Hub, Shanghai, Anhui] : Array.Empty<string>())
            made[id] = await TestDatabase.Postgres();
        NodeSettings Node(string id, string zh, string en, int port) => new()
        {
            Id = id,
            Name = new Words(zh, en),
            Listen = $"http://127.0.0.1:{port}",
            HubUrl = hubUrl,
            IsHub = id == Hub,
            Folder = Path.Combine(root, id[7..]),
        };
        NodeSettings On(NodeSettings settings) =>
            made.TryGetValue(settings.Id, out var database) ? settings with { Database = "postgres", Connection = database.Options.Connection } : settings;
        var region = new TwoNodes
        {
            Folder = root,
            Also = also,
            Seals = seals,
            databases = made.Values,
            Settings = [On(Node(Hub, "枢纽", "Hub", ports[0])), On(Node(Shanghai, "上海市", "Shanghai", ports[1])), On(Node(Anhui, "安徽省", "Anhui", ports[2]))],
        };
        if (company)
        {
            region.Settings = [.. region.Settings, Node(Telecom, "样例通信公司", "Sample Telecom", ports[3]) with { Division = "340000", Demo = true, Systems = new Dictionary<string, Words> { ["telecom"] = new("移动通信网", "Mobile network") } }];
            region.MakePhones();
        }
        ExchangeModule.PrepareRegion(region.RegionNodes, SharedData.Folder, region.Clock, messages);
        region.Agree();
        region.MakeDepartment();
        foreach (var settings in region.Settings)
            await House.SeededSqlite.Prepare(settings);
        if (hub)
            await region.Run(Hub);
        foreach (var node in new[] { Anhui, Shanghai, Telecom }.Where(n => n != without && (company || n != Telecom)))
            await region.Run(node);
        return region;
    }

    public IReadOnlyList<ExchangeModule.RegionNode> RegionNodes =>
        [.. Settings.Select(s => new ExchangeModule.RegionNode(s.Id, s.Identity().Division, s.Name, s.Listen, s.IsHub, s.Folder) { Seals = Seals })];

    public string FolderOf(string nodeId) => Path.Combine(Folder, nodeId[7..]);

    public string Url(string nodeId) => Settings.Single(s => s.Id == nodeId).Listen;

    public Keystore Keys(string nodeId) => ExchangeModule.OpenKeystore(FolderOf(nodeId)).Value;

    public Task Run(string nodeId) => Run(Settings.Single(s => s.Id == nodeId));

    /// <summary>With other settings than the region's.</summary>
    public async Task Run(NodeSettings settings)
    {
        var app = NodeHost.Build(settings, builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(Clock);
            builder.Services.AddSingleton(new ExchangeOptions { DirectoryPeriod = TimeSpan.FromMilliseconds(300), WitnessPeriod = TimeSpan.FromMilliseconds(200), WatchPeriod = TimeSpan.FromMilliseconds(100), AckPeriod = TimeSpan.FromMilliseconds(200), EscalationPeriod = TimeSpan.FromMilliseconds(200) });
            builder.Logging.SetMinimumLevel(LogLevel.Error);
            Also?.Invoke(builder);
        });
        await NodeHost.Start(app);
        await House.IndexInChange.Begin(app.Services);
        running[settings.Id] = app;
    }

    public async Task Stop(string nodeId)
    {
        var app = running[nodeId];
        running.Remove(nodeId);
        await app.StopAsync();
        await app.DisposeAsync();
    }

    /// <summary>Time passes, and every node has heard since that its directory is the present one.</summary>
    public async Task Pass(TimeSpan time)
    {
        Clock.Ahead += time;
        foreach (var node in running.Keys.ToList())
            Assert.True((await Get<RegionDirectory>(node).Offer(Get<RegionDirectory>(node).Trusted.Text, TestContext.Current.CancellationToken)).Ok);
    }

    public WebApplication App(string nodeId) => running[nodeId];

    public T Get<T>(string nodeId) where T : notnull => running[nodeId].Services.GetRequiredService<T>();

    /// <summary>Something done as the given actor, in a scope of its own.</summary>
    public async Task<T> As<TService, T>(string nodeId, Actor actor, Func<TService, Task<T>> act) where TService : notnull
    {
        await using var scope = running[nodeId].Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(actor);
        return await act(scope.ServiceProvider.GetRequiredService<TService>());
    }

    /// <summary>The person's consent, attested in Shanghai, for the marriage record in Anhui.</summary>
    public async Task<string> Consent(string citizenId, string purpose = Item, string caseReference = "D1", params string[] fields)
    {
        var request = new ConsentRequest("subject-1", citizenId, purpose, new Words("户口迁移", "Household move"), caseReference, Shanghai,
            [new ConsentSource(Anhui, Marriage, fields.Length == 0 ? ["registerNumber", "registeredOn", "state"] : fields)], 2, TimeSpan.FromHours(1));
        var given = await As<IConsents, Result<ConsentGiven>>(Shanghai, Actor.Node("test"), c => c.Attest(request, TestContext.Current.CancellationToken));
        return given.Value.ConsentId;
    }

    public async Task<int> Publish<TEvent>(string from, string to, TEvent e, string stream, long sequence) where TEvent : IPeerEvent
    {
        await using var scope = running[from].Services.AsNode("test");
        scope.ServiceProvider.GetRequiredService<Outbox>().PublishTo(to, e, stream, sequence);
        return await scope.ServiceProvider.GetRequiredService<NodeDb>().SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    public static ExchangeQuestion Question(string? consentId, params string[] fields) => new(
        Anhui, Marriage, new Dictionary<string, string> { ["citizenId"] = Husband }, fields.Length == 0 ? ["registerNumber", "registeredOn"] : fields,
        Item, "D1", "subject-1", consentId, "account-1");

    public Task<Result<ExchangeAnswer>> Ask(ExchangeQuestion question) => Get<IExchange>(Shanghai).Query(question, TestContext.Current.CancellationToken);

    public const string AgreementId = "ag-test";
    public const string SmallQuota = "ag-test-quota";

    /// <summary>Instead of the sample's: one agreement for one item and two hours, one with a quota of 2 a day, and Anhui's own with itself.</summary>
    public void Agree()
    {
        var now = Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = new AgreementTerms(AgreementId, Anhui, Shanghai, Marriage, 1, ["registerNumber", "registeredOn", "state", "office", "husbandName"], [Item, RelatedItem], true,
            new AgreementBasis(AgreementBasis.Consent, new Words("同意", "consent")), now - 60_000, now + 2 * 3600_000, 100,
            new RelatedBasis([RelatedItem], new Words("户口登记条例第十三条", "Household registration, art. 13")), Subscription: true);
        var quota = terms with { Id = SmallQuota, Resource = "police.identity", QuotaPerDay = 2, Basis = new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")), Fields = ["name"], Subscription = false };
        var self = terms with { Id = "ag-self", Consumer = Anhui };
        var both = $"{Sign(terms, Anhui, Shanghai)}\n{Sign(quota, Anhui, Shanghai)}\n";
        File.WriteAllText(Path.Combine(FolderOf(Shanghai), AgreementBook.FileName), both);
        File.WriteAllText(Path.Combine(FolderOf(Anhui), AgreementBook.FileName), both + Sign(self, Anhui) + "\n");
    }

    public string Sign(AgreementTerms terms, params string[] nodes) =>
        JsonSerializer.Serialize(nodes.Aggregate(SignedDocument.Of(terms), (document, node) => document.Sign(Keys(node).Signing, Agreement.DocumentType)));

    public string Sign(DirectoryDocument directory, params string[] nodes) =>
        JsonSerializer.Serialize(nodes.Aggregate(SignedDocument.Of(directory), (document, node) => document.Sign(Keys(node).Signing, TrustedDirectory.DocumentType)));

    /// <summary>A query put together by hand, as a consumer would that keeps to nothing.</summary>
    public QueryMessage Message(ConsentSecret? consent) => new(
        1, Guid.CreateVersion7().ToString("N"), AgreementId, Marriage, 1, ["registerNumber"], new Dictionary<string, string> { ["citizenId"] = Husband },
        Item, "D1", consent?.Token, consent is null ? null : Convert.FromBase64String(consent.Salt));

    public async Task<ConsentSecret> Secret(string consentId) =>
        (await Get<ConsentBook>(Shanghai).Given(consentId, TestContext.Current.CancellationToken)).Value;

    /// <summary>What the department in Anhui enters in the one marriage it holds: <c>column = value</c>.</summary>
    public void Write(string what)
    {
        using var connection = OpenDepartment();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = $"UPDATE hunyin SET {what}";
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    SqliteConnection OpenDepartment()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(FolderOf(Anhui), "departments", "civil.db"), Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    void MakeDepartment()
    {
        Directory.CreateDirectory(Path.Combine(FolderOf(Anhui), "departments"));
        using var connection = OpenDepartment();
        using var command = connection.CreateCommand();
        command.CommandText = """
            CREATE TABLE hunyin (djzh TEXT, djrq TEXT, djjg TEXT, xzqh TEXT, nan_sfzh TEXT, nan_xm TEXT, nv_sfzh TEXT, nv_xm TEXT, zt TEXT);
            INSERT INTO hunyin VALUES ('J340199-2015-000001', '2015-10-01', '合肥市民政局', '340199', $h, '样例甲', $w, '样例乙', '有效');
            """;
        command.Parameters.AddWithValue("$h", Husband);
        command.Parameters.AddWithValue("$w", Wife);
        command.ExecuteNonQuery();
    }

    /// <summary>A steward there registered who has which right in a resource.</summary>
    public async Task<RightRow> Register(string nodeId, string resource, string kind, string party)
    {
        var now = Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var right = new RightRow
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Resource = resource,
            Kind = kind,
            Party = party,
            Basis = "试验文件",
            ValidFrom = now - 60_000,
            RegisteredAt = now,
            Division = nodeId[7..],
            Department = nodeId[7..] + "-civil",
        };
        await As<NodeDb, int>(nodeId, Actor.Node("test"), async db =>
        {
            db.Add(right);
            return await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        });
        await Get<OwnResources>(nodeId).Load(TestContext.Current.CancellationToken);
        return right;
    }

    /// <summary>County, province of the number, people: what the telecom counts in one month.</summary>
    public static readonly (string County, string Origin, int People)[] Phones =
    [
        ("青浦区", "上海", 900), ("青浦区", "安徽", 120), ("青浦区", "西藏", 4), ("青浦区", "青海", 60),
        ("吴江区", "江苏", 800), ("吴江区", "安徽", 90), ("嘉善县", "西藏", 7),
    ];

    void MakePhones()
    {
        Directory.CreateDirectory(Path.Combine(FolderOf(Telecom), "departments"));
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(FolderOf(Telecom), "departments", "telecom.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = "CREATE TABLE zhuliu (tjy TEXT, qx TEXT, lyd TEXT, rs INTEGER, ts INTEGER);" + string.Concat(Phones.Select(p => $"INSERT INTO zhuliu VALUES ('2026-10', '{p.County}', '{p.Origin}', {p.People}, {p.People * 10});"));
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var id in running.Keys.ToList())
            await Stop(id);
        SqliteConnection.ClearAllPools();
        foreach (var database in databases)
            await database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
