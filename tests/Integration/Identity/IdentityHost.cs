using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Node;
using Tongban.Tests.Support;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Tests.Integration.Identity;

/// <summary>A demonstration node of rooms Identity and Web on loopback, with a clock that tests move.</summary>
sealed class IdentityHost : IAsyncDisposable
{
    readonly WebApplication app;
    readonly TestDatabase database;
    readonly string keys;

    IdentityHost(WebApplication app, TestDatabase database, string keys, NodeIdentity node, TestClock clock) =>
        (this.app, this.database, this.keys, Node, Clock) = (app, database, keys, node, clock);

    /// <summary>The full run repeats these tests with <c>TONGBAN_TEST_ENGINE=postgres</c>.</summary>
    public static bool OnPostgres => Environment.GetEnvironmentVariable("TONGBAN_TEST_ENGINE") == "postgres" && TestDatabase.PostgresServer is not null;

    public NodeIdentity Node { get; }

    public TestClock Clock { get; }

    public IServiceProvider Services => app.Services;

    public string Url(string path) => Node.PublicUrl + path;

    public static async Task<IdentityHost> Start(string division = "310000", Members? members = null)
    {
        var folder = Directory.CreateTempSubdirectory("tongban-identity-").FullName;
        var name = division == "310000" ? new Words("上海市", "Shanghai") : new Words("安徽省", "Anhui");
        var node = new NodeIdentity($"CN-YRD/{division}", division, name, false, $"http://127.0.0.1:{Ports.Take()}", "http://127.0.0.1:1", folder,
            Path.Combine(ProjectRoot.Path, "data"), Demo: true);
        var database = OnPostgres ? await TestDatabase.Postgres() : TestDatabase.Sqlite();
        var clock = new TestClock();
        var store = Keystore.Create(Path.Combine(folder, "keys"), "test", iterations: 1000).Value;
        members ??= new Members();
        members.Add(new Member(node.Id, division, name, node.PublicUrl, false, [System.Text.Json.JsonSerializer.Serialize(store.Signing.Public.Jwk)], []));

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseKestrelCore().UseUrls(node.PublicUrl);
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        var services = builder.Services;
        services.AddSingleton(node);
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton(store);
        services.AddSingleton<IVault>(store.Vault);
        services.AddSingleton<IIndexForms>(store.Vault);
        services.AddSingleton<IPayloadSeal, NoSeal>();
        services.AddSingleton<IMembers>(members);
        services.AddSingleton<IAccessRecords, Reads>();
        services.AddNodeDb(database.Options, typeof(NodeHost).Assembly.GetName().Name!);
        services.AddKernel();
        services.AddWeb();
        services.AddIdentity();

        var app = builder.Build();
        app.UseWeb();
        app.UseRouting();
        app.UseIdentity();
        app.UseRouteGuard();
        app.UseFormTokens();
        app.UsePlainText();
        app.MapWeb();
        new Faces(app.MapGroup(""), app.MapGroup("/console"), app.MapGroup("/hub"), app.MapGroup("/api"), app.MapGroup("/peer")).MapIdentity();
        app.MapGet("/", () => "home").Only(Allow.Anyone);
        app.MapGet("/console", () => "desk").Only(Allow.Staff);
        app.MapGet("/test/me", Me).Only(Allow.Anyone);
        RouteGuard.RequireRules(app);

        await MigratedSqlite.Prepare(app.Services.GetRequiredService<DatabaseOptions>());
        await Database.Migrate(app.Services);
        await IdentityModule.SeedDemo(app.Services, default);
        await House.IndexInChange.Begin(app.Services);
        await app.StartAsync();
        return new IdentityHost(app, database, folder, node, clock);
    }

    public IEnumerable<AccessRecord> StaffReads => ((Reads)Services.GetRequiredService<IAccessRecords>()).All;

    sealed class Reads : IAccessRecords
    {
        public System.Collections.Concurrent.ConcurrentQueue<AccessRecord> All { get; } = new();

        public Task Record(AccessRecord record, CancellationToken ct)
        {
            All.Enqueue(record);
            return Task.CompletedTask;
        }
    }

    static async Task<Seen> Me(CurrentActor current, IIdentities identities, CancellationToken ct)
    {
        var actor = current.Actor;
        var subject = await identities.Subject(ct);
        var acting = await identities.ActingPerson(ct);
        return new Seen(actor.Role.ToString(), actor.SubjectKey, actor.Level, actor.Department, actor.ActingForName,
            subject.Ok ? subject.Value.Name : null, subject.Ok ? subject.Value.CitizenId : null, subject.Error?.Code, acting?.Name);
    }

    public string KeyOf(string number)
    {
        using var scope = Services.CreateScope();
        return scope.ServiceProvider.GetRequiredService<IIdentities>().KeyOf(number);
    }

    /// <summary>Runs on the node's database as the node itself.</summary>
    public async Task<T> Inside<T>(Func<IServiceProvider, NodeDb, Task<T>> work)
    {
        await using var scope = Services.AsNode("test");
        return await work(scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<NodeDb>());
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(keys, recursive: true);
    }

    sealed class NoSeal : IPayloadSeal
    {
        public string Seal(string payload) => payload;

        public string Open(string stored) => stored;
    }
}

sealed record Seen(string Role, string? SubjectKey, int Level, string? Department, string? ActingForName, string? Name, string? CitizenId, string? Refused, string? ActingPerson);

sealed class Members : IMembers
{
    readonly List<Member> all = [];

    public IReadOnlyList<Member> All => all;

    public Member? Find(string nodeId) => all.FirstOrDefault(m => m.NodeId == nodeId);

    public void Add(Member member) => all.Add(member);

    public void Replace(Member member) => all[all.FindIndex(m => m.NodeId == member.NodeId)] = member;
}

/// <summary>The present time, moved by tests. Begins at the real time, because an independent client checks tokens against it.</summary>
sealed class TestClock : TimeProvider
{
    TimeSpan ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;

    public void Advance(TimeSpan by) => ahead += by;
}
