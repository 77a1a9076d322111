using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Filings;

/// <summary>
/// How every later act of a person on their filing runs: the filing as they saw it, the act, and the message to the
/// deciding node are saved together.
/// </summary>
sealed class PersonActs(NodeDb db, SealedJson seal, Outbox outbox, NodeIdentity node, TimeProvider clock, Once once, INotices notices)
{
    public async Task<IResult> On(string id, HttpRequest request, Func<Filing, Fields, Task<Result<Done>>> act, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var filing = await db.Set<Filing>().SingleOrDefaultAsync(f => f.Id == id, ct);
        // Clerks of the node may see filings; the person's own acts are the person's.
        if (filing is null || !db.IsOwn(filing.SubjectKey))
            return NotThere.AsResult();
        if (filing.Revision != read.Value.Revision)
            return Changed.AsResult();
        var done = await act(filing, read.Value);
        if (!done.Ok)
        {
            return read.Value.IsForm && done.Error.Kind == ErrorKind.Invalid
                ? await MyMatters.Again(filing, this, notices, done.Error, request.Form, ct)
                : done.Error.AsResult();
        }
        filing.Revision++;
        filing.UpdatedAt = clock.NowMs();
        var (status, location, body) = read.Value.IsForm
            ? (StatusCodes.Status303SeeOther, $"/my/cases/{filing.Id}", (string?)null)
            : (StatusCodes.Status200OK, null, JsonSerializer.Serialize(FilingAnswer.Of(filing), EventTypes.Json));
        once.Answer(status, location, body);
        return await db.TrySave(ct) == SaveOutcome.Saved ? new OnceAnswer(status, location, body) : Changed.AsResult();
    }

    public long Now => clock.NowMs();

    public DateOnly Today => clock.Today();

    public FilingBody Body(Filing filing) => seal.Open<FilingBody>(filing.Body, FileCase.BodyColumn);

    public CaseProgressed? Progress(Filing filing) => filing.Progress is null ? null : seal.Open<CaseProgressed>(filing.Progress, FileCase.ProgressColumn);

    public void Reseal(Filing filing, FilingBody body) =>
        (filing.Body, filing.EvidenceUntil) = (seal.Seal(body, FileCase.BodyColumn), EvidenceLife.Until(body.Requirements));

    /// <summary>Puts what was brought in the place of what was there. Returns the hashes of its files.</summary>
    public async Task<List<string>> Put(Filing filing, IReadOnlyList<RequirementMet> brought, CancellationToken ct)
    {
        var body = Body(filing);
        var replaced = brought.Select(b => b.RequirementId).ToHashSet();
        Reseal(filing, body with { Requirements = [.. body.Requirements.Where(r => !replaced.Contains(r.RequirementId)), .. brought] });
        var hashes = brought.SelectMany(b => b.Files).Select(f => f.Hash).Distinct().ToList();
        // Where this node decides too, the case uses them.
        if (filing.OwnerNode != node.Id)
        {
            foreach (var hash in hashes)
            {
                if (await db.Set<FileUse>().FindAsync([hash, filing.Id], ct) is null)
                    db.Add(new FileUse { Hash = hash, UserId = filing.Id });
            }
        }
        return hashes;
    }

    public void Tell<TEvent>(Filing filing, TEvent e, IEnumerable<string>? files = null) where TEvent : IPeerEvent =>
        outbox.Send(node, filing.OwnerNode, e, FileCase.Stream(filing), ++filing.Sent, files);

    public static readonly Error NotThere = Error.NotFound("filing.none", "没有这个办件，或它不是您的", "There is no such matter, or it is not yours");

    public static readonly Error Changed = Error.Conflict("filing.changed", "这件的进度刚刚有变化", "The matter has just moved on",
        "请刷新页面，查看最新进度", "Reload the page to see where it is now");
}

/// <summary>What a person's program is told; no personal data, as it is kept with the idempotency key.</summary>
sealed record FilingAnswer(string Id, string Number, string State, string? CaseNumber, string? CertificateId, int Required, int Exempt, long Revision)
{
    public static FilingAnswer Of(Filing f) => new(f.Id, f.Number, f.State, f.CaseNumber, f.CertificateId, f.Required, f.Exempt, f.Revision);
}
