using Tongban.Cases.Deciding;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Filings;

/// <summary>
/// Hands an application in. The filing and the message to the deciding node are committed together, so that nothing is lost
/// from then on: while that node is down the filing waits as <see cref="CaseState.Submitted"/>. Where this node decides
/// itself, the case is committed with the filing.
/// </summary>
sealed class FileCase(NodeDb db, SealedJson seal, Outbox outbox, ReceiveFiling receive, NodeIdentity node, WorkingCalendar calendar, TimeProvider clock)
{
    public const string BodyColumn = "cases_filing.body";
    public const string ProgressColumn = "cases_filing.progress";

    /// <summary>Checks, and makes the filing; nothing is stored yet. Field errors name their field.</summary>
    public Result<(FilingBody Body, IReadOnlyList<Requirement> Requirements)> Prepare(Assessment assessment, DraftBody draft)
    {
        var today = clock.Today();
        var form = Prefill.Fill(assessment.Variant, draft);
        var met = Completeness.Met(assessment.Requirements, draft, calendar, today);
        if (Completeness.Check(assessment.Variant, assessment.Requirements, form, met, today) is { } wrong)
            return wrong;
        return (new FilingBody(draft.Applicant, draft.FiledBy, draft.Answers, form, met), assessment.Requirements);
    }

    /// <summary>Adds the filing and its message to the context. Inside a transaction; the caller saves.</summary>
    /// <param name="channel">online, window, api.</param>
    /// <param name="reference">Under which its facts were asked for.</param>
    public async Task<Filing> Add(ItemVariant variant, FilingBody body, IReadOnlyList<Requirement> requirements, string channel, string reference, CancellationToken ct)
    {
        var actor = db.Actor;
        var now = clock.NowMs();
        var required = requirements.Where(r => !r.Optional).Select(r => r.Id).ToHashSet();
        var filing = new Filing
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Number = await Number(ct),
            Division = node.Division,
            SubjectKey = actor.SubjectKey ?? throw new InvalidOperationException("A filing is made by a person."),
            BaseCode = variant.BaseCode,
            ImplementationCode = variant.ImplementationCode,
            ItemVersion = variant.Version,
            ItemName = variant.Name,
            DepartmentName = variant.DepartmentName,
            OwnerNode = node.NodeOf(variant.Division),
            State = CaseState.Submitted,
            FiledAt = now,
            UpdatedAt = now,
            Body = seal.Seal(body, BodyColumn),
            Required = required.Count,
            Exempt = body.Requirements.Count(m => required.Contains(m.RequirementId) && m.By is (MetBy.Evidence or MetBy.Certificate)),
            Sent = 1,
            Reference = reference,
        };
        db.Add(filing);
        var submitted = new FilingSubmitted(
            filing.Id, node.Id, variant.BaseCode, variant.ImplementationCode, variant.Version, body.Applicant, body.FiledBy, channel,
            body.Answers, body.Form, body.Requirements, actor.Level, now)
        { FilingNumber = filing.Number };
        if (filing.OwnerNode == node.Id)
        {
            MirrorProgress.Show(filing, await receive.AtOnce(submitted, ct), seal);
        }
        else
        {
            var files = body.Requirements.SelectMany(r => r.Files).Select(f => f.Hash).Distinct().ToList();
            db.AddRange(files.Select(hash => new FileUse { Hash = hash, UserId = filing.Id }));
            outbox.PublishTo(filing.OwnerNode, submitted, Stream(filing), filing.Sent, files);
        }
        return filing;
    }

    public static string Stream(Filing filing) => $"filing:{filing.Id}";

    /// <summary>S (收), division, date, number of the day.</summary>
    async Task<string> Number(CancellationToken ct)
    {
        var head = $"S{node.Division}{clock.Today().ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture)}";
        return $"{head}{await db.NextNumber($"filing:{head}", ct):D6}";
    }
}
