using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;

// A process to be killed: it commits changes with their events and handles them, and says which changes were
// acknowledged. `load` runs until killed; `drain` delivers what is left and prints the counts.
// `log` is the same for the transparency log.
if (args[0] == "log")
    return await LogProbe.Run(args[1..]);
var (mode, provider, connection) = (args[0], args[1], args[2]);
var host = Host.CreateApplicationBuilder();
host.Logging.SetMinimumLevel(LogLevel.Critical);
host.Services.AddSingleton(TimeProvider.System);
host.Services.AddSingleton<IPayloadSeal, Plain>();
host.Services.AddSingleton<IModelPart, ProbeModel>();
host.Services.AddNodeDb(new DatabaseOptions(provider, connection), typeof(Program).Assembly.GetName().Name!);
host.Services.AddKernel();
host.Services.AddHandler<Changed, CountChange>();
host.Services.AddHandler<Changed, FailSometimes>();
using var app = host.Build();
await using (var scope = app.Services.CreateAsyncScope())
{
    var creator = scope.ServiceProvider.GetRequiredService<NodeDb>().Database.GetService<IRelationalDatabaseCreator>();
    if (!await creator.ExistsAsync() || !await creator.HasTablesAsync())
        await creator.CreateTablesOrDatabase();
}
await app.StartAsync();
if (mode == "load")
{
    for (var worker = 0; worker < 4; worker++)
        _ = Task.Run(Load);
    await Task.Delay(Timeout.Infinite);
}
while (await Left() > 0)
    await Task.Delay(20);
await using (var scope = app.Services.AsNode("probe"))
{
    var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
    var changes = await db.Set<Change>().CountAsync();
    var handled = await db.Set<Handled>().CountAsync();
    var distinct = await db.Set<Handled>().Select(h => h.ChangeId).Distinct().CountAsync();
    var ids = await db.Set<Change>().Select(c => c.Id).ToListAsync();
    Console.WriteLine($"changes {changes} handled {handled} distinct {distinct}");
    foreach (var id in ids)
        Console.WriteLine($"has {id}");
}
return 0;

async Task Load()
{
    while (true)
    {
        await using var scope = app.Services.AsNode("probe");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var change = new Change { Id = Guid.CreateVersion7().ToString("N") };
        db.Add(change);
        scope.ServiceProvider.GetRequiredService<Outbox>().Publish(new Changed(change.Id), stream: change.Id[^1..]);
        await db.SaveChangesAsync();
        lock (app)
        {
            Console.WriteLine($"ok {change.Id}");
            Console.Out.Flush();
        }
    }
}

async Task<int> Left()
{
    await using var scope = app.Services.CreateAsyncScope();
    return await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<OutboxRow>().CountAsync(o => o.DoneAt == null);
}

static class Creation
{
    public static async Task CreateTablesOrDatabase(this IRelationalDatabaseCreator creator)
    {
        if (!await creator.ExistsAsync())
            await creator.CreateAsync();
        await creator.CreateTablesAsync();
    }
}

sealed class Plain : IPayloadSeal
{
    public string Seal(string payload) => payload;

    public string Open(string stored) => stored;
}

sealed record Changed(string ChangeId) : IEvent
{
    public static string WireName => "probe.changed.v1";
}

[NoRowRule("Probe.")]
sealed class Change
{
    public required string Id { get; set; }
}

[NoRowRule("Probe.")]
sealed class Handled
{
    public long Id { get; set; }

    public required string ChangeId { get; set; }
}

sealed class ProbeModel : IModelPart
{
    public string Prefix => "probe_";

    public void Configure(ModelBuilder model)
    {
        model.Entity<Change>().ToTable("probe_change");
        model.Entity<Handled>().ToTable("probe_handled");
    }
}

/// <summary>Not idempotent by itself: only the inbox keeps it from counting twice.</summary>
sealed class CountChange(NodeDb db) : IHandle<Changed>
{
    public Task Handle(Changed e, EventContext context, CancellationToken ct)
    {
        db.Add(new Handled { ChangeId = e.ChangeId });
        return Task.CompletedTask;
    }
}

/// <summary>Fails one event in fifty at its first attempts, so that batches are rolled back and tried one by one.</summary>
sealed class FailSometimes : IHandle<Changed>
{
    static readonly Dictionary<string, int> Attempts = [];

    public Task Handle(Changed e, EventContext context, CancellationToken ct)
    {
        lock (Attempts)
        {
            var attempts = Attempts[e.ChangeId] = Attempts.GetValueOrDefault(e.ChangeId) + 1;
            if (attempts <= 2 && e.ChangeId.GetHashCode(StringComparison.Ordinal) % 50 == 0)
                throw new InvalidOperationException("The probe fails on purpose.");
        }
        return Task.CompletedTask;
    }
}
