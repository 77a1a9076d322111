using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
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
/// Whoever saw a value says that it is wrong: the person it is about, or a steward. The node where it is said is the first receiver
/// (首问负责): it passes the dispute to the provider and shows it until it is closed.
/// </summary>
static class RaiseDispute
{
    /// <summary>The form for the person, about one use of their data.</summary>
    public static async Task<IResult> Ask(string? exchange, IIdentities identities, TransparencyLog log, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, CurrentActor actor, IVault vault, TimeProvider clock, CancellationToken ct)
    {
        var person = await identities.Subject(ct);
        if (!person.Ok)
            return person.Error.AsResult();
        return await Obtained(exchange ?? "", log, node, ct) is { } use && use.StandingAt(clock.NowMs()) == Standing.Shown && await IsAbout(use, actor.Actor.SubjectKey ?? "", log, vault, ct)
            ? Form(use, directory, catalogues, null, null)
            : None.AsResult();
    }

    public static async Task<IResult> ByPerson(
        [FromForm] string? exchange, HttpContext http, IIdentities identities, NodeDb db, TransparencyLog log, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, Outbox outbox, IVault vault, WorkingCalendar calendar, Once once, TimeProvider clock, CancellationToken ct)
    {
        var person = await identities.Subject(ct);
        if (!person.Ok)
            return person.Error.AsResult();
        if (await Obtained(exchange ?? "", log, node, ct) is not { } use || use.StandingAt(clock.NowMs()) != Standing.Shown || !await IsAbout(use, db.Actor.SubjectKey ?? "", log, vault, ct))
            return None.AsResult();
        var form = await http.Request.ReadFormAsync(ct);
        var raised = Raise(use, person.Value.CitizenId, form, db, node, outbox, vault, calendar, clock);
        if (!raised.Ok)
            return http.AsksForPage() ? Form(use, directory, catalogues, raised.Error, form) : raised.Error.AsResult();
        return await Save(db, once, http, node, "/my/disputes", ct);
    }

