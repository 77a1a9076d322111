using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>
/// The provider's steward closes a dispute: the department has corrected its system, which then must say something else than before,
/// or explains why the value stands. Corrected, everybody who was given the value is told, by the log.
/// </summary>
static class DecideDispute
{
    /// <summary>How far back receivers are told: what was given before is no longer kept anywhere.</summary>
    static readonly TimeSpan Told = TimeSpan.FromDays(730);

    public const int MostOfOne = 1000;

    const int AtOnce = 500;

    const int MostWords = 500;

    /// <summary>Stands behind the steward's words where what was corrected could not be compared: it is never said silently.</summary>
    const string NotCompared = "（部门系统更正前的内容未能读到，无法比对。What the source said before could not be read and was not compared.）";

    public static async Task<IResult> Handle(
        string id, [FromForm] string? outcome, [FromForm(Name = "words")] string? given, [FromForm] bool? unknown, [FromForm] long revision, HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, Sources connector,
        TransparencyLog log, Outbox outbox, IVault vault, IServiceScopeFactory scopes, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<DisputeRow>().SingleOrDefaultAsync(d => d.Id == id && d.Side == DspSide.Provider, ct) is not { } row)
            return ShowDisputes.None.AsResult();
        var words = given?.Trim() ?? "";
        if (words.Length is < 4 or > MostWords)
            return WrongWords.AsResult();
        if (outcome is not ("corrected" or "explained"))
            return Error.Invalid("dispute.outcome", "请选择已更正或说明理由", "Choose whether it is corrected or stands", "outcome").AsResult();
        if (row.Revision != revision || row.State != DisputeState.Open)
            return Changed.AsResult();
        var corrected = outcome == "corrected";
        var subject = Words(row, vault).Subject;
        List<string> persons = [subject];
        if (corrected)
        {
            if (await LookAtSource.Read(own, connector, vault, row.Resource, row.Field, subject, ct) is not { } now)
                return SourceAway.AsResult();
            switch (Compare(row, isSame: vault.Same(now, row.Seen)))
            {
                case Comparison.Same:
                    return NotCorrected.AsResult();
                case Comparison.NotKnown when unknown is not true:
                    return BeforeUnknown.AsResult();
                case Comparison.NotKnown:
                    words += NotCompared;
                    if (words.Length > MostWords)
                        return WrongWords.AsResult();
                    break;
            }
            if (await LookAtSource.AlsoNamed(own, connector, row.Resource, subject, ct) is not { } others)
                return SourceAway.AsResult();
            persons.AddRange(others);
        }
        var at = clock.NowMs();
        row.Answer(corrected, WithAnswer(row, words, vault), at);
        outbox.Tell(node, row.Peer, new DisputeAnswered(row.Id, corrected, words, at), $"dispute-answer:{row.Id}");
        if (corrected)
            await TellReceivers(row.Id, row.Resource, row.Field, [.. persons.SelectMany(person => vault.Forms(vault.BlindIndex(AnswerQuery.PersonContext, person)))], at, log, node, outbox, scopes, ct);
        var to = $"/console/disputes/provider/{id}";
        once.Answer(StatusCodes.Status303SeeOther, to);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        Flash.Leave(http, node, Tone.Done, corrected ? new Words("已更正，收到过这个值的各方会得到通知", "Corrected; everybody who was given the value is told") : new Words("已答复", "Answered"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, to, null);
    }

    /// <summary>Everybody who was given this field of this person, or of somebody else whom the same record names, hears that it is corrected; also who fetched the whole table, of which no person is named.</summary>
    /// <param name="reference">Of the dispute, or of the event that changed the record.</param>
    public static async Task TellReceivers(string reference, string resource, string field, IReadOnlyList<string> subjectKeys, long at, TransparencyLog log, NodeIdentity node, Outbox outbox, IServiceScopeFactory scopes, CancellationToken ct)
    {
        var receivers = await Receivers(resource, field, subjectKeys, log, node, at, ct);
        receivers.AddRange(await OfWholeTables(resource, field, log, node, at, scopes, ct));
        foreach (var receiver in receivers.GroupBy(g => g.Consumer, StringComparer.Ordinal))
        {
            // Each part is a stream of its own: none waits for another.
            foreach (var (part, ids) in receiver.Select(g => g.ExchangeId).Distinct(StringComparer.Ordinal).Chunk(MostOfOne).Index())
                outbox.Tell(node, receiver.Key, new ValueCorrected(reference, resource, field, ids, at), part == 0 ? $"corrected:{reference}:{field}" : $"corrected:{reference}:{field}:{part}");
        }
    }

