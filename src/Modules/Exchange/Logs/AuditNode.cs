using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
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
        var (member, ended) = members.SelectMany(m => (m.Log?.Ended ?? []).Select(e => (m, e))).FirstOrDefault(l => l.e.Origin == parsed.Value.Origin);
        var owner = (member ?? members.FirstOrDefault(m => m.Log?.Origin == parsed.Value.Origin))?.NodeId;
        var verdict = ReceiptVerifier.Verify(
            parsed.Value, Keys(members.SelectMany(m => m.Log?.VKeys ?? [])), Keys(document.WitnessesOf(owner).Select(m => m.Witness)), witnesses ?? document.WitnessQuorum(owner));
        return new([known, .. verdict.Steps, .. InSm2(parsed.Value, members.FirstOrDefault(m => m.Log?.Origin == parsed.Value.Origin)?.Log), .. ended is null ? [] : new[] { Within(parsed.Value, ended) }]);
    }

    /// <summary>
    /// Audits a whole node, running or stopped: the log recomputed against its checkpoints and cosignatures and against what witnesses
    /// that can be reached remember, metering and the index of persons against the leaves, every exchange against the agreement and the consent it names,
    /// and the metering of this month and the last against what the other sides metered.
    /// </summary>
    /// <param name="services">Of a composed node; it need not be started.</param>
    /// <param name="trusted">The signed directory, from somewhere else than the node: whoever can change the node's own could name other keys in it.</param>
    public static async Task<IReadOnlyList<Finding>> AuditNode(IServiceProvider services, string? trusted = null, CancellationToken ct = default)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        var directory = services.GetRequiredService<RegionDirectory>();
        await directory.Load(ct);
        var named = Named(directory.Trusted, trusted);
        if (!named.Ok)
            return [named];
        if (directory.Entry(node.Id)?.Log is not { } log || NoteKey.Parse(log.VKey) is not { Ok: true } key)
            return [new Finding("directory", false, new($"名录中没有 {node.Id} 的日志公钥", $"The directory has no log key of {node.Id}"))];
        var witnesses = directory.Trusted.Document.WitnessesOf(node.Id).ToList();
        var asked = await AskWitnesses.About(key.Value, witnesses, ct);
        var check = await ExchangeAudit.Begin(services, node, services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds(), ct);
        var audit = await TransparencyLog.Audit(
            LogDatabase(node, services.GetRequiredService<DatabaseOptions>()), key.Value, Keys(witnesses.Select(m => m.Witness)), check.See, sizes: asked.Sizes, ended: Keys((log.Ended ?? []).Select(e => e.VKey)), vault: services.GetRequiredService<IVault>(), cancel: ct);
        return [named, .. audit.Findings, asked.Compare(audit), .. Epochs(log, check.Epochs), .. check.Findings, .. await AuditMetering.Run(services, node, ct), .. await Equivocated(services, ct)];
    }

    /// <summary>Where the directory names a second key of the log. A receipt that was drawn before it did has no such line, which is said; a wrong one does not hold.</summary>
    static IEnumerable<Finding> InSm2(Receipt receipt, MemberLog? log)
    {
        if (log?.Sm2 is not { } vkey || NoteKey.Parse(vkey) is not { Ok: true, Value: var key } || SignedNote.Parse(receipt.Checkpoint) is not { Ok: true, Value: var note })
            yield break;
        if (!note.Carries(key))
            yield return new("sm2", true, new("回执上没有 SM2 签名，以 Ed25519 签名为准", "The receipt carries no SM2 signature; the Ed25519 one stands"));
        else
            yield return note.HoldsFor(key) ? new("sm2", true, new("SM2 签名有效", "The log's SM2 signature holds")) : new("sm2", false, new("SM2 签名无效", "The log's SM2 signature does not hold"));
    }

    /// <summary>A receipt of an epoch that ended counts up to where members agreed that it ended.</summary>
    static Finding Within(Receipt receipt, EndedLog ended)
    {
        var last = ended.Size;
        return EndedLog.SizeIn(receipt.Checkpoint) <= last
            ? new("epoch", true, new($"{ended.Origin} 已止于 {last} 条（{OpenEpoch.Said(ended.Reason).Zh}），回执在此之前", $"{ended.Origin} ended at {last} leaves ({OpenEpoch.Said(ended.Reason).En}), and the receipt is of before"))
            : new("epoch", false, new($"{ended.Origin} 已止于 {last} 条，回执在此之后", $"{ended.Origin} ended at {last} leaves, and the receipt is of after"));
    }

    /// <summary>Each later epoch of the log begins with a leaf that says what the directory says.</summary>
    static IEnumerable<Finding> Epochs(MemberLog log, IReadOnlyDictionary<string, (long Index, string Checkpoint)> begun)
    {
        for (var i = 0; i < (log.Ended?.Count ?? 0); i++)
        {
            var ended = log.Ended![i];
            if (!begun.TryGetValue(ended.Origin, out var leaf) || leaf.Checkpoint != ended.Checkpoint)
                yield return new("epoch", false, new($"{ended.Origin} 之后没有说明其终止的条目", $"No leaf says what {ended.Origin} ended at"));
            else
                yield return new("epoch", true, new(
                    $"{ended.Origin} 止于见证过的 {ended.Size} 条（{OpenEpoch.Said(ended.Reason).Zh}）；现日志自第 {leaf.Index} 条起为新的一期，其前留存 {leaf.Index} 条",
                    $"{ended.Origin} ended at {ended.Size} witnessed leaves ({OpenEpoch.Said(ended.Reason).En}); a new epoch begins with leaf {leaf.Index}, {leaf.Index} being left before it"));
        }
    }

    /// <summary>What this node, as a witness, has found of others' logs.</summary>
    static async Task<IReadOnlyList<Finding>> Equivocated(IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.AsNode("audit");
        var found = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<EquivocationRow>().AsNoTracking().OrderBy(e => e.FoundAt).ToListAsync(ct);
        return found.Count == 0
            ? [new("equivocation", true, new("未发现其他成员的日志有两份", "No other member's log is known to have shown two trees"))]
            : [.. found.Select(e => new Finding("equivocation", false, new(
                $"{e.Member} 的日志 {e.Origin} 有两份：出示给本节点的 {e.HeldSize} 条与出示给 {e.Witness} 的 {e.ShownSize} 条不是同一份，两份签名均已留存",
                $"{e.Member} showed two trees of {e.Origin}: the {e.HeldSize} leaves shown here and the {e.ShownSize} shown to {e.Witness} are not of one tree; both signed checkpoints are kept")))];
    }

    /// <summary>Whether the directory that the node keeps is signed by its members, and is the one that was given.</summary>
    static Finding Named(TrustedDirectory kept, string? trusted)
    {
        var signed = TrustedDirectory.Pin(trusted ?? kept.Text);
        if (!signed.Ok)
            return new("directory", false, new(signed.Error.Detail, signed.Error.DetailEn));
        var document = signed.Value.Document;
        if (trusted is null)
            return new("directory", true, new($"名录第 {document.Version} 版由成员签名（本节点自存，未与外部名录核对）", $"Version {document.Version} of the directory is signed by its members (the node's own copy; none was given to compare)"));
        return signed.Value.Hash == kept.Hash
            ? new("directory", true, new($"名录第 {document.Version} 版与所给名录一致", $"The node's directory is the one given, version {document.Version}"))
            : new("directory", false, new($"本节点的名录（第 {kept.Document.Version} 版）不是所给的第 {document.Version} 版", $"The node's directory, version {kept.Document.Version}, is not the one given, version {document.Version}"));
    }

    static List<NoteKey> Keys(IEnumerable<string?> vkeys) =>
        [.. vkeys.OfType<string>().Select(NoteKey.Parse).Where(k => k.Ok).Select(k => k.Value)];
}

