using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Exchange;

public static partial class ExchangeModule
{
    /// <summary>
    /// Checks a receipt offline: with nothing but the signed directory, which says whose log and which witnesses to trust.
    /// </summary>
    /// <param name="witnesses">How many of the directory's witnesses must have cosigned; more than half of them when not said.</param>
    public static ReceiptVerdict VerifyReceipt(string receipt, string directory, int? witnesses = null)
    {
        var trusted = TrustedDirectory.Pin(directory);
        if (!trusted.Ok)
            return new([new("directory", false, new(trusted.Error.Detail, trusted.Error.DetailEn))]);
        var members = trusted.Value.Document.Members;
        var known = new Finding("directory", true, new(
            $"名录 {trusted.Value.Document.Region} 第 {trusted.Value.Document.Version} 版，签名有效", $"Directory of {trusted.Value.Document.Region}, version {trusted.Value.Document.Version}: its quorum's signatures hold"));
        var parsed = Receipt.Parse(receipt);
        if (!parsed.Ok)
            return new([known, new("receipt", false, new(parsed.Error.Detail, parsed.Error.DetailEn))]);
        var document = trusted.Value.Document;
        var owner = members.FirstOrDefault(m => WitnessLogs.OriginOf(m.NodeId) == parsed.Value.Origin)?.NodeId;
        var verdict = ReceiptVerifier.Verify(
            parsed.Value, Keys(members.Select(m => m.Log?.VKey)), Keys(document.WitnessesOf(owner).Select(m => m.Witness)), witnesses ?? document.WitnessQuorum(owner));
        return new([known, .. verdict.Steps]);
    }

    /// <summary>
    /// Audits a whole node, running or stopped: the log recomputed against its checkpoints and cosignatures and against what witnesses
    /// that can be reached remember, metering and the index of persons against the leaves, and every exchange against the agreement and the consent it names.
    /// </summary>
    /// <param name="services">Of a composed node; it need not be started.</param>
    public static async Task<IReadOnlyList<Finding>> AuditNode(IServiceProvider services, CancellationToken ct = default)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        var directory = services.GetRequiredService<RegionDirectory>();
        await directory.Load(ct);
        if (directory.Entry(node.Id)?.Log is not { } log || NoteKey.Parse(log.VKey) is not { Ok: true } key)
            return [new Finding("directory", false, new($"名录中没有 {node.Id} 的日志公钥", $"The directory has no log key of {node.Id}"))];
        var witnesses = directory.Trusted.Document.WitnessesOf(node.Id).ToList();
        var asked = await AskWitnesses.About(key.Value, witnesses, ct);
        var check = await ExchangeAudit.Begin(services, node, ct);
        var audit = await TransparencyLog.Audit(
            LogDatabase(node, services.GetRequiredService<DatabaseOptions>()), key.Value, Keys(witnesses.Select(m => m.Witness)), check.See, sizes: asked.Sizes, cancel: ct);
        return [.. audit.Findings, asked.Compare(audit), .. check.Findings];
    }

    static List<NoteKey> Keys(IEnumerable<string?> vkeys) =>
        [.. vkeys.OfType<string>().Select(NoteKey.Parse).Where(k => k.Ok).Select(k => k.Value)];
}

/// <summary>What every leaf of an exchange must agree with.</summary>
sealed class ExchangeAudit
{
    static readonly long LongestGroup = (long)TimeSpan.FromMinutes(5).TotalMilliseconds;

    readonly NodeIdentity node;
    readonly Dictionary<string, AgreementTerms> agreements;
    readonly Dictionary<string, ConsentRow> consents;
    readonly HashSet<string> references = new(StringComparer.Ordinal);
    readonly Dictionary<string, Finding> wrong = new(StringComparer.Ordinal);
    long exchanges;

    ExchangeAudit(NodeIdentity node, Dictionary<string, AgreementTerms> agreements, Dictionary<string, ConsentRow> consents) =>
        (this.node, this.agreements, this.consents) = (node, agreements, consents);

    public static async Task<ExchangeAudit> Begin(IServiceProvider services, NodeIdentity node, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.Node("audit"));
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var agreements = await db.Set<AgreementRow>().AsNoTracking().ToListAsync(ct);
        return new ExchangeAudit(
            node,
            agreements.ToDictionary(a => a.Id, a => Agreement.Read(a.Document)!.Value.Terms, StringComparer.Ordinal),
            await db.Set<ConsentRow>().AsNoTracking().ToDictionaryAsync(c => c.Id, StringComparer.Ordinal, ct));
    }

    public IReadOnlyList<Finding> Findings =>
        wrong.Count > 0 ? [.. wrong.Values] : [new Finding("exchanges", true, new(
            $"{exchanges} 次交换都在协议之内，所依据的授权都在", $"{exchanges} exchanges lie within their agreements, and the consents they rest on are here"))];

    public void See(LogLeaf leaf)
    {
        if (LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data) is not { } facts)
            return;
        // The row has the time of its group, the leaf that of the act.
        if (Math.Abs(leaf.At - facts.Stated) > LongestGroup)
            Wrong("times", leaf, "时间被改动", "its time was changed");
        if (!facts.IsExchange)
            return;
        if (!references.Add(facts.Reference))
            Wrong("exchange-ids", leaf, "交换编号重复", "the exchange id is used twice");
        if (facts.Outcome is not ("answered" or "empty"))
            return;
        exchanges++;
        if (!agreements.TryGetValue(facts.Agreement, out var terms))
        {
            Wrong("agreements", leaf, $"没有协议 {facts.Agreement}", $"there is no agreement {facts.Agreement}");
            return;
        }
        if (facts.Fields.Except(terms.Fields).Any() || facts.Resource != terms.Resource || facts.Consumer != terms.Consumer || facts.Provider != terms.Provider)
            Wrong("agreements", leaf, "超出协议范围", "it lies beyond its agreement");
        if (leaf.At < terms.ValidFrom - 60_000 || leaf.At > terms.ValidUntil + 60_000)
            Wrong("agreements", leaf, "在协议有效期之外", "it lies outside the agreement's period");
        if (terms.CaseRequired && facts.CaseReference.Length == 0)
            Wrong("case-references", leaf, "没有注明办件", "it names no case");
        if (terms.Basis.IsConsent && facts.ConsentId is null)
            Wrong("consents", leaf, "没有当事人授权", "it has no consent");
        // A provider holds only the token that came with the query; the consumer must have the consent itself.
        if (facts is { Kind: ExchangeLeaf.Obtained, ConsentId: { } consent } && !consents.ContainsKey(consent))
            Wrong("consents", leaf, $"找不到授权 {consent}", $"the consent {consent} is not here");
    }

    // The first of each kind names the place; more of the same would only bury it.
    void Wrong(string step, LogLeaf leaf, string zh, string en) =>
        wrong.TryAdd(step, new Finding(step, false, new($"日志第 {leaf.Index} 条：{zh}", $"Leaf {leaf.Index}: {en}")));
}
