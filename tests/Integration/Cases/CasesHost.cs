using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Cases;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Contracts.Notices;
using Tongban.Contracts.Registry;
using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Node;
using Tongban.Tests.Support;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Tests.Integration.Cases;

/// <summary>
/// The room on a real database behind real HTTP; the other rooms are stand-ins. Nothing moves by itself: <see cref="Settle"/>
/// delivers what waits, so that no test depends on time.
/// </summary>
sealed class CasesHost : IAsyncDisposable
{
    /// <summary>Null when the test brought one, which then outlives this host.</summary>
    readonly TestDatabase? own;
    readonly WebApplication app;

    public required NodeIdentity Identity { get; init; }

    public required FixedClock Clock { get; init; }

    public required OtherRooms Rooms { get; init; }

    public HttpClient Http { get; }

    CasesHost(TestDatabase? database, WebApplication app)
    {
        (own, this.app) = (database, app);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
    }

    /// <param name="calendar">Instead of the published one.</param>
    /// <param name="folder">Of the node's files; one of its own when not given.</param>
    public static async Task<CasesHost> Start(string division = "310000", TestDatabase? on = null, WorkingCalendar? calendar = null, string? folder = null)
    {
        var database = on ?? TestDatabase.Sqlite();
        var identity = new NodeIdentity($"CN-YRD/{division}", division, new($"节点{division}", division), false, "http://127.0.0.1", "http://127.0.0.1",
            folder ?? Directory.CreateTempSubdirectory("tongban-cases-").FullName, SharedData.Folder, true);
        var clock = new FixedClock(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.FromHours(8)));
        var rooms = new OtherRooms();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var services = builder.Services;
        var web = services.Where(s => s.ServiceType == typeof(IHostedService)).ToHashSet();
        services.AddSingleton(identity);
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton(calendar ?? WorkingCalendar.Load(Path.Combine(SharedData.Folder, "reference", "holidays")));
        services.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
        services.AddKernel();
        services.AddSingleton<IPayloadSeal, PlainSeal>();
        services.AddSingleton<IVault>(new Vault([new EnvelopeKey("k1", new byte[32])], new byte[32]));
        services.AddSingleton(rooms);
        services.AddScoped<IIdentities, People>();
        services.AddSingleton<IItems>(rooms);
        services.AddSingleton<IExchange>(rooms);
        services.AddSingleton<IConsents>(rooms);
        services.AddSingleton<IDisputes>(rooms);
        services.AddSingleton<ICertificates>(rooms);
        services.AddSingleton<IRulebook>(rooms);
        services.AddSingleton<IDepartments>(rooms);
        services.AddSingleton<IAccessRecords>(rooms);
        services.AddSingleton<INotices>(rooms);
        services.AddSingleton<IPlaces>(rooms);
        services.AddSingleton<ICodedValues>(rooms);
        services.AddWeb();
        services.AddAntiforgery();
        services.AddCases();
        services.AddHandler<EffectDue, ApplyEffects>();
        services.AddHandler<CaseDecided, IssueCertificates>();
        foreach (var job in services.Where(s => s.ServiceType == typeof(IHostedService) && !web.Contains(s)).ToList())
            services.Remove(job);
        foreach (var part in House.Model.Parts().Where(p => p.GetType().Assembly != typeof(CasesModule).Assembly))
            services.AddSingleton(part);
        var app = builder.Build();
        app.Use((http, next) =>
        {
            if (http.Request.Headers["X-Actor"].ToString() is { Length: > 0 } actor)
                http.RequestServices.GetRequiredService<CurrentActor>().Become(TestActors.Parse(actor));
            return next(http);
        });
        app.UseWeb();
        app.MapGroup("").MapCasesAll();
        await MigratedSqlite.Prepare(app.Services.GetRequiredService<DatabaseOptions>());
        await Database.Migrate(app.Services);
        await app.StartAsync();
        return new CasesHost(on is null ? database : null, app) { Identity = identity, Clock = clock, Rooms = rooms };
    }

    /// <summary>Delivers events here and to the other nodes until nothing moves.</summary>
    public async Task Settle(params CasesHost[] others)
    {
        CasesHost[] all = [this, .. others];
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var host in all)
            {
                while (await host.app.Services.GetRequiredService<OutboxDispatcher>().DeliverBatch() > 0)
                    moved = true;
                foreach (var other in all.Where(o => o != host))
                    moved |= await host.SendTo(other);
            }
        }
    }

    async Task<bool> SendTo(CasesHost other)
    {
        List<OutboxRow> waiting = await As(async db => await db.Set<OutboxRow>().Where(r => r.ToNode == other.Identity.Id && r.DoneAt == null).OrderBy(r => r.Position).ToListAsync());
        foreach (var row in waiting)
        {
            foreach (var hash in row.Files.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var content = await app.Services.GetRequiredService<IStoredFiles>().Open(hash, default);
                await other.app.Services.GetRequiredService<IStoredFiles>().Receive(hash, content.Value, default);
            }
            await using var scope = other.app.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.PeerNode(Identity.Id));
            await scope.ServiceProvider.GetRequiredService<PeerInbox>().Take(Identity.Id, row.EventId, row.Type, row.Body, row.Stream!, row.StreamSequence, default);
            await As(db => OutboxClaims.Finish(db, row.Position, 1, default));
        }
        return waiting.Count > 0;
    }

    /// <summary>Looks at the database as the node itself.</summary>
    public async Task<T> As<T>(Func<NodeDb, Task<T>> look)
    {
        await using var scope = app.Services.AsNode("test");
        return await look(scope.ServiceProvider.GetRequiredService<NodeDb>());
    }

    public async Task Publish<T>(T e, string? fromNode = null) where T : IEvent
    {
        await using var scope = app.Services.AsNode("test");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        scope.ServiceProvider.GetRequiredService<Outbox>().Publish(e);
        foreach (var row in db.ChangeTracker.Entries<OutboxRow>())
            row.Entity.FromNode = fromNode;
        await db.SaveChangesAsync();
    }

    public IServiceProvider Services => app.Services;

    public Task<Answer> Get(string actor, string path) => Send(actor, new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>As a browser asks.</summary>
    public Task<Answer> Browse(string actor, string path) => Send(actor, new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } });

    public Task<Answer> Submit(string actor, string path, Dictionary<string, string> fields) =>
        Send(actor, new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields), Headers = { { "Accept", "text/html" } } });

    public Task<Answer> Post(string actor, string path, object body, string? key = null) =>
        Send(actor, new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) }, key);

    public Task<Answer> PostFiles(string actor, string path, object filing, params (string Field, string Name, byte[] Content)[] files)
    {
        var form = new MultipartFormDataContent { { new StringContent(JsonSerializer.Serialize(filing)), "filing" } };
        if (filing is Dictionary<string, string> fields)
        {
            form = [];
            foreach (var (name, value) in fields)
                form.Add(new StringContent(value), name);
        }
        foreach (var (field, name, content) in files)
        {
            var part = new ByteArrayContent(content);
            part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            form.Add(part, field, name);
        }
        return Send(actor, new HttpRequestMessage(HttpMethod.Post, path) { Content = form });
    }

    public async Task<Answer> Send(string actor, HttpRequestMessage request, string? key = null)
    {
        request.Headers.Add("X-Actor", actor);
        if (request.Method != HttpMethod.Get)
            request.Headers.Add(OnceFilter.Header, key ?? Guid.NewGuid().ToString("N"));
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, response.Headers.Location?.ToString(), text);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        if (own is not null)
            await own.DisposeAsync();
        Directory.Delete(Identity.DataFolder, recursive: true);
    }
}

sealed record Answer(int Status, string? Location, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string Problem => Json.GetProperty("title").GetString()!;
}

sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

sealed class PlainSeal : IPayloadSeal
{
    public string Seal(string payload) => payload;

    public string Open(string stored) => stored;
}
