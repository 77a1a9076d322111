using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Rulebook.Versions;

/// <summary>
/// Publishes the tables that ship with the product (<c>rules/*.dmn</c> with <c>*.tests.json</c> beside them) before the node
/// answers. A first version is valid from the first day of the shipped calendars; a changed file from the day it arrives.
/// An unsound file stops the start: a node must not run on rules that nobody can trust.
/// </summary>
sealed class SeedTables(IServiceProvider services, NodeIdentity node, TimeProvider clock) : IHostedService
{
    static readonly DateOnly First = new(2024, 1, 1);

    /// <summary>Shipped tables were written and approved with the release, not by staff of this node.</summary>
    internal const string Shipped = "随系统发布 · shipped";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(node.SharedFolder, "rules");
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder, "*.dmn").Order(StringComparer.Ordinal))
            await Seed(file, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task Seed(string file, CancellationToken ct)
    {
        var tests = Path.ChangeExtension(file, ".tests.json");
        var table = CheckTable.Check(Path.GetFileNameWithoutExtension(file), await File.ReadAllTextAsync(file, ct),
            File.Exists(tests) ? await File.ReadAllTextAsync(tests, ct) : null);
        if (!table.Ok)
            throw new InvalidDataException($"{Path.GetFileName(file)}: {table.Error.DetailEn}");
        await using var scope = services.AsNode("rulebook-seed");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var isNew = !await db.Set<RuleVersion>().AnyAsync(v => v.RuleId == table.Value.RuleId, ct);
        // Another replica may seed the same file at the same moment; then its row stands, and this one changes nothing.
        await new PublishTable(db, clock).Publish(table.Value, isNew ? First : clock.Today(), Shipped, Shipped, ct);
    }
}