/// <summary>What every leaf of an exchange must agree with.</summary>
sealed class ExchangeAudit
{
    const long Minute = 60_000;
    static readonly long LongestGroup = (long)TimeSpan.FromMinutes(5).TotalMilliseconds;

    readonly NodeIdentity node;
    readonly long now;
    readonly Dictionary<Standing, long> records = Enum.GetValues<Standing>().ToDictionary(s => s, _ => 0L);
    long lastWithheld;
    readonly Dictionary<string, Known> agreements;
    readonly Dictionary<string, ConsentFacts> consents;
    readonly Dictionary<string, Finding> wrong = new(StringComparer.Ordinal);
    readonly HashSet<string> places = new(StringComparer.Ordinal);
    readonly Dictionary<(string Consumer, string ExchangeId), int> takenBy = [];
    readonly Dictionary<string, (long Index, string Checkpoint)> epochs = new(StringComparer.Ordinal);
    long exchanges;
    long erased;

    /// <param name="Unsigned">Why its signatures do not hold; null when they do, or a side has left and can no longer be asked.</param>
    sealed record Known(Agreement? Agreement, long? TerminatedAt, Error? Unsigned);

    sealed record ConsentFacts(string Purpose, string CaseReference, string Sources, long GivenAt, long Until, long? RevokedAt);

