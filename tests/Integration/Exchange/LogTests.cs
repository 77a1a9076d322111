using Microsoft.Data.Sqlite;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Node;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

public class LogTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_than_half_of_the_witnesses_cosign_and_a_receipt_then_verifies_offline_with_the_directory_alone()
    {
        await using var region = await TwoNodes.Start();
        var answer = await region.Ask(Question(await region.Consent(Husband)));
        var directory = await File.ReadAllTextAsync(Path.Combine(region.FolderOf(Shanghai), RegionDirectory.FileName), Ct);

        // The two governments witness each other; of three witnesses two are needed, and nobody counts for their own log.
        foreach (var node in new[] { Shanghai, Anhui })
        {
            var pending = await Until(node, v => Witnesses(v).Contains("Only 1 ", StringComparison.Ordinal));
            Assert.False(pending.Holds);
            Assert.All(pending.Steps, s => Assert.True(s.Ok || s.Step == "witnesses", s.Words.En));
        }
        await region.Run(Hub);
        foreach (var (node, other) in new[] { (Shanghai, Anhui), (Anhui, Shanghai) })
        {
            var verdict = await Until(node, v => v.Holds);
            Assert.True(verdict.Holds, string.Join("; ", verdict.Steps.Select(s => s.Words.En)));
            Assert.Contains($"{Hub}/witness", Witnesses(verdict), StringComparison.Ordinal);
            Assert.Contains($"{other}/witness", Witnesses(verdict), StringComparison.Ordinal);
        }

        static string Witnesses(ReceiptVerdict verdict) => verdict.Steps.Single(s => s.Step == "witnesses").Words.En;

        async Task<ReceiptVerdict> Until(string node, Func<ReceiptVerdict, bool> reached)
        {
            for (var deadline = DateTime.UtcNow.AddSeconds(30); ; await Task.Delay(100, Ct))
            {
                var receipt = await region.Get<IExchange>(node).Receipt(answer.Value.ExchangeId, Ct);
                var verdict = ExchangeModule.VerifyReceipt(receipt.Value, directory);
                if (reached(verdict) || DateTime.UtcNow > deadline)
                    return verdict;
            }
        }
    }

    [Fact]
    public async Task A_receipt_with_a_changed_leaf_does_not_verify()
    {
        await using var region = await TwoNodes.Start();
        var answer = await region.Ask(Question(await region.Consent(Husband)));
        var directory = await File.ReadAllTextAsync(Path.Combine(region.FolderOf(Shanghai), RegionDirectory.FileName), Ct);
        var receipt = Receipt.Parse((await region.Get<IExchange>(Shanghai).Receipt(answer.Value.ExchangeId, Ct)).Value).Value;

        Assert.True(ExchangeModule.VerifyReceipt(receipt.ToText(), directory, witnesses: 0).Holds);
        // In the form that others read (C2SP tlog-proof), written in one way only.
        var text = receipt.ToText();
        Assert.StartsWith($"c2sp.org/tlog-proof@v1\nextra {Convert.ToBase64String(receipt.Leaf)}\nindex {receipt.Index}\n", text, StringComparison.Ordinal);
        Assert.Contains($"\n\n{Shanghai}/log\n", text, StringComparison.Ordinal);
        foreach (var other in new[] { text.Replace("@v1", "@v2"), text.Replace("index ", "index 00"), text.Replace("\nindex", "\n\nindex"), text.Replace("extra ", "extra  "), text[..text.IndexOf("\n\n", StringComparison.Ordinal)], "" })
            Assert.Equal("receipt.malformed", Receipt.Parse(other).Error?.Code);
        var leaf = receipt.Leaf.ToArray();
        leaf[10] ^= 1;
        Assert.False(ExchangeModule.VerifyReceipt((receipt with { Leaf = leaf }).ToText(), directory, witnesses: 0).Holds);
        Assert.False(ExchangeModule.VerifyReceipt(receipt.ToText(), directory, witnesses: 2).Holds);
        Assert.False(ExchangeModule.VerifyReceipt("{}", directory).Holds);
        Assert.False(ExchangeModule.VerifyReceipt(receipt.ToText(), "{}").Holds);
    }

    [Fact]
    public async Task An_audit_finds_what_was_changed_behind_the_log()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);
        for (var i = 0; i < 3; i++)
            Assert.True((await region.Ask(Question(consent))).Ok);
        Assert.All(await Audit(region, Shanghai), f => Assert.True(f.Ok, f.Words.En));
        // Also while it runs.
        Assert.All(await ExchangeModule.AuditNode(region.Get<IServiceProvider>(Anhui), ct: Ct), f => Assert.True(f.Ok, f.Words.En));
        for (var deadline = DateTime.UtcNow.AddSeconds(20); (await region.Get<TransparencyLog>(Anhui).Covering(2, 1, Ct))?.Size != 3 && DateTime.UtcNow < deadline;)
            await Task.Delay(50, Ct);
        await region.Stop(Anhui);
        var log = Path.Combine(region.FolderOf(Anhui), ExchangeModule.LogFileName);
        await Execute(log, "PRAGMA wal_checkpoint(TRUNCATE)");
        var whole = await Task.WhenAll(Files(log).Select(f => File.ReadAllBytesAsync(f, Ct)));

        (string Change, string Step)[] changes =
        [
            ("UPDATE leaves SET data = CAST(replace(CAST(data AS TEXT), 'answered', 'refused1') AS BLOB) WHERE idx = 1", "leaves"),
            ("DELETE FROM leaves WHERE idx = 2", "leaves"),
            ("UPDATE metering SET units = 7 WHERE idx = 0", "metering"),
            ("DELETE FROM metering WHERE idx = 0", "metering"),
            ("UPDATE leaves SET reference = 'p/x/y' WHERE idx = 0", "references"),
            ("UPDATE leaves SET at = at - 3600000 WHERE idx = 0", "times"),
            ("DELETE FROM subjects WHERE idx = 1", "persons"),
            ("UPDATE subjects SET subject = 'somebody-else' WHERE idx = 1", "persons"),
            ("INSERT INTO subjects VALUES ('somebody-else', 1)", "persons"),
            ("INSERT INTO subjects VALUES ('somebody-else', 99)", "persons"),
            ("UPDATE leaves SET salts = zeroblob(100) WHERE idx = 1", "persons"),
            ("DELETE FROM cosignatures WHERE size = (SELECT MAX(size) FROM cosignatures)", "cosignatures"),
            ("UPDATE checkpoints SET cosigned = cosigned + 2 WHERE size = (SELECT MAX(size) FROM checkpoints)", "cosignatures"),
            // The end, with everything that belongs to it: only Shanghai, which saw it, can tell.
            ("DELETE FROM checkpoints WHERE size = 3; DELETE FROM cosignatures WHERE size = 3; DELETE FROM metering WHERE idx = 2; DELETE FROM subjects WHERE idx = 2; DELETE FROM leaves WHERE idx = 2", "witnesses"),
        ];
        foreach (var (change, step) in changes)
        {
            await Task.WhenAll(Files(log).Zip(whole, (f, bytes) => File.WriteAllBytesAsync(f, bytes, Ct)));
            Assert.True(await Execute(log, change) >= 1, change);
            Assert.Contains(await Audit(region, Anhui), f => f.Step == step && !f.Ok);
        }
        // Restored, it starts again.
        await Task.WhenAll(Files(log).Zip(whole, (f, bytes) => File.WriteAllBytesAsync(f, bytes, Ct)));
        await region.Run(Anhui);
    }

    /// <summary>A log lies in two: its leaves, and its head.</summary>
    static string[] Files(string log) => [log, Path.ChangeExtension(log, ".head.db")];

    internal static async Task<int> Execute(string file, string sql)
    {
        await using var database = new SqliteConnection($"Data Source={file};Pooling=False");
        await database.OpenAsync(Ct);
        await using var command = database.CreateCommand();
        command.CommandText = $"ATTACH DATABASE '{Files(file)[1]}' AS head";
        await command.ExecuteNonQueryAsync(Ct);
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync(Ct);
    }

    [Fact]
    public async Task An_exchange_beyond_its_agreement_is_found_by_the_audit()
    {
        await using var region = await TwoNodes.Start();
        var metering = new Metering("ag-none", Marriage, Shanghai, Anhui, Item, 1, 1, "answered");
        var query = region.Message(null);
        var entry = ExchangeLeaf.Of(ExchangeLeaf.Provided, "p/x/1", query, "340000-civil", metering, meter: true, "{}"u8, "[]"u8.ToArray(), 1, null, "consent", null, null, "person-1");
        Assert.True((await region.Get<TransparencyLog>(Anhui).Append(entry, Ct)).Ok);

        Assert.Contains(await Audit(region, Anhui), f => f.Step == "agreements" && !f.Ok);
    }

    [Fact]
    public async Task The_person_sees_each_use_once_with_both_places_in_the_logs_and_reads_by_staff()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);
        Assert.True((await region.Ask(Question(consent))).Ok);
        Assert.Equal("agreement.field-not-covered", (await region.Ask(Question(consent, "wifeId"))).Error?.Code);
        await region.Get<IAccessRecords>(Shanghai).Record(
            new AccessRecord("subject-1", "account-9", "310000-police", new Words("办件", "The case"), Item, "D1", new Words("审核步骤", "Review step")), Ct);

        var found = await region.Get<PersonalRecords>(Shanghai).Of(["subject-1"], Husband, 2, Ct);

        Assert.Empty(found.Silent);
        Assert.Equal(2, found.Uses.Count);
        var exchange = Assert.Single(found.Uses, u => u.Facts.IsExchange);
        Assert.Equal([Anhui, Shanghai], exchange.Proofs.Select(p => p.Node).Order(StringComparer.Ordinal).Reverse());
        Assert.Equal("办件", Assert.Single(found.Uses, u => !u.Facts.IsExchange).Facts.What?.Zh);

        var stranger = await region.Get<PersonalRecords>(Shanghai).Of(["subject-9"], Wife, 2, Ct);
        Assert.Empty(stranger.Uses);
        var unknown = await region.Get<PersonalRecords>(Shanghai).Of(["subject-1"], Husband, 0, Ct);
        Assert.Equal(Anhui, Assert.Single(unknown.Silent).NodeId);

        // The look of before is in Anhui's log, once: what another node says in a person's name the person can see.
        var again = await region.Get<PersonalRecords>(Shanghai).Of(["subject-1"], Husband, 2, Ct);
        again = await region.Get<PersonalRecords>(Shanghai).Of(["subject-1"], Husband, 2, Ct);
        var look = Assert.Single(again.Uses, u => u.Facts.IsOwnLook);
        Assert.Equal((Shanghai, Anhui), (look.Facts.Consumer, Assert.Single(look.Proofs).Node));
        Assert.Empty(UnusualUses.Judge([look], new HashSet<string>(), whole: true).Single().Unusual);
        Assert.Equal(3, again.Uses.Count);

        await region.Stop(Anhui);
        var without = await region.Get<PersonalRecords>(Shanghai).Of(["subject-1"], Husband, 2, Ct);
        Assert.Equal(Anhui, Assert.Single(without.Silent).NodeId);
        Assert.Equal(2, without.Uses.Count);
    }

    [Fact]
    public async Task An_audit_believes_no_terms_consents_and_directory_that_were_changed_in_the_database()
    {
        await using var region = await TwoNodes.Start();
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
        var directory = await File.ReadAllTextAsync(Path.Combine(region.FolderOf(Shanghai), RegionDirectory.FileName), Ct);
        Assert.All(await ExchangeModule.AuditNode(region.Get<IServiceProvider>(Anhui), directory, Ct), f => Assert.True(f.Ok, f.Words.En));
        await region.Stop(Anhui);
        await region.Stop(Shanghai);
        (string Node, string Change, string Step)[] changes =
        [
            // Its own terms, with the purposes of anybody's choosing: the signatures are of other terms.
            (Anhui, $"UPDATE exchange_agreement SET Document = json_set(Document, '$.payload', json_extract((SELECT Document FROM exchange_agreement WHERE Id = '{TwoNodes.SmallQuota}'), '$.payload')) WHERE Id = '{TwoNodes.AgreementId}'", "agreements"),
            (Anhui, $"UPDATE exchange_agreement SET TerminatedAt = 1 WHERE Id = '{TwoNodes.AgreementId}'", "agreements"),
            (Anhui, $"DELETE FROM exchange_agreement WHERE Id = '{TwoNodes.AgreementId}'", "agreements"),
            (Shanghai, "UPDATE exchange_consent SET RevokedAt = 1", "consents"),
            (Shanghai, "UPDATE exchange_consent SET Until = GivenAt - 3600000", "consents"),
            (Shanghai, "UPDATE exchange_consent SET Purpose = '999999999999'", "consents"),
            (Shanghai, "UPDATE exchange_consent SET Sources = replace(Sources, 'registeredOn', 'office')", "consents"),
            (Shanghai, "DELETE FROM exchange_consent", "consents"),
            (Anhui, "UPDATE exchange_directory SET Document = json_set(Document, '$.signatures', json('[]'))", "directory"),
        ];
        foreach (var (node, change, step) in changes)
        {
            var database = Path.Combine(region.FolderOf(node), "node.db");
            await Execute(database, "PRAGMA wal_checkpoint(TRUNCATE)");
            var whole = await File.ReadAllBytesAsync(database, Ct);
            Assert.True(await Execute(database, change) >= 1, change);
            var found = await Audit(region, node);
            Assert.True(found.Any(f => f.Step == step && !f.Ok), $"{change}: {string.Join("; ", found.Where(f => !f.Ok).Select(f => f.Words.En))}");
            SqliteConnection.ClearAllPools();
            File.Delete(database + "-wal");
            await File.WriteAllBytesAsync(database, whole, Ct);
        }
        // Another directory than the node's own.
        Assert.Contains(await Audit(region, Anhui, directory.Replace("\"payload\":\"", "\"payload\":\"A", StringComparison.Ordinal)), f => f.Step == "directory" && !f.Ok);
        Assert.All(await Audit(region, Anhui, directory), f => Assert.True(f.Ok, f.Words.En));
    }

    static async Task<IReadOnlyList<Finding>> Audit(TwoNodes region, string node, string? directory = null)
    {
        await using var app = NodeHost.Build(region.Settings.Single(s => s.Id == node));
        return await ExchangeModule.AuditNode(app.Services, directory, Ct);
    }
}
