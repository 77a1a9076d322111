using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Certificates;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Node;
using Tongban.Notices;
using Tongban.Tests.Integration.Cases;
using Tongban.Tests.Support;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Tests.Integration.Papers;

/// <summary>
/// The rooms Certificates and Notices of one node on a real database behind real HTTP; the rooms around them are stand-ins.
/// Events move only when <see cref="PapersRegion.Settle"/> is called.
/// </summary>
sealed class PapersHost : IAsyncDisposable
{
    readonly TestDatabase database;
    readonly WebApplication app;

    public NodeIdentity Identity { get; }

    public Keystore Keys { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => app.Services;

    PapersHost(TestDatabase database, WebApplication app, NodeIdentity identity, Keystore keys)
    {
        (this.database, this.app, Identity, Keys) = (database, app, identity, keys);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = new Uri(identity.PublicUrl) };
    }

    public static async Task<PapersHost> Start(string division, Words name, PapersRegion region, TestDatabase database)
    {
        var folder = Directory.CreateTempSubdirectory("tongban-papers-").FullName;
        var url = $"http://127.0.0.1:{Ports.Take()}";
        var identity = new NodeIdentity($"CN-YRD/{division}", division, name, false, url, url, folder, SharedData.Folder, true);
        var keys = Keystore.Create(Path.Combine(folder, "keys.tbk"), "test", iterations: 1_000).Value;
        region.Members.Add(new Member(identity.Id, division, name, url, false, [JsonSerializer.Serialize(keys.Signing.Public.Jwk)], [new DocumentKey(JsonSerializer.Serialize(keys.Signing.Public.Jwk), 0, long.MaxValue)]));
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSetting("urls", url);
        builder.Logging.ClearProviders();
        var services = builder.Services;
        var web = services.Where(s => s.ServiceType == typeof(IHostedService)).ToHashSet();
        services.AddSingleton(identity);
        services.AddSingleton<TimeProvider>(region.Clock);
        services.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
        services.AddKernel();
        services.AddSingleton(keys);
        services.AddSingleton<IVault>(keys.Vault);
        services.AddSingleton<IPayloadSeal, PlainSeal>();
        services.AddSingleton<IMembers>(region.Members);
        services.AddSingleton<IAccessRecords>(region);
        services.AddSingleton<IPlaces>(region);
        services.AddSingleton<IDepartments>(region);
        services.AddSingleton<IMatters>(region);
        services.AddScoped<IIdentities, PapersPeople>();
        services.AddWeb();
        services.AddAntiforgery();
        services.AddCertificates();
        services.AddNotices();
        foreach (var job in services.Where(s => s.ServiceType == typeof(IHostedService) && !web.Contains(s)).ToList())
            services.Remove(job);
        Type[] here = [typeof(CertificatesModule), typeof(NoticesModule)];
        foreach (var part in House.Model.Parts().Where(p => !here.Any(h => h.Assembly == p.GetType().Assembly)))
            services.AddSingleton(part);
        var app = builder.Build();
        app.Use((http, next) =>
        {
            if (http.Request.Headers["X-Actor"].ToString() is { Length: > 0 } actor)
                http.RequestServices.GetRequiredService<CurrentActor>().Become(PapersPeople.Parse(actor));
            return next(http);
        });
        app.UseWeb();
        // That every write shows a page of this node asked for it is tested with the whole node.
        var root = app.MapGroup("").DisableAntiforgery();
        var faces = new Faces(root.MapGroup(""), root.MapGroup("/console"), root.MapGroup("/hub"), root.MapGroup("/api"), root.MapGroup("/peer"));
        faces.MapCertificates();
        faces.MapNotices();
        await MigratedSqlite.Prepare(app.Services.GetRequiredService<DatabaseOptions>());
        await Database.Migrate(app.Services);
        await app.StartAsync();
        return new PapersHost(database, app, identity, keys);
    }