    ExchangeAudit(NodeIdentity node, long now, Dictionary<string, Known> agreements, Dictionary<string, ConsentFacts> consents) =>
        (this.node, this.now, this.agreements, this.consents) = (node, now, agreements, consents);

    public static async Task<ExchangeAudit> Begin(IServiceProvider services, NodeIdentity node, long now, CancellationToken ct)
    {
        await using var scope = services.AsNode("audit");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var directory = services.GetRequiredService<RegionDirectory>().Trusted;
        var agreements = await db.Set<AgreementRow>().AsNoTracking().ToListAsync(ct);
        return new ExchangeAudit(
            node,
            now,
            agreements.ToDictionary(a => a.Id, a => Look(a, directory), StringComparer.Ordinal),
            await db.Set<ConsentRow>().AsNoTracking().Select(c => new { c.Id, Facts = new ConsentFacts(c.Purpose, c.CaseReference, c.Sources, c.GivenAt, c.Until, c.RevokedAt) })
                .ToDictionaryAsync(c => c.Id, c => c.Facts, StringComparer.Ordinal, ct));
    }

    static Known Look(AgreementRow row, TrustedDirectory directory)
    {
        var read = Agreement.Read(row.Document);
        var known = directory.Find(row.Provider) is not null && directory.Find(row.Consumer) is not null;
        var verified = Agreement.Verify(row.Document, directory, shownAt: row.TakenAt);
        return new(read is { } whole ? new Agreement(whole.Terms, null, "") : null, row.TerminatedAt, read is null || known ? verified.Error : null);
    }

    public IReadOnlyList<Finding> Findings => [Records, .. Exchanges];

    /// <summary>What the persons see of the records about them, and what they do not yet.</summary>
    Finding Records
    {
        get
        {
            var (shown, masked, withheld) = (records[Standing.Shown], records[Standing.Masked], records[Standing.Withheld]);
            var (zh, en) = withheld == 0 ? ("", "") : ($"，最晚 {Kernel.Time.LocalTime.DateOf(lastWithheld):yyyy-MM-dd} 显示", $", the last of them until {Kernel.Time.LocalTime.DateOf(lastWithheld):yyyy-MM-dd}");
            return new("records", true, new(
                $"关于个人的记录 {shown + masked + withheld} 条：显示 {shown} 条，依法不显示细节 {masked} 条，依法暂不显示 {withheld} 条{zh}{(erased > 0 ? $"；其中 {erased} 条应要求删除，不再显示" : "")}",
                $"{shown + masked + withheld} records about persons: {shown} shown, {masked} without details as the law asks, {withheld} not yet shown{en}{(erased > 0 ? $"; of these {erased} were erased on request and are shown no longer" : "")}"));
        }
    }

    IReadOnlyList<Finding> Exchanges =>
        wrong.Count > 0 ? [.. wrong.Values] : [new Finding("exchanges", true, new(
            $"{exchanges} 次交换都在协议之内，所依据的授权都在", $"{exchanges} exchanges lie within their agreements, and the consents they rest on are here"))];

    /// <summary>By the name of the epoch that ended: the leaf that says so, and the checkpoint in it.</summary>
    public IReadOnlyDictionary<string, (long Index, string Checkpoint)> Epochs => epochs;

