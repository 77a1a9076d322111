using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tongban.Cases.Deciding;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Desk;

/// <summary>
/// How every act of an officer on a case runs: what was sent is read, the case is loaded as the officer saw it, the act is
/// decided, and case, messages and answer are saved together. When two act at once, one is told that the other was first.
/// </summary>
sealed class OfficerActs(NodeDb db, Dossiers dossiers, CaseShowing showing, Once once)
{
    public static readonly RouteRule Officers = Allow.Roles(Role.Officer, Role.Supervisor);

    const int LongestReason = 2000;

    /// <summary>An act of the deciding department; the form or JSON carries the case's revision.</summary>
    public async Task<IResult> OnCase(string number, HttpRequest request, Func<Dossier, Fields, Result<Done>> decide, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var found = await dossiers.ByNumber(number, read.Value.Revision, ct);
        if (!found.Ok)
            return found.Error.AsResult();
        var dossier = found.Value;
        if (!Dossier.Decides(db.Actor, dossier.Row))
            return OtherDepartment.AsResult();
        var done = decide(dossier, read.Value);
        if (!done.Ok)
            return await Refused(dossier, read.Value, request, done.Error, ct);
        return await Save(dossier, read.Value, ct) ?? Dossiers.Changed.AsResult();
    }

    /// <summary>
    /// An act of the department that does a step; the form or JSON carries the step's own revision, so that departments that
    /// work side by side are not in each other's way.
    /// </summary>
    public async Task<IResult> OnStep(string number, string stepId, HttpRequest request, Func<Dossier, Fields, Result<Done>> act, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        const int attempts = 5;
        for (var attempt = 1; attempt <= attempts; attempt++)
        {
            var found = await dossiers.ByNumber(number, ct);
            if (!found.Ok)
                return found.Error.AsResult();
            var step = found.Value.Steps.SingleOrDefault(s => s.StepId == stepId);
            if (step is null)
                return Dossiers.NotThere.AsResult();
            if (db.Actor.Department is { } own && own != step.Department)
                return OtherDepartment.AsResult();
            if (step.Revision != read.Value.Revision)
                return Dossiers.Changed.AsResult();
            var done = act(found.Value, read.Value);
            if (!done.Ok)
                return await Refused(found.Value, read.Value, request, done.Error, ct);
            if (await Save(found.Value, read.Value, ct) is { } answer)
                return answer;
            db.ChangeTracker.Clear();
        }
        return Dossiers.Changed.AsResult();
    }

    /// <summary>What was entered wrongly is put right on the page itself; everything else is a problem of its own.</summary>
    async Task<IResult> Refused(Dossier dossier, Fields fields, HttpRequest request, Error error, CancellationToken ct) =>
        fields.IsForm && error.Kind == ErrorKind.Invalid
            ? await showing.Page(dossier, ct, error, request.Form, request.Path)
            : error.AsResult();

    async Task<IResult?> Save(Dossier dossier, Fields fields, CancellationToken ct)
    {
        await dossiers.PutBack(dossier, ct);
        var row = dossier.Row;
        var (status, location, body) = fields.IsForm
            ? (StatusCodes.Status303SeeOther, $"/console/cases/{row.Number}", (string?)null)
            : (StatusCodes.Status200OK, null, JsonSerializer.Serialize(CaseAnswer.Of(dossier), EventTypes.Json));
        once.Answer(status, location, body);
        return await db.TrySave(ct) == SaveOutcome.Saved ? new OnceAnswer(status, location, body) : null;
    }

    /// <summary>A reason in the officer's words; both languages when they gave both.</summary>
    public static Result<Words> Reason(Fields fields, string name = "reason")
    {
        var reason = fields[name];
        if (reason.Length == 0)
            return Error.Invalid("reason.missing", "请写明理由", "State the reason", name, "理由会写进通知书，申请人看得到", "The reason is written into the notice the applicant receives");
        if (reason.Length > LongestReason)
            return Error.Invalid("reason.too-long", $"理由最多 {LongestReason} 字", $"A reason has at most {LongestReason} characters", name);
        return new Words(reason, fields[name + "En"] is { Length: > 0 and <= LongestReason } english ? english : reason);
    }

    static readonly Error OtherDepartment = Error.Forbidden("case.other-department", "这一步由其他部门办理", "Another department does this",
        "您可以查看，但不能办理", "You may read it, not act on it");
}

/// <summary>What an officer's program is told after an act; no personal data, as it is kept with the idempotency key.</summary>
sealed record CaseAnswer(string Number, string State, long Revision, string? StatutoryDue, string? PromisedDue, IReadOnlyList<StepAnswer> Steps)
{
    public static CaseAnswer Of(Dossier d) => new(
        d.Row.Number, d.Row.State, d.Row.Revision, d.Row.StatutoryDue, d.Row.PromisedDue,
        [.. d.Steps.Select(s => new StepAnswer(s.StepId, s.Department, s.State, s.Revision))]);
}

sealed record StepAnswer(string Id, string Department, string State, long Revision);