    /// <summary>A steward names whom the exchange was about; the log knows whether that is so, and the number is nowhere else.</summary>
    public static async Task<IResult> BySteward(
        [FromForm] string? exchange, [FromForm] string? subject, HttpContext http, NodeDb db, TransparencyLog log, NodeIdentity node, Outbox outbox, IVault vault, WorkingCalendar calendar, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await Obtained(exchange ?? "", log, node, ct) is not { } use)
            return None.AsResult();
        var number = subject?.Trim() ?? "";
        var key = vault.BlindIndex(AnswerQuery.PersonContext, number);
        if (number.Length == 0 || !await IsAbout(use, key, log, vault, ct))
            return Wrong("subject", "这次查询不是关于这个号码的", "The exchange was not about this number").AsResult();
        var raised = Raise(use, number, await http.Request.ReadFormAsync(ct), db, node, outbox, vault, calendar, clock);
        return raised.Ok ? await Save(db, once, http, node, "/console/disputes", ct) : raised.Error.AsResult();
    }

    static Result<DisputeRow> Raise(LeafFacts use, string subject, IFormCollection form, NodeDb db, NodeIdentity node, Outbox outbox, IVault vault, WorkingCalendar calendar, TimeProvider clock) =>
        Raise(use, subject, form["field"].ToString(), form["claim"].ToString().Trim(), db, node, outbox, vault, calendar, clock);

    /// <summary>What is wrong with a claim's words; null when nothing is.</summary>
    public static Error? Wrong(string claim) => claim.Length is < 4 or > 500 ? Wrong("claim", "请写明应当是什么、有什么依据（4–500 字）", "Say what is right and how you know (4 to 500 characters)") : null;

    /// <param name="askedBy">Node whose officer asked for it; null when it is raised here.</param>
    public static Result<DisputeRow> Raise(
        LeafFacts use, string subject, string field, string claim, NodeDb db, NodeIdentity node, Outbox outbox, IVault vault, WorkingCalendar calendar, TimeProvider clock, string? id = null, string? askedBy = null)
    {
        if (!use.Fields.Contains(field))
            return Wrong("field", "请选择哪一项不对", "Choose which fact is wrong");
        if (Wrong(claim) is { } wrong)
            return wrong;
        var row = new DisputeRow
        {
            Id = id ?? Guid.CreateVersion7().ToString("N"),
            Side = DspSide.Consumer,
            Peer = use.Provider,
            AskedBy = askedBy,
            ExchangeId = use.ExchangeId,
            Resource = use.Resource,
            Field = field,
            CaseReference = use.CaseReference,
            Sealed = vault.Seal(JsonSerializer.Serialize(new DisputeWords(subject, claim, null)), DisputeRow.SealContext),
            RaisedAt = clock.NowMs(),
            DueOn = "",
            Division = node.Division,
            Department = "",
            SubjectKey = vault.BlindIndex(AnswerQuery.PersonContext, subject),
        };
        row.RunUntil(calendar.Add(clock.Today(), DisputeRow.WorkingDays));
        db.Add(row);
        outbox.Tell(node, use.Provider, new DisputeRaised(row.Id, row.ExchangeId, row.Resource, field, subject, claim, row.CaseReference, row.RaisedAt), $"dispute:{row.Id}");
        return row;
    }

    static async Task<IResult> Save(NodeDb db, Once once, HttpContext http, NodeIdentity node, string to, CancellationToken ct)
    {
        once.Answer(StatusCodes.Status303SeeOther, to);
        await db.SaveChangesAsync(ct);
        Flash.Leave(http, node, Tone.Done, new Words("异议已提出，提供方会在 10 个工作日内更正或说明", "The dispute is raised; the provider corrects or explains within 10 working days"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, to, null);
    }

    static IResult Form(LeafFacts use, RegionDirectory directory, Catalogues catalogues, Error? error, IFormCollection? entered)
    {
        var names = new UseNames(directory, catalogues);
        return Page.Of<DisputeEntryPage>(new
        {
            Exchange = use.ExchangeId,
            What = names.What(use),
            Provider = names.Node(use.Provider),
            Fields = names.FieldNames(use),
            Error = error,
            Entered = entered,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }

    /// <summary>What this node was given by an exchange; null when it was given nothing.</summary>
    public static async Task<LeafFacts?> Obtained(string exchangeId, TransparencyLog log, NodeIdentity node, CancellationToken ct) =>
        await Leaf(ExchangeLeaf.ReferenceOfObtained(exchangeId), log, node, ct);

    public static async Task<LeafFacts?> Leaf(string reference, TransparencyLog log, NodeIdentity node, CancellationToken ct) =>
        await log.Find(reference, ct) is { } place && (await log.Leaves(place.Index, 1, ct)) is [var leaf, ..] && LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data) is { Outcome: "answered" } facts ? facts : null;

    /// <summary>By the leaf's own commitment; one whose salts were erased says nothing any more.</summary>
    public static async Task<bool> IsAbout(LeafFacts use, string subjectKey, TransparencyLog log, IVault vault, CancellationToken ct) =>
        subjectKey.Length > 0 && use.About is { } about && LogAbout.Is(about, await log.Salts(use.Index, ct), use.Index, subjectKey, vault);

    /// <summary>Which of some persons an exchange was about; null when none of them.</summary>
    public static async Task<string?> SubjectOf(LeafFacts use, IEnumerable<string> subjects, TransparencyLog log, IVault vault, CancellationToken ct)
    {
        foreach (var subject in subjects)
        {
            if (await IsAbout(use, vault.BlindIndex(AnswerQuery.PersonContext, subject), log, vault, ct))
                return subject;
        }
        return null;
    }

    public static readonly Error None = Error.NotFound("dispute.no-exchange", "没有这次查询，或与您无关", "There is no such exchange, or it is not about you");

    static Error Wrong(string where, string zh, string en) => Error.Invalid("dispute.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");
}

static class DisputeEvents
{
    /// <summary>To another node, or to this one where it is both sides.</summary>
    public static void Tell<TEvent>(this Outbox outbox, NodeIdentity node, string to, TEvent e, string stream) where TEvent : IPeerEvent
    {
        if (to == node.Id)
            outbox.Publish(e, stream);
        else
            outbox.PublishTo(to, e, stream, 1);
    }

    /// <summary>What is not taken up is answered at once, or it would stay open for ever where it was raised. Each refusal is a stream of its own: an id may come again.</summary>
    public static void Refuse(this Outbox outbox, NodeIdentity node, string to, string disputeId, Error why, EventContext context, TimeProvider clock) =>
        outbox.Tell(node, to, new DisputeAnswered(disputeId, false, $"没有受理：{why.Detail}（Not taken up: {why.DetailEn}）", clock.NowMs()), $"dispute-refused:{context.EventId}");
}
