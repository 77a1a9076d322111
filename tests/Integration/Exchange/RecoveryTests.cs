using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;
using Tongban.Tests.Support;
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
        // So would another name of the log with no end at all: that is not even a directory.
        var silent = hiding with { Members = [.. hiding.Members.Select(m => m.NodeId == Anhui ? m with { Log = m.Log! with { Ended = null } } : m)] };
        Assert.Equal("directory.proposals-malformed", (await region.Get<HubProposals>(Shanghai).Propose(silent, Ct)).Error?.Code);

        var next = DirectoryChange.OpenEpoch(directory, Anhui, lost.Note, OpenEpoch.Restored, now).Value;
        Assert.Contains(DirectoryDifferences.Between(directory, next), w => w.En.Contains($"ended at {lost.Seen.Size} leaves", StringComparison.Ordinal));
        Assert.DoesNotContain(DirectoryDifferences.Between(directory, next), w => w.En.Contains("Something else", StringComparison.Ordinal));
        region.Clock.Ahead = TimeSpan.FromMinutes(1);
        Assert.True((await region.Get<HubProposals>(Anhui).Propose(next, Ct)).Ok);
        Assert.True((await region.Get<HubProposals>(Shanghai).Propose(next, Ct)).Ok);
        var log = region.Get<TransparencyLog>(Anhui);
        await Soon.Holds(() => log.Held is null, Ct);
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

    [Fact]
    public async Task What_a_consumer_confirms_after_a_loss_is_what_stands_in_the_log_now()
    {
        await using var region = await TwoNodes.Start(hub: true, also: builder => builder.Logging.SetMinimumLevel(LogLevel.None));
        var consent = await region.Consent(Husband);
        var kept = (await region.Ask(Question(consent))).Value;
        await Witnessed(region, kept.ExchangeId);
        var backup = await Take(region);
        await region.Run(Anhui);
        // Places 1 and 2, both confirmed, both lost.
        for (var place = 1; place <= 2; place++)
            await Witnessed(region, (await region.Ask(Question(consent))).Value.ExchangeId);
        region.Clock.Ahead += TimeSpan.FromSeconds(20);
        await Soon.Holds(async () => (await Acks(region)).Exists(a => a.UpTo == 2), Ct);
        await Take(region);
        Put(region, backup);
        await region.Run(Anhui);
        await Agree(region, OpenEpoch.Restored);
        region.Clock.Ahead += TimeSpan.FromSeconds(65);
        // The next answer stands at place 2 as one that is lost did, and never reaches the consumer, which still holds the other.
        var unheard = region.Message(await region.Secret(consent));
        Assert.Equal(2, (await Given(region, unheard)));
        var answer = await region.Ask(Question(consent));
        Assert.True(answer.Ok, answer.Error?.DetailEn);
        Assert.Equal(3, answer.Value.ProviderLogIndex);
        region.Clock.Ahead += TimeSpan.FromSeconds(20);
        await Soon.Holds(async () => (await Acks(region)).Exists(a => a.UpTo == 3), Ct);
        Assert.Equal([(2, 1)], (await Acks(region)).Select(a => (a.Confirmed, a.Missing)));
        Assert.Equal([(unheard.ExchangeId, 2L)], (await Rows<UnackedRow>(region, Anhui)).Select(u => (u.ExchangeId, u.Index)));
        // What was signed of the lost part stays as evidence.
        Assert.Equal([(1, 2L, 3)], (await Rows<EndedAckRow>(region, Anhui)).Select(a => (a.Epoch, a.UpTo, a.Confirmed)));
        // Two exchanges that the consumer paid for are lost with the log: named as that, and not billed.
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        var audit = await ExchangeModule.AuditNode(region.Get<IServiceProvider>(Shanghai), ct: Ct);
        var metering = Assert.Single(audit, f => f.Step == "metering-peers");
        Assert.True(metering.Ok, metering.Words.En);
        Assert.Contains("3 are not billed", metering.Words.En, StringComparison.Ordinal);
        await region.Stop(Anhui);
        await region.Run(Anhui);
        Assert.Single(await Acks(region));
        // What was given after the loss was not lost with it: whoever takes it out of its log is found.
        await LogTests.Execute(Path.Combine(region.FolderOf(Anhui), Files[0]), "DELETE FROM metering WHERE idx = 3; DELETE FROM leaves WHERE idx = 3");
        foreach (var node in new[] { Shanghai, Anhui })
        {
            var found = Assert.Single(await ExchangeModule.AuditNode(region.Get<IServiceProvider>(node), ct: Ct), f => f.Step == "metering-peers");
            Assert.False(found.Ok);
            Assert.Contains($"exchange {answer.Value.ExchangeId}: The provider knows nothing of it", found.Words.En, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_kept_and_never_heard_of_stays_listed_through_restarts()
    {
        await using var region = await TwoNodes.Start(hub: true, also: builder => builder.Logging.SetMinimumLevel(LogLevel.None));
        var consent = await region.Consent(Husband);
        // From before the loss, and still in the log after it.
        var unheard = region.Message(await region.Secret(consent));
        Assert.Equal(0, await Given(region, unheard));
        await LoseOneThatWasConfirmed(region, consent);
        await Agree(region, OpenEpoch.Restored);
        region.Clock.Ahead += TimeSpan.FromSeconds(65);
        var answer = await region.Ask(Question(consent));
        Assert.True(answer.Ok, answer.Error?.DetailEn);
        region.Clock.Ahead += TimeSpan.FromSeconds(20);
        await Soon.Holds(async () => (await Acks(region)).Exists(a => a.UpTo == answer.Value.ProviderLogIndex), Ct);
        for (var start = 0; start < 2; start++)
        {
            Assert.Equal([(unheard.ExchangeId, 0L)], (await Rows<UnackedRow>(region, Anhui)).Select(u => (u.ExchangeId, u.Index)));
            await region.Stop(Anhui);
            await region.Run(Anhui);
        }
    }

    [Fact]
    public async Task What_could_not_be_put_aside_when_an_epoch_began_is_in_the_next_round()
    {
        await using var region = await TwoNodes.Start(hub: true, also: builder => builder.Logging.SetMinimumLevel(LogLevel.None));
        var consent = await region.Consent(Husband);
        await LoseOneThatWasConfirmed(region, consent);
        var database = Path.Combine(region.FolderOf(Anhui), "node.db");
        await LogTests.Execute(database, "CREATE TRIGGER full BEFORE INSERT ON exchange_ended_ack BEGIN SELECT RAISE(ABORT, 'full'); END");
        await Agree(region, OpenEpoch.Restored);
        // The epoch has begun all the same.
        var standing = region.Get<LogStanding>(Anhui);
        await Soon.Holds(() => standing.Lost is null && standing.Since > 0, Ct);
        Assert.Empty(await Rows<EndedAckRow>(region, Anhui));
        Assert.Single(await Acks(region));
        await LogTests.Execute(database, "DROP TRIGGER full");
        await Soon.Holds(async () => (await Rows<EndedAckRow>(region, Anhui)).Count == 1, Ct);
        Assert.Empty(await Acks(region));
    }

    /// <summary>One exchange that is kept and one after it, both confirmed; then Anhui runs from a backup between the two.</summary>
    static async Task LoseOneThatWasConfirmed(TwoNodes region, string consent)
    {
        await Witnessed(region, (await region.Ask(Question(consent))).Value.ExchangeId);
        var backup = await Take(region);
        await region.Run(Anhui);
        var lost = (await region.Ask(Question(consent))).Value;
        await Witnessed(region, lost.ExchangeId);
        region.Clock.Ahead += TimeSpan.FromSeconds(20);
        await Soon.Holds(async () => (await Acks(region)).Exists(a => a.UpTo == lost.ProviderLogIndex), Ct);
        await Take(region);
        Put(region, backup);
        await region.Run(Anhui);
    }

    [Fact]
    public async Task The_command_says_what_witnesses_hold_and_proposes_the_next_epoch()
    {
        await using var region = await TwoNodes.Start(hub: true, also: builder => builder.Logging.SetMinimumLevel(LogLevel.None));
        Assert.Contains(await Recover(region, OpenEpoch.Restored), f => f.Step == "epoch" && !f.Ok && f.Words.En.Contains("nothing to recover", StringComparison.Ordinal));
        await Restore(region);
        var looked = await Recover(region, reason: null);
        Assert.Contains(looked, f => f.Step == "witness" && !f.Ok && f.Words.En.Contains(Shanghai, StringComparison.Ordinal));
        Assert.Contains(looked, f => f.Step == "epoch" && !f.Ok);
        Assert.NotNull(region.Get<TransparencyLog>(Anhui).Held);

        region.Clock.Ahead = TimeSpan.FromMinutes(1);
        Assert.Contains(await Recover(region, OpenEpoch.Restored), f => f.Step == "epoch" && f.Ok && f.Words.En.StartsWith("Proposed", StringComparison.Ordinal));
        var waiting = Assert.Single((await region.Get<HubProposals>(Shanghai).Waiting(Ct)).Value);
        Assert.True((await region.Get<HubProposals>(Shanghai).Sign(Proposal.Read(waiting.Document)!.Value.Signed, Ct)).Ok);
        await Soon.Holds(() => region.Get<TransparencyLog>(Anhui).Held is null, Ct);
        Assert.Equal($"{Anhui}/log/2", region.Get<TransparencyLog>(Anhui).Origin);
    }

    /// <summary>A database server that was put back to a backup while the node runs looks like this: others saw more, and something else.</summary>
    [Fact]
    public async Task A_running_node_asks_its_witnesses_again()
    {
        await using var region = await TwoNodes.Start(hub: true, also: builder =>
        {
            builder.Services.AddSingleton(new ExchangeOptions { DirectoryPeriod = TimeSpan.FromMilliseconds(300), WitnessPeriod = TimeSpan.FromMilliseconds(200), StandingPeriod = TimeSpan.FromSeconds(30) });
            builder.Logging.SetMinimumLevel(LogLevel.None);
        });
        await Witnessed(region, (await region.Ask(Question(await region.Consent(Husband)))).Value.ExchangeId);
        var log = region.Get<TransparencyLog>(Anhui);
        Assert.Null(log.Held);
        var other = new Checkpoint(log.Origin, log.Size + 3, Merkle.LeafHash("of another log"u8)).Sign(region.Keys(Anhui).Log).ToString();
        await LogTests.Execute(Path.Combine(region.FolderOf(Hub), "witness.db"), $"UPDATE witnessed SET size = {log.Size + 3}, note = '{other}' WHERE origin = '{log.Origin}'");
        region.Clock.Ahead += TimeSpan.FromSeconds(31);
        await Soon.Holds(() => log.Held?.Code == "log.behind-its-witness", Ct);
        Assert.Equal("log.behind-its-witness", (await region.Ask(Question(await region.Consent(Husband)))).Error?.Code);
    }

    static async Task<IReadOnlyList<Finding>> Recover(TwoNodes region, string? reason) => await ExchangeModule.RecoverLog(region.Get<IServiceProvider>(Anhui), reason, Ct);

    /// <summary>Proposed by Anhui, signed by Shanghai, in force.</summary>
    static async Task Agree(TwoNodes region, string reason)
    {
        region.Clock.Ahead += TimeSpan.FromMinutes(1);
        var next = DirectoryChange.OpenEpoch(region.Get<RegionDirectory>(Anhui).Trusted.Document, Anhui, region.Get<LogStanding>(Anhui).Lost!.Note, reason, region.Clock.GetUtcNow().ToUnixTimeMilliseconds()).Value;
        Assert.True((await region.Get<HubProposals>(Anhui).Propose(next, Ct)).Ok);
        Assert.True((await region.Get<HubProposals>(Shanghai).Propose(next, Ct)).Ok);
        await Soon.Holds(() => region.Get<TransparencyLog>(Anhui).Held is null, Ct);
    }

    /// <summary>Answered and logged at the provider; the consumer's log never hears of it. Its place.</summary>
    static async Task<long> Given(TwoNodes region, QueryMessage query)
    {
        var sent = await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/query", query.ToJson(), Ct);
        Assert.True(sent.Ok, sent.Error?.DetailEn);
        return QueryAnswer.Parse(sent.Value.Body).Value.LogIndex;
    }

    static async Task<List<AckRow>> Acks(TwoNodes region) => [.. (await Rows<AckRow>(region, Anhui)).Where(a => a.Consumer == Shanghai)];

    static Task<List<T>> Rows<T>(TwoNodes region, string node) where T : class => region.As<NodeDb, List<T>>(node, Actor.Node("test"), db => db.Set<T>().AsNoTracking().ToListAsync(Ct));

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
