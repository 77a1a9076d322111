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
/// An unsound file stops the start: a node must not run on rules that nobody can trust. A file that did not change since it was
/// published was checked then.
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
        var (id, tests) = (Path.GetFileNameWithoutExtension(file), Path.ChangeExtension(file, ".tests.json"));
        var (document, cases) = (await File.ReadAllTextAsync(file, ct), File.Exists(tests) ? await File.ReadAllTextAsync(tests, ct) : null);
        await using var scope = services.AsNode("rulebook-seed");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var latest = await db.Set<RuleVersion>().Where(v => v.RuleId == id).OrderByDescending(v => v.Version).Select(v => v.Hash).FirstOrDefaultAsync(ct);
        if (latest == CheckTable.HashOf(document, cases))
            return;
        var table = CheckTable.Check(id, document, cases);
        if (!table.Ok)
            throw new InvalidDataException($"{Path.GetFileName(file)}: {table.Error.DetailEn}");
        // Another replica may seed the same file at the same moment; then its row stands, and this one changes nothing.
        await new PublishTable(db, clock).Publish(table.Value, latest is null ? First : clock.Today(), Shipped, Shipped, ct);
    }
}
