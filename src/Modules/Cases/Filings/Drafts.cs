using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Filings;

/// <summary>A draft taken out, with what its item asks in this situation.</summary>
sealed record OpenDraft(Draft Row, DraftBody Body, Assessment Assessment)
{
    public ItemVariant Variant => Assessment.Variant;

    public IReadOnlyList<Requirement> Requirements => Assessment.Requirements;
}

/// <summary>Takes the person's own drafts out and puts them back.</summary>
sealed class Drafts(NodeDb db, SealedJson seal, IItems items, TimeProvider clock)
{
    public const string BodyColumn = "cases_draft.body";

    public async Task<Result<OpenDraft>> Open(string id, CancellationToken ct)
    {
        var own = db.OwnKeys;
        var row = await db.Set<Draft>().SingleOrDefaultAsync(d => d.Id == id && own.Contains(d.SubjectKey), ct);
        if (row is null || row.ExpiresAt < clock.NowMs())
            return NotThere;
        if (row.FilingId is not null)
            return Filed;
        var body = seal.Open<DraftBody>(row.Body, BodyColumn);
        var assessed = await items.Assess(row.ImplementationCode, row.ItemVersion, body.Answers, ct);
        return assessed.Ok ? new OpenDraft(row, body, assessed.Value) : assessed.Error;
    }

    /// <summary>Takes the draft out to change it, as it was when the person saw its page.</summary>
    public async Task<Result<OpenDraft>> Open(string id, Fields fields, CancellationToken ct)
    {
        var open = await Open(id, ct);
        return open.Ok && open.Value.Row.Revision != fields.Revision ? Changed : open;
    }

    /// <summary>Writes the body into the row; the caller saves.</summary>
    public void PutBack(Draft row, DraftBody body)
    {
        var now = clock.NowMs();
        row.Body = seal.Seal(body, BodyColumn);
        row.EvidenceUntil = EvidenceLife.Until(body.Evidence.Values.Select(e => e.Evidence));
        row.UpdatedAt = now;
        row.ExpiresAt = now + (long)Draft.Life.TotalMilliseconds;
        row.Revision++;
    }

    /// <summary>Saves what a page entered and sends the browser on.</summary>
    public async Task<IResult> Save(OpenDraft draft, DraftBody body, string next, Once once, CancellationToken ct)
    {
        PutBack(draft.Row, body);
        once.Answer(StatusCodes.Status303SeeOther, next);
        return await db.TrySave(ct) == SaveOutcome.Saved ? new OnceAnswer(StatusCodes.Status303SeeOther, next, null) : Changed.AsResult();
    }

    public static readonly Error NotThere = Error.NotFound("draft.none", "没有这份申请，或已超过 30 天未提交而删除", "There is no such application, or it was left for 30 days and removed");

    static readonly Error Filed = Error.Conflict("draft.filed", "这份申请已经提交", "This application has been handed in", "请到“我的办件”查看进度", "See it under 'My matters'") with
    { See = MyMatters.Link };

    static readonly Error Changed = Error.Conflict("draft.changed", "这份申请在另一个窗口里改过", "This application was changed in another window",
        "请刷新页面，在最新内容上继续", "Reload the page and go on from there");
}

/// <summary>The pages of an application in order; those with nothing to do are left out.</summary>
sealed record DraftStep(string Key, Words Name, string Href, bool Done);

static class DraftFlow
{
    public const string Evidence = "evidence";
    public const string Documents = "documents";
    public const string Check = "check";

    public static List<DraftStep> Steps(OpenDraft draft)
    {
        var (root, body) = ($"/drafts/{draft.Row.Id}", draft.Body);
        var steps = new List<DraftStep>();
        if (draft.Requirements.Any(CanBeAsked))
            steps.Add(new(Evidence, new("同意查询，免交材料", "Agree to checks, bring less"), $"{root}/evidence", body.Consented is not null));
        if (ToBring(draft).Count > 0)
            steps.Add(new(Documents, new("上传材料", "Upload documents"), $"{root}/documents", ToBring(draft).All(r => r.Optional || HasIt(r, body))));
        steps.AddRange(draft.Variant.Form.Select(page => new DraftStep($"form/{page.Id}", page.Title, $"{root}/form/{page.Id}", body.PagesDone.Contains(page.Id))));
        steps.Add(new(Check, new("核对并提交", "Check and hand in"), $"{root}/check", false));
        return steps;
    }

    public static string After(OpenDraft draft, string key)
    {
        var steps = Steps(draft);
        // A page that has just become needless is no longer among them: go on from the first that is open.
        var at = steps.FindIndex(s => s.Key == key);
        return at >= 0 && at + 1 < steps.Count ? steps[at + 1].Href : (steps.FirstOrDefault(s => !s.Done) ?? steps[^1]).Href;
    }

    public static bool CanBeAsked(Requirement requirement) => requirement.EvidenceType is not null || requirement.CertificateType is not null;

    /// <summary>What the person brings: nothing holds it, or they said they would rather. Before they were asked, only what nobody holds.</summary>
    public static List<Requirement> ToBring(OpenDraft draft) =>
        [.. draft.Requirements.Where(r => !(draft.Body.Consented is null && CanBeAsked(r)) && draft.Body.Evidence.GetValueOrDefault(r.Id) is not { Exempts: true })];

    public static bool HasIt(Requirement requirement, DraftBody body) =>
        body.Uploads.GetValueOrDefault(requirement.Id) is { Count: > 0 } || body.Deferred.Contains(requirement.Id);
}
