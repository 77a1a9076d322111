using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Records that staff read a person's data. Durable in the log when it returns; a read that cannot be recorded must not happen.</summary>
sealed class RecordAccess(TransparencyLog log, IVault vault, DisclosureRules rules, NodeIdentity node, TimeProvider clock) : IAccessRecords
{
    public async Task Record(AccessRecord record, CancellationToken ct)
    {
        var now = clock.NowMs();
        var logged = await log.Append(ExchangeLeaf.OfStaffRead(record with { SubjectKey = vault.Written(record.SubjectKey) }, node.Id, now, rules.Of(record.Purpose, record.Department, now)), ct);
        if (!logged.Ok)
            throw new InvalidOperationException($"A read of personal data could not be recorded: {logged.Error.Code}");
    }
}