    public Task<Answer> Get(string actor, string path) => Send(actor, new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } });

    public Task<Answer> Submit(string actor, string path, params (string Name, string Value)[] fields) => Send(actor, new HttpRequestMessage(HttpMethod.Post, path)
    {
        Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))),
        Headers = { { "Accept", "text/html" } },
    });

    /// <summary>What any program asks that holds a certificate.</summary>
    public Task<Answer> Verify(string token) => Send("", new HttpRequestMessage(HttpMethod.Post, "/api/certificates/verify")
    {
        Content = new StringContent(JsonSerializer.Serialize(new { token }), System.Text.Encoding.UTF8, "application/json"),
    });

    async Task<Answer> Send(string actor, HttpRequestMessage request)
    {
        request.Headers.Add("X-Actor", actor);
        if (request.Method != HttpMethod.Get)
            request.Headers.Add(OnceFilter.Header, Guid.NewGuid().ToString("N"));
        using var response = await Http.SendAsync(request);
        return new Answer((int)response.StatusCode, response.Headers.Location?.ToString(), WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>Looks at the database as the node itself.</summary>
    public async Task<T> As<T>(Func<NodeDb, Task<T>> look)
    {
        await using var scope = app.Services.AsNode("test");
        return await look(scope.ServiceProvider.GetRequiredService<NodeDb>());
    }

    /// <summary>Published as another room of this node would.</summary>
    /// <param name="times">The same event, so often delivered: as after a crash that lost the word that it was handled.</param>
    public async Task Publish<T>(T e, int times = 1) where T : IEvent
    {
        for (var i = 0; i < times; i++)
        {
            await using var scope = app.Services.AsNode("test");
            scope.ServiceProvider.GetRequiredService<Outbox>().Publish(e);
            await scope.ServiceProvider.GetRequiredService<NodeDb>().SaveChangesAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(Identity.DataFolder, recursive: true);
    }
}

/// <summary>Anhui decides and issues; Shanghai is where the people live and file.</summary>
sealed class PapersRegion : IAsyncDisposable, IAccessRecords, IPlaces, IDepartments, IMatters
{
    /// <summary>Filings that Anhui does not decide, though it may say so.</summary>
    public HashSet<string> DecidedElsewhere { get; } = [];

    public Task<bool> IsDecidedBy(string filingId, string node, CancellationToken ct) => Task.FromResult(!DecidedElsewhere.Contains(filingId));

    public Task<IReadOnlyList<FiledMatter>> FiledUnder(string reference, CancellationToken ct) => Task.FromResult<IReadOnlyList<FiledMatter>>([]);

    public Task<CaseHere?> CaseOf(string filingId, string filingNode, CancellationToken ct) => Task.FromResult<CaseHere?>(null);

    public Task<IReadOnlyDictionary<string, MatterName>> Named(IReadOnlyCollection<string> references, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<string, MatterName>>(new Dictionary<string, MatterName>());

    public const string Wang = "person:wang";
    public const string Li = "person:li";
    public const string Medical = "officer:340000:340000-medical";
    public const string Police = "officer:340000:340000-police";
    public const string TypeCode = "11100099000000083H001";

    public required TestRegionClock Clock { get; init; }

    public Identity.Members Members { get; } = new();

    public PapersHost Anhui { get; private set; } = null!;

    public PapersHost Shanghai { get; private set; } = null!;

    public List<AccessRecord> Reads { get; } = [];

    public static async Task<PapersRegion> Start(bool postgres = false)
    {
        var region = new PapersRegion { Clock = new TestRegionClock() };
        region.Anhui = await PapersHost.Start("340000", new Words("安徽省", "Anhui"), region, postgres ? await TestDatabase.Postgres() : TestDatabase.Sqlite());
        region.Shanghai = await PapersHost.Start("310000", new Words("上海市", "Shanghai"), region, postgres ? await TestDatabase.Postgres() : TestDatabase.Sqlite());
        return region;
    }

    /// <summary>A case of Anhui's medical security, filed in Shanghai.</summary>
    public CaseFacts Case(string number, string who = "wang", string filingNode = "CN-YRD/310000") => new(
        number, "F" + number, filingNode, "992083067000", "11340000000000083H1992083067000", new Words("异地就医备案", "Filing for treatment elsewhere"), "340000", "340000-medical",
        new Words("安徽省医疗保障局", "Anhui Healthcare Security"), OtherRooms.People[who],
        new Words("《社会保险法》第二十九条", "Social Insurance Law, art. 29"), new Words("可在六十日内申请行政复议", "Administrative review within sixty days"));

    public CaseDecided Approved(string number, string who = "wang", int validMonths = 0, string filingNode = "CN-YRD/310000") => new(
        Case(number, who, filingNode), true, new Words("符合条件", "Conditions met"), null,
        new ResultDefinition(TypeCode, new Words("异地就医备案凭证", "Certificate of filing"), validMonths,
        [
            new ClaimDefinition("holder", new Words("姓名", "Name"), "me.name"),
            new ClaimDefinition("citizenId", new Words("公民身份号码", "Citizen id"), "me.citizenId"),
            new ClaimDefinition("amount", new Words("提取金额", "Amount withdrawn"), "effect.amountFen") { Type = "money" },
            new ClaimDefinition("insuredAt", new Words("参保地", "Insured at"), "insurance.division") { Type = "division" },
        ], null),
        new Dictionary<string, string> { ["holder"] = OtherRooms.People[who].Name, ["citizenId"] = OtherRooms.People[who].CitizenId, ["amount"] = "25536050", ["insuredAt"] = "340000" },
        Clock.NowMs());

    /// <summary>Delivers events on both nodes and between them until nothing moves.</summary>
    public async Task Settle()
    {
        PapersHost[] all = [Anhui, Shanghai];
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var host in all)
            {
                while (await host.Services.GetRequiredService<OutboxDispatcher>().DeliverBatch() > 0)
                    moved = true;
                foreach (var other in all.Where(o => o != host))
                    moved |= await Carry(host, other);
            }
        }
    }

    static async Task<bool> Carry(PapersHost from, PapersHost to)
    {
        var waiting = await from.As(db => db.Set<OutboxRow>().Where(r => r.ToNode == to.Identity.Id && r.DoneAt == null).OrderBy(r => r.Position).ToListAsync());
        foreach (var row in waiting)
        {
            // Every message twice, as when the sender did not hear that the first was taken.
            for (var i = 0; i < 2; i++)
            {
                await using var scope = to.Services.CreateAsyncScope();
                scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.PeerNode(from.Identity.Id));
                await scope.ServiceProvider.GetRequiredService<PeerInbox>().Take(from.Identity.Id, row.EventId, row.Type, row.Body, row.Stream!, row.StreamSequence, default);
            }
            await from.As(db => OutboxClaims.Finish(db, row.Position, 1, default));
        }
        return waiting.Count > 0;
    }

    public Task Record(AccessRecord record, CancellationToken ct)
    {
        lock (Reads)
            Reads.Add(record);
        return Task.CompletedTask;
    }

    public string Name(string division) => division == "340000" ? "安徽省" : division;

    public IReadOnlyList<Place> Children(string division) => [];

    Place? IPlaces.Find(string division) => division == "340000" ? new Place(division, "安徽省", "", "province") : null;

    Department? IDepartments.Find(string code) => code == "340000-medical"
        ? new Department(code, "340000", "medical", new Words("安徽省医疗保障局", "Anhui Healthcare Security"), "11340099000000083H")
        : null;

    public IReadOnlyList<Department> Of(string division) => [];

    public async ValueTask DisposeAsync()
    {
        await Anhui.DisposeAsync();
        await Shanghai.DisposeAsync();
    }
}

