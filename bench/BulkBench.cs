using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Trust;

namespace Tongban.Bench;

/// <summary>
/// A register of so many megabytes from one node to another on loopback: read, cut, sealed, signed, logged, fetched, checked, sealed again. How long it
/// takes, and by how much the memory of both nodes together (they share a process) grows beyond what it was before: flat means that it does not grow with
/// the register. Options: <c>--megabytes 300</c>.
/// </summary>
static class BulkBench
{
    const string Code = "civil.bulk";

    public static Task<int> Run(string[] args) => Load.InFolder(folder => Run(folder, Load.Option(args, "--megabytes", 300)));

    static async Task<int> Run(string folder, int megabytes)
    {
        var (_, consumer, provider) = BenchRegion.Prepare(folder);
        var rows = megabytes * 1024 * 1024 / 1024;
        Fill(provider.Folder, rows);
        foreach (var node in new[] { consumer, provider })
            File.WriteAllText(Path.Combine(node.Folder, AgreementBook.FileName), "");
        await using var asked = NodeHost.Build(provider, b =>
        {
            b.Logging.SetMinimumLevel(LogLevel.Critical);
            b.Services.Replace(ServiceDescriptor.Singleton(p => WithRegister(p, p.GetRequiredService<NodeIdentity>())));
        });
        await using var asking = NodeHost.Build(consumer, b => b.Logging.SetMinimumLevel(LogLevel.Critical));
        await NodeHost.Start(asked);
        await NodeHost.Start(asking);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var terms = new AgreementTerms("ag-bulk", provider.Id, consumer.Id, Code, 1, ["number", "text"], ["*"], false, new AgreementBasis(AgreementBasis.Legal, new Words("测量", "Measuring")), now - 60_000, now + 3_600_000, 100, Bulk: true);
        var signed = System.Text.Json.JsonSerializer.Serialize(new[] { provider, consumer }.Aggregate(SignedDocument.Of(terms), (document, node) => document.Sign(ExchangeModule.OpenKeystore(node.Folder).Value.Signing, Agreement.DocumentType)));
        foreach (var node in new[] { asked, asking })
            _ = await node.Services.GetRequiredService<AgreementBook>().Import([signed], CancellationToken.None);

        var process = Process.GetCurrentProcess();
        GC.Collect();
        process.Refresh();
        var (before, peak, watch) = (process.WorkingSet64, 0L, Stopwatch.StartNew());
        var query = new QueryMessage(1, Guid.CreateVersion7().ToString("N"), "ag-bulk", Code, 1, ["number", "text"], new Dictionary<string, string>(), "bench", "", null, null);
        await using (var scope = asking.Services.AsNode("bench"))
        {
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            db.Add(new BulkRow
            {
                Id = query.ExchangeId,
                Side = DspSide.Consumer,
                Peer = provider.Id,
                AgreementId = "ag-bulk",
                Resource = Code,
                Purpose = "bench",
                CaseReference = "",
                Query = asking.Services.GetRequiredService<IVault>().Seal(query.ToJson(), BulkRow.SealContext),
                CreatedAt = now,
                Division = consumer.Id[7..],
            });
            await db.SaveChangesAsync();
        }
        asking.Services.GetRequiredService<BulkSignal>().Raise();
        BulkRow? row = null;
        while (row is not { State: BulkState.Done or BulkState.Ended })
        {
            await Task.Delay(100);
            process.Refresh();
            peak = Math.Max(peak, process.WorkingSet64);
            await using var scope = asking.Services.AsNode("bench");
            row = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<BulkRow>().AsNoTracking().SingleAsync(b => b.Side == DspSide.Consumer);
        }
        var seconds = watch.Elapsed.TotalSeconds;
        await asking.StopAsync();
        await asked.StopAsync();
        Load.Figure("bulk.rows", row.Rows, "rows");
        Load.Figure("bulk.size", row.Bytes / 1048576.0, "MB");
        Load.Figure("bulk.time", seconds, "s");
        Load.Figure("bulk.rate", row.Bytes / 1048576.0 / seconds, "MB/s");
        Load.Figure("bulk.memory_growth", (peak - before) / 1048576.0, "MB");
        return row.State == BulkState.Done && row.Rows == rows ? 0 : 1;
    }

    static OwnResources WithRegister(IServiceProvider services, NodeIdentity node)
    {
        var like = OwnResources.Read(node.SharedFolder, node.Division).First(r => r.Definition.Code == "civil.marriage");
        var resource = like.Definition with
        {
            Code = Code,
            Parameters = [],
            Fields = [new("number", "号", "Number", "text", null, 2, false), new("text", "文", "Text", "text", null, 2, false)],
            Connector = new SourceBinding(Sources.Sql, "civil-bulk.db", ["SELECT n AS number, t AS text FROM register ORDER BY n"]),
        };
        return new(node, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IServiceScopeFactory>(), [like with { Definition = resource }]);
    }

    static void Fill(string folder, int rows)
    {
        Directory.CreateDirectory(Path.Combine(folder, "departments"));
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "departments", "civil-bulk.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE register (n INTEGER PRIMARY KEY, t TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @rows) INSERT INTO register SELECT i, hex(randomblob(490)) FROM n";
        command.Parameters.AddWithValue("@rows", rows);
        command.ExecuteNonQuery();
    }
}
