using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A provider is restored from a backup that lacks the end of its log. Three nodes, real files, real witnesses.</summary>
public class RecoveryTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static readonly string[] Files = [ExchangeModule.LogFileName, "log.head.db"];

    [Fact]
    public async Task A_node_restored_from_a_backup_stops_until_its_newest_log_is_back()
    {
        await using var region = await TwoNodes.Start(hub: true, also: builder => builder.Logging.SetMinimumLevel(LogLevel.None));
        var (_, newest, _) = await Restore(region);

        var log = region.Get<TransparencyLog>(Anhui);
        var size = log.Size;
        Assert.Equal("log.behind-its-witness", log.Held?.Code);
        var refused = await region.Ask(Question(await region.Consent(Husband)));
        Assert.Equal("log.behind-its-witness", refused.Error?.Code);
        // Nothing at all is written, so nothing is signed that differs from what was witnessed.
        Assert.Equal("log.behind-its-witness", (await log.Append(LogEntry.Of("x", "test", []), Ct)).Error?.Code);
        Assert.Equal(size, log.Size);
        Assert.Contains(await ExchangeModule.AuditNode(region.Get<IServiceProvider>(Anhui), ct: Ct), f => f.Step == "witnesses" && !f.Ok);

        await region.Stop(Anhui);
        Put(region, newest);
        await region.Run(Anhui);
        Assert.Null(region.Get<TransparencyLog>(Anhui).Held);
        Assert.True((await region.Ask(Question(await region.Consent(Husband, caseReference: "D1")))).Ok);
        Assert.Equal($"{Anhui}/log", region.Get<TransparencyLog>(Anhui).Origin);
    }

    [Fact]
    public async Task Where_the_end_is_lost_members_agree_to_a_new_epoch_that_hides_nothing()
    {
        await using var region = await TwoNodes.Start(hub: true, also: builder => builder.Logging.SetMinimumLevel(LogLevel.None));
        var (backup, _, receipt) = await Restore(region);
        var before = region.Get<RegionDirectory>(Shanghai).Trusted.Text;
        var lost = region.Get<LogStanding>(Anhui).Lost!;
        Assert.True(lost.Seen!.Size > backup.Size);
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var directory = region.Get<RegionDirectory>(Anhui).Trusted.Document;

        // To say that it ended where the backup ends would make what came after never have been.
        var hiding = DirectoryChange.OpenEpoch(directory, Anhui, backup.Note, OpenEpoch.Restored, now).Value;
        Assert.Equal("directory.epoch-hides", (await region.Get<HubProposals>(Shanghai).Propose(hiding, Ct)).Error?.Code);
        // So would another entry in the directory that names no end at all.
        var silent = hiding with { Members = [.. hiding.Members.Select(m => m.NodeId == Anhui ? m with { Log = m.Log! with { Ended = null } } : m)] };
        Assert.Equal("directory.epoch-hides", (await region.Get<HubProposals>(Shanghai).Propose(silent, Ct)).Error?.Code);

        var next = DirectoryChange.OpenEpoch(directory, Anhui, lost.Note, OpenEpoch.Restored, now).Value;
        Assert.Contains(DirectoryDifferences.Between(directory, next), w => w.En.Contains($"ended at {lost.Seen.Size} leaves", StringComparison.Ordinal));
        Assert.DoesNotContain(DirectoryDifferences.Between(directory, next), w => w.En.Contains("Something else", StringComparison.Ordinal));
        region.Clock.Ahead = TimeSpan.FromMinutes(1);
        Assert.True((await region.Get<HubProposals>(Anhui).Propose(next, Ct)).Ok);
        Assert.True((await region.Get<HubProposals>(Shanghai).Propose(next, Ct)).Ok);
        var log = region.Get<TransparencyLog>(Anhui);
        await DirectoryTests.Eventually(() => log.Held is null);
        Assert.Equal($"{Anhui}/log/2", log.Origin);

        // A message from before the recovery may have been answered then: the nonce that would tell is lost.
        region.Clock.Ahead = TimeSpan.FromSeconds(30);
        Assert.Equal("signature.before-epoch", (await region.Ask(Question(await region.Consent(Husband)))).Error?.Code);
        region.Clock.Ahead = TimeSpan.FromSeconds(65);
        var answer = await region.Ask(Question(await region.Consent(Husband)));
        Assert.True(answer.Ok, answer.Error?.DetailEn);

        // The new epoch is witnessed, and what was given before the loss still stands.
        await Witnessed(region, answer.Value.ExchangeId);
        var trusted = region.Get<RegionDirectory>(Shanghai).Trusted.Text;
        Assert.True(ExchangeModule.VerifyReceipt((await region.Get<IExchange>(Anhui).Receipt(answer.Value.ExchangeId, Ct)).Value, trusted).Holds);
        var old = ExchangeModule.VerifyReceipt(receipt, trusted);
        Assert.True(old.Holds, string.Join("; ", old.Steps.Select(s => s.Words.En)));
        Assert.Contains(old.Steps, s => s.Step == "epoch");
        Assert.True(ExchangeModule.VerifyReceipt(receipt, before).Holds);

        var audit = await ExchangeModule.AuditNode(region.Get<IServiceProvider>(Anhui), ct: Ct);
        Assert.All(audit, f => Assert.True(f.Ok, f.Words.En));
        Assert.Contains(audit, f => f.Step == "epoch" && f.Words.En.Contains($"ended at {lost.Seen.Size} witnessed leaves", StringComparison.Ordinal));

        await region.Stop(Anhui);
        await region.Run(Anhui);
        Assert.Equal($"{Anhui}/log/2", region.Get<TransparencyLog>(Anhui).Origin);
        Assert.Null(region.Get<TransparencyLog>(Anhui).Held);
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
    }

    sealed record Copy(long Size, string Note, IReadOnlyList<byte[]> Bytes);

    /// <summary>A backup, more exchanges that witnesses see, and the backup put back. The receipt is of an exchange that is lost.</summary>
    static async Task<(Copy Backup, Copy Newest, string Receipt)> Restore(TwoNodes region)
    {
        var consent = await region.Consent(Husband);
        await Witnessed(region, (await region.Ask(Question(consent))).Value.ExchangeId);
        var backup = await Take(region);
        await region.Run(Anhui);
        var lost = (await region.Ask(Question(consent))).Value.ExchangeId;
        await Witnessed(region, lost);
        var receipt = (await region.Get<IExchange>(Anhui).Receipt(lost, Ct)).Value;
        var newest = await Take(region);
        Put(region, backup);
        await region.Run(Anhui);
        return (backup, newest, receipt);
    }

    static async Task<Copy> Take(TwoNodes region)
    {
        var head = region.Get<TransparencyLog>(Anhui).Head;
        await region.Stop(Anhui);
        SqliteConnection.ClearAllPools();
        await LogTests.Execute(Path.Combine(region.FolderOf(Anhui), Files[0]), "PRAGMA wal_checkpoint(TRUNCATE)");
        return new(head.Size, head.Note, [.. Files.Select(f => File.ReadAllBytes(Path.Combine(region.FolderOf(Anhui), f)))]);
    }

    static void Put(TwoNodes region, Copy copy)
    {
        SqliteConnection.ClearAllPools();
        foreach (var (file, bytes) in Files.Zip(copy.Bytes))
        {
            var path = Path.Combine(region.FolderOf(Anhui), file);
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            File.WriteAllBytes(path, bytes);
        }
    }

    /// <summary>Both others cosigned what the exchange is in.</summary>
    static async Task Witnessed(TwoNodes region, string exchangeId)
    {
        var log = region.Get<TransparencyLog>(Anhui);
        var place = await log.Find($"p/{Shanghai}/{exchangeId}", Ct);
        for (var deadline = DateTime.UtcNow.AddSeconds(30); await log.Covering(place!.Value.Index, 2, Ct) is null; await Task.Delay(50, Ct))
            Assert.True(DateTime.UtcNow < deadline, "never witnessed");
    }
}