/// <summary>Begins at the real time, because independent clients check tokens against it.</summary>
sealed class TestRegionClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}

/// <summary>Identity's stand-in: the person the test's header names.</summary>
sealed class PapersPeople(CurrentActor current) : IIdentities
{
    public static Actor Parse(string text)
    {
        var parts = text.Split(':');
        return parts[0] == "person"
            ? new Actor(Role.Resident, text, OtherRooms.People[parts[1]].Name, SubjectKey: "key-" + OtherRooms.People[parts[1]].CitizenId, Level: 2)
            : new Actor(Role.Officer, text, "经办人", parts[1], parts[2]);
    }

    public Task<Result<Person>> Subject(CancellationToken ct) => Task.FromResult<Result<Person>>(
        OtherRooms.People.Values.Single(p => KeyOf(p.CitizenId) == current.Actor.SubjectKey));

    public Task<Person?> ActingPerson(CancellationToken ct) => Task.FromResult<Person?>(null);

    public Task<ActingMandate?> Mandate(CancellationToken ct) => Task.FromResult<ActingMandate?>(null);

    public string KeyOf(string citizenIdOrCreditCode) => "key-" + citizenIdOrCreditCode;

    public string LastingKeyOf(string citizenIdOrCreditCode) => KeyOf(citizenIdOrCreditCode);
}