    public void See(LogLeaf leaf)
    {
        if (EpochLeaf.Read(leaf.Data) is var (ended, checkpoint))
            epochs.TryAdd(ended, (leaf.Index, checkpoint));
        if (ErasedLeaf.Read(leaf.Data) is { Person: true })
            erased++;
        if (LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data) is not { } facts)
        {
            // Which of several had a place is the first one's: places have names that only one leaf bears.
            if (ConsentUses.Read(leaf.Data) is { } use && places.Add(use.Reference))
                takenBy[(use.Consumer, use.ExchangeId)] = use.Place;
            return;
        }
        // The row has the time of its group, the leaf that of the act. What an exchange gives may have been read long before: a bulk that was fetched
        // days later, a change that waited for its receiver.
        if (facts.Stated - leaf.At > LongestGroup || (!facts.IsExchange && leaf.At - facts.Stated > LongestGroup))
            Wrong("times", leaf, "时间被改动", "its time was changed");
        if (facts.About is not null)
        {
            records[facts.StandingAt(now)]++;
            if (facts.StandingAt(now) == Standing.Withheld)
                lastWithheld = Math.Max(lastWithheld, facts.Withholding!.From!.Value);
        }
        if (!facts.IsExchange)
            return;
        if (facts.Outcome is not ("answered" or "empty"))
            return;
        exchanges++;
        if (!agreements.TryGetValue(facts.Agreement, out var known) || known.Agreement is not { } agreement)
        {
            Wrong("agreements", leaf, $"没有协议 {facts.Agreement}", $"there is no agreement {facts.Agreement}");
            return;
        }
        if (known.Unsigned is { } unsigned)
            Wrong("agreements", leaf, $"所依据的{unsigned.Detail}", $"it rests on an agreement that is not as it was signed: {unsigned.DetailEn}");
        // The clocks of the two sides, and the group in the log, may lie a minute apart.
        if (leaf.At > known.TerminatedAt + Minute)
            Wrong("agreements", leaf, "协议当时已终止", "its agreement had ended");
        var terms = agreement.Terms;
        if (facts.Consumer != terms.Consumer || facts.Provider != terms.Provider)
            Wrong("agreements", leaf, "不是协议双方", "it is between others than the agreement's sides");
        var at = Math.Clamp(facts.Stated, terms.ValidFrom, Math.Max(terms.ValidFrom, terms.ValidUntil - 1));
        if (Math.Abs(at - facts.Stated) > Minute)
            Wrong("agreements", leaf, "在协议有效期之外", "it lies outside the agreement's period");
        if (agreement.Refuses(new AgreementUse(facts.Consumer, facts.Resource, terms.ResourceVersion, facts.Fields, facts.Purpose, facts.CaseReference, at)) is { } refused)
            Wrong(refused.Code == "agreement.case-reference-required" ? "case-references" : "agreements", leaf, $"超出协议范围（{refused.Detail}）", $"it lies beyond its agreement ({refused.DetailEn})");
        if (terms.Basis.IsConsent)
            Consented(leaf, facts);
    }

    void Consented(LogLeaf leaf, LeafFacts facts)
    {
        if (facts.ConsentId is not { } id)
        {
            Wrong("consents", leaf, "没有当事人授权", "it has no consent");
            return;
        }
        // A provider saw only the token that came with the query; the consumer attested the consent and has it.
        if (facts.Kind != ExchangeLeaf.Obtained)
        {
            if (facts.Fetch is { } fetch && !(takenBy.TryGetValue((facts.Consumer, facts.ExchangeId), out var place) && place < Most(fetch)))
                Wrong("consents", leaf, "超出授权约定的查询次数", "it is more than its consent allows");
            return;
        }
        if (!consents.TryGetValue(id, out var consent))
            Wrong("consents", leaf, $"找不到授权 {id}", $"the consent {id} is not here");
        else if (facts.Stated < consent.GivenAt - Minute || facts.Stated > Math.Min(consent.Until, consent.RevokedAt ?? long.MaxValue) + Minute)
            Wrong("consents", leaf, "授权当时不在有效期内或已撤回", "its consent was not in force, or had been taken back");
        else if (consent.Purpose != facts.Purpose || consent.CaseReference != facts.CaseReference || !Names(consent, facts))
            Wrong("consents", leaf, "授权不包含这次使用", "its consent does not cover it");
    }

    /// <summary>Of <c>once</c>, or such as <c>3/day</c>.</summary>
    static int Most(string fetch) => fetch == Contracts.Exchange.ConsentFetch.Once ? 1 : int.TryParse(fetch.Split('/')[0], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var most) ? most : 0;

    static bool Names(ConsentFacts consent, LeafFacts facts)
    {
        try
        {
            return JsonSerializer.Deserialize<List<ConsentSource>>(consent.Sources, DirectoryDocument.Json) is { } sources
                && sources.Any(s => s.ProviderNode == facts.Provider && s.Resource == facts.Resource && !facts.Fields.Except(s.Fields).Any());
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // The first of each kind names the place; more of the same would only bury it.
    void Wrong(string step, LogLeaf leaf, string zh, string en) =>
        wrong.TryAdd(step, new Finding(step, false, new($"日志第 {leaf.Index} 条：{zh}", $"Leaf {leaf.Index}: {en}")));
}
