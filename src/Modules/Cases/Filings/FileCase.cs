using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
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
sealed class FileCase(NodeDb db, SealedJson seal, Outbox outbox, ReceiveFiling receive, NumberBlocks numbers, ICertificates certificates, NodeIdentity node, WorkingCalendar calendar, TimeProvider clock)
{
    public const string BodyColumn = "cases_filing.body";
    public const string ProgressColumn = "cases_filing.progress";

    /// <summary>Checks, and makes the filing; nothing is stored yet. Field errors name their field.</summary>
    public Result<(FilingBody Body, IReadOnlyList<Requirement> Requirements)> Prepare(Assessment assessment, DraftBody draft)
    {
        var today = clock.Today();
        if (NotServed(assessment.Variant, draft.Applicant) is { } other)
            return other;
        var form = Prefill.Fill(assessment.Variant, draft);
        var met = Completeness.Met(assessment.Requirements, draft, calendar, today);
        if (Completeness.Check(assessment.Variant, assessment.Requirements, form, draft.Answers, met, today) is { } wrong)
            return wrong;
        return (new FilingBody(draft.Applicant, draft.FiledBy, draft.Answers, form, met), assessment.Requirements);
    }

    /// <summary>An item for people is not filed for a company, nor the other way round; null when it serves the applicant.</summary>
    public Error? NotServed(ItemVariant variant, Person applicant)
    {
        var person = CitizenId.Parse(applicant.CitizenId, clock.Today()).Ok;
        if (variant.Served.Count == 0 || variant.Served.Any(kind => kind == 1 == person))
            return null;
        return person
            ? Error.Forbidden("item.not-for-persons", "这个事项由单位办理，不对个人", "This item is for organisations, not for natural persons", "请先切换为单位身份再办理", "Act for your organisation first, then file it")
            : Error.Forbidden("item.not-for-organisations", "这个事项由个人办理，不对单位", "This item is for natural persons, not for organisations", "请先切换回您本人再办理", "Switch back to yourself first, then file it");
    }

    /// <summary>The person's own same matter that is open or whose certificate is in force, where the item allows one; null when nothing stands in the way.</summary>
    public async Task<Error?> Another(ItemVariant variant, IReadOnlyDictionary<string, string> answers, CancellationToken ct)
    {
        if (variant.OneBy is not { } questions)
            return null;
        var own = db.OwnKeys;
        string[] ended = [CaseState.Refused, CaseState.NotAccepted, CaseState.Withdrawn];
        var mine = await db.Set<Filing>().AsNoTracking().Where(f => own.Contains(f.SubjectKey) && f.BaseCode == variant.BaseCode && !ended.Contains(f.State)).ToListAsync(ct);
        var same = mine.Where(f => seal.Open<FilingBody>(f.Body, BodyColumn).Answers is var given && questions.All(q => given.GetValueOrDefault(q) == answers.GetValueOrDefault(q))).ToList();
        if (same.FirstOrDefault(f => !CaseState.IsClosed(f.State)) is { } open)
        {
            return Error.Conflict("filing.open-already", $"您同样的申请 {open.Number} 正在办理", $"Your application {open.Number} for the same is open",
                "请到“我的办件”查看进度，不用重复提交", "See 'My matters'; there is no need to apply again") with
            { See = MyMatters.Link };
        }
        var held = same.Any(f => f.CertificateId is not null) ? await certificates.HeldBy(db.Actor.SubjectKey!, null, ct) : [];
        return same.FirstOrDefault(f => held.Any(h => h.CertificateId == f.CertificateId && h.State == "valid")) is { } done
            ? Error.Conflict("filing.in-force-already", $"您同样的申请 {done.Number} 已办结，电子证照仍然有效", $"Your application {done.Number} for the same is completed and its certificate is in force",
                $"证照在“我的证照”里；情况有变化的，请联系{done.DepartmentName.Zh}", $"It is under 'My certificates'; if your situation has changed, ask {done.DepartmentName.En}")
            : null;
    }

    /// <summary>Numbers for a filing that is about to be made: its own, and the case's where this node decides. Before the transaction.</summary>
    public async Task<FilingNumbers> TakeNumbers(ItemVariant variant, CancellationToken ct)
    {
        var today = clock.Today();
        var own = $"S{node.Division}{today.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture)}";
        var theirs = node.NodeOf(variant.Division) == node.Id ? CaseNumber.Run(variant.Division, variant.Department, today) : null;
        return new FilingNumbers(
            $"{own}{await numbers.Next($"filing:{own}", ct):D6}",
            theirs is null ? null : CaseNumber.Of(theirs, await numbers.Next(CaseNumber.Counter(theirs), ct)));
    }

    /// <summary>Adds the filing and its message to the context; the caller saves.</summary>
    /// <param name="channel">online, window, api.</param>
    /// <param name="reference">Under which its facts were asked for.</param>
    public async Task<Result<Filing>> Add(ItemVariant variant, FilingNumbers taken, FilingBody body, IReadOnlyList<Requirement> requirements, string channel, string reference, CancellationToken ct)
    {
        var actor = db.Actor;
        var now = clock.NowMs();
        var required = requirements.Where(r => !r.Optional).Select(r => r.Id).ToHashSet();
        var filing = new Filing
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Number = taken.Filing,
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
            EvidenceUntil = EvidenceLife.Until(body.Requirements),
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
            var received = await receive.AtOnce(submitted, taken.Case!, ct);
            if (!received.Ok)
                return received.Error;
            MirrorProgress.Show(filing, received.Value, seal);
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
}

/// <param name="Filing">S (收), division, date, number of the day.</param>
/// <param name="Case">Null when another node decides: it numbers its cases itself.</param>
sealed record FilingNumbers(string Filing, string? Case);