    /// <summary>Every exchange that gave this field of this person to anybody.</summary>
    static async Task<List<LeafFacts>> Receivers(string resource, string field, IReadOnlyList<string> subjectKeys, TransparencyLog log, NodeIdentity node, long now, CancellationToken ct)
    {
        var (found, before) = (new List<LeafFacts>(), long.MaxValue);
        while (true)
        {
            var leaves = await log.BySubject(subjectKeys, before, AtOnce, ct);
            found.AddRange(leaves.Select(l => LeafFacts.Read(node.Id, l.Index, l.At, l.Data)).OfType<LeafFacts>().Where(f => Gave(f, resource, field)));
            if (leaves.Count < AtOnce || leaves[^1].At < now - (long)Told.TotalMilliseconds)
                return found;
            before = leaves[^1].Index;
        }
    }

    /// <summary>
    /// Every bulk answer with this field: whom it holds is written nowhere, so it may hold this person. One that was asked about
    /// somebody names them in its leaf, and is found by that.
    /// </summary>
    static async Task<List<LeafFacts>> OfWholeTables(string resource, string field, TransparencyLog log, NodeIdentity node, long now, IServiceScopeFactory scopes, CancellationToken ct)
    {
        // Also what another department gave while the resource was its own.
        await using var scope = scopes.AsNode("disputes");
        var (bulks, since, found, after) = (scope.ServiceProvider.GetRequiredService<NodeDb>().Set<BulkRow>(), now - (long)Told.TotalMilliseconds, new List<LeafFacts>(), "");
        while (true)
        {
            var rows = await bulks.AsNoTracking().Where(b => b.Side == DspSide.Provider && b.Resource == resource && b.LogIndex != null && b.CreatedAt >= since && string.Compare(b.Id, after) > 0)
                .OrderBy(b => b.Id).Select(b => new { b.Id, b.Peer }).Take(AtOnce).ToListAsync(ct);
            var leaves = await log.Leaves([.. rows.Select(r => ExchangeLeaf.ReferenceOfProvided(r.Peer, r.Id))], ct);
            found.AddRange(leaves.Select(l => LeafFacts.Read(node.Id, l.Index, l.At, l.Data)).OfType<LeafFacts>().Where(f => f.About is null && Gave(f, resource, field)));
            if (rows.Count < AtOnce)
                return found;
            after = rows[^1].Id;
        }
    }

    static bool Gave(LeafFacts leaf, string resource, string field) =>
        leaf is { Kind: ExchangeLeaf.Provided, Outcome: "answered" } && leaf.Resource == resource && leaf.Fields.Contains(field);

    public static DisputeWords Words(DisputeRow row, IVault vault) => JsonSerializer.Deserialize<DisputeWords>(vault.Open(row.Sealed, DisputeRow.SealContext))!;

    public static string WithAnswer(DisputeRow row, string words, IVault vault) => vault.Seal(JsonSerializer.Serialize(Words(row, vault) with { Answer = words }), DisputeRow.SealContext);

    /// <summary>What the source said before against what it says now.</summary>
    public static Comparison Compare(DisputeRow row, bool isSame) =>
        row.Seen.Length == 0 ? Comparison.NotKnown
        : !isSame ? Comparison.Changed
        : row.IsBeforeKnown ? Comparison.Same
        : Comparison.NotKnown;

    public enum Comparison
    {
        Changed,
        Same,

        /// <summary>The source was away when the dispute came: it may have been corrected before it was first read.</summary>
        NotKnown,
    }

    static readonly Error WrongWords = Error.Invalid("dispute.words", "请写明处理结果或理由（4–500 字，含系统附加的说明）", "Say what was done or why it stands (4 to 500 characters, with what is added to it)", "words", "填写后重新提交", "Fill it in and submit again");

    static readonly Error NotCorrected = Error.Conflict("dispute.not-corrected", "部门业务系统里的内容还没有变化", "The department's own system still says the same",
        "请先在部门系统中更正，再回到这里", "Correct it in the department's system first, then come back");

    static readonly Error SourceAway = Error.Unavailable("dispute.source-away", "部门业务系统暂时读不到，无法核对是否已更正", "The department's own system cannot be read now, so nothing shows that it was corrected",
        "请等系统恢复后再答复", "Answer when it can be read again");

    static readonly Error BeforeUnknown = Error.Conflict("dispute.before-unknown", "异议提出时没有读到部门业务系统，无法比对更正前后的内容", "The department's system could not be read when the dispute came, so before and now cannot be compared",
        "确已更正的，请勾选“更正前的内容未能读到”；答复里会写明", "If it was corrected, tick that what it said before was not read; the answer then says so");

    static readonly Error Changed = Error.Conflict("dispute.changed", "这项异议刚刚有变化", "The dispute has just changed", "请刷新页面后再试", "Reload the page and try again");
}
