using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
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

    const int MostOfOne = 1000;

    public static async Task<IResult> Handle(
        string id, [FromForm] string? outcome, [FromForm(Name = "words")] string? given, [FromForm] long revision, HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, Sources connector,
        TransparencyLog log, Outbox outbox, IVault vault, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<DisputeRow>().SingleOrDefaultAsync(d => d.Id == id && d.Side == DspSide.Provider, ct) is not { } row)
            return ShowDisputes.None.AsResult();
        var words = given?.Trim() ?? "";
        if (words.Length is < 4 or > 500)
            return Error.Invalid("dispute.words", "请写明处理结果或理由（4–500 字）", "Say what was done or why it stands (4 to 500 characters)", "words", "填写后重新提交", "Fill it in and submit again").AsResult();
        if (outcome is not ("corrected" or "explained"))
            return Error.Invalid("dispute.outcome", "请选择已更正或说明理由", "Choose whether it is corrected or stands", "outcome").AsResult();
        if (row.Revision != revision || row.State != DisputeState.Open)
            return Changed.AsResult();
        var corrected = outcome == "corrected";
        var subject = Words(row, vault).Subject;
        if (corrected && await ReceiveDispute.Source(own, connector, vault, row.Resource, row.Field, subject, ct) is var now && (now is null || vault.Same(now, row.Seen)))
        {
            return Error.Conflict("dispute.not-corrected", "部门业务系统里的内容还没有变化", "The department's own system still says the same",
                "请先在部门系统中更正，再回到这里", "Correct it in the department's system first, then come back").AsResult();
        }
        var at = clock.NowMs();
        row.Answer(corrected, WithAnswer(row, words, vault), at);
        outbox.Tell(node, row.Peer, new DisputeAnswered(row.Id, corrected, words, at), $"dispute-answer:{row.Id}");
        if (corrected)
        {
            await TellReceivers(row.Id, row.Resource, row.Field, vault.Forms(vault.BlindIndex(AnswerQuery.PersonContext, subject)), at, log, node, outbox, ct);
        }
        var to = $"/console/disputes/provider/{id}";
        once.Answer(StatusCodes.Status303SeeOther, to);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Changed.AsResult();
        Flash.Leave(http, node, Tone.Done, corrected ? new Words("已更正，收到过这个值的各方会得到通知", "Corrected; everybody who was given the value is told") : new Words("已答复", "Answered"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, to, null);
    }

    /// <summary>Everybody who was given this field of this person hears that it is corrected.</summary>
    /// <param name="reference">Of the dispute, or of the event that changed the record.</param>
    public static async Task TellReceivers(string reference, string resource, string field, IReadOnlyList<string> subjectKeys, long at, TransparencyLog log, NodeIdentity node, Outbox outbox, CancellationToken ct)
    {
        foreach (var receiver in (await Receivers(resource, field, subjectKeys, log, node, at, ct)).GroupBy(g => g.Consumer, StringComparer.Ordinal))
            outbox.Tell(node, receiver.Key, new ValueCorrected(reference, resource, field, [.. receiver.Select(g => g.ExchangeId).Take(MostOfOne)], at), $"corrected:{reference}:{field}");
    }

    /// <summary>Every exchange that gave this field of this person to anybody.</summary>
    static async Task<List<LeafFacts>> Receivers(string resource, string field, IReadOnlyList<string> subjectKeys, TransparencyLog log, NodeIdentity node, long now, CancellationToken ct)
    {
        var (found, before) = (new List<LeafFacts>(), long.MaxValue);
        while (true)
        {
            var leaves = await log.BySubject(subjectKeys, before, 500, ct);
            found.AddRange(leaves.Select(l => LeafFacts.Read(node.Id, l.Index, l.At, l.Data)).OfType<LeafFacts>()
                .Where(f => f is { Kind: ExchangeLeaf.Provided, Outcome: "answered" } && f.Resource == resource && f.Fields.Contains(field)));
            if (leaves.Count < 500 || leaves[^1].At < now - (long)Told.TotalMilliseconds)
                return found;
            before = leaves[^1].Index;
        }
    }

    public static DisputeWords Words(DisputeRow row, IVault vault) => JsonSerializer.Deserialize<DisputeWords>(vault.Open(row.Sealed, DisputeRow.SealContext))!;

    public static string WithAnswer(DisputeRow row, string words, IVault vault) => vault.Seal(JsonSerializer.Serialize(Words(row, vault) with { Answer = words }), DisputeRow.SealContext);

    static readonly Error Changed = Error.Conflict("dispute.changed", "这项异议刚刚有变化", "The dispute has just changed", "请刷新页面后再试", "Reload the page and try again");
}
