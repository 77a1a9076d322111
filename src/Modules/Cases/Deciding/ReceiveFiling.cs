using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Cases.Deciding;

/// <summary>A filing arrives at the node that decides it and becomes a case: one, however often it arrives.</summary>
sealed class ReceiveFiling(
    NodeDb db, Dossiers dossiers, DecideAtOnce rules, OnlyOne only, IItems items, IIdentities identities, IVault vault, SealedJson seal, NodeIdentity node, WorkingCalendar calendar)
    : IHandle<FilingSubmitted>
{
    public async Task Handle(FilingSubmitted e, EventContext context, CancellationToken ct)
    {
        if (!context.IsFrom(node, e.FilingNode) || await db.Set<Case>().AnyAsync(c => c.Id == e.FilingId, ct))
            return;
        var (dossier, first) = await Open(e, null, ct);
        if (first is not null)
            dossier.Explain([$"{first.Number}: 同一人同样的事项，正在办理或仍然有效 / the same matter of the same person, open or in force"]);
        await dossiers.PutBack(dossier, ct);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>
    /// A filing made at the node that decides it is a case at once, in the filing's own transaction: nothing has to travel.
    /// Returns how the case stands; the caller saves. Conflict when the person has this matter already; then the caller saves nothing.
    /// </summary>
    public async Task<Result<CaseProgressed>> AtOnce(FilingSubmitted e, string number, CancellationToken ct)
    {
        var (dossier, first) = await Open(e, number, ct);
        return first is null
            ? dossiers.Keep(dossier)
            : Error.Conflict("filing.open-already", $"您同样的事项 {first.Number} 正在办理或仍然有效", $"Your matter {first.Number} for the same is open or in force",
                "请到“我的办件”查看，不用重复提交", "See 'My matters'; there is no need to apply again");
    }

    /// <returns>The new case, and the one that came first where the item allows one: then no rule decides.</returns>
    async Task<(Dossier Dossier, Case? First)> Open(FilingSubmitted e, string? number, CancellationToken ct)
    {
        var assessed = await items.Assess(e.ImplementationCode, e.ItemVersion, e.Answers, ct);
        // A version this node has not loaded yet waits in the outbox until it has; the person sees "not yet delivered".
        var assessment = assessed.Ok ? assessed.Value : throw new InvalidOperationException($"The filing names an item version that cannot be assessed: {assessed.Error.Code}");
        var now = dossiers.Now;
        var dossier = await Make(e, assessment, number, now, ct);
        dossier.Received(now, calendar);
        foreach (var hash in dossier.Files())
            db.Add(new FileUse { Hash = hash, UserId = e.FilingId });
        var first = await only.Claim(dossier, assessment.Variant, ct);
        if (first is null)
            await rules.Try(dossier, assessment.Variant, now, ct);
        db.Add(dossier.Row);
        return (dossier, first);
    }

    async Task<Dossier> Make(FilingSubmitted e, Assessment assessment, string? number, Moment now, CancellationToken ct)
    {
        var variant = assessment.Variant;
        var body = new CaseBody(
            e.FiledBy, e.Answers, e.Form, e.Requirements, assessment.Requirements, variant.Form, variant.Steps, variant.Result,
            variant.LegalBasis, variant.RemedyText, variant.DecideAtOnceRule, e.AssuranceLevel);
        var row = new Case
        {
            Id = e.FilingId,
            Number = number ?? await CaseNumber.Next(db, variant.Division, variant.Department, now.Date, ct),
            FilingNumber = e.FilingNumber,
            FilingNode = e.FilingNode,
            BaseCode = variant.BaseCode,
            ImplementationCode = variant.ImplementationCode,
            ItemVersion = variant.Version,
            ItemName = variant.Name,
            Division = variant.Division,
            Department = variant.Department,
            DepartmentName = variant.DepartmentName,
            SubjectKey = identities.KeyOf(e.Applicant.CitizenId),
            NameIndex = Found.ByName(vault, e.Applicant.Name),
            PhoneIndex = Found.ByPhone(vault, e.Applicant.Phone),
            Applicant = seal.Seal(e.Applicant, Dossiers.ApplicantColumn),
            Body = "",
            Course = "",
            Channel = e.Channel,
            State = CaseState.Received,
            FiledAt = e.FiledAt,
            ReceivedAt = now.Ms,
            StatutoryDays = variant.StatutoryDays,
            PromisedDays = variant.PromisedDays,
        };
        return dossiers.Make(row, e.Applicant, body, new Course(), []);
    }
}

/// <summary>How officers find a case by what a person says on the phone: keyed, exact, after taking blanks away.</summary>
static class Found
{
    public static string ByName(IVault vault, string name) => vault.BlindIndex("cases.name", Plain(name));

    public static string ByPhone(IVault vault, string phone) => vault.BlindIndex("cases.phone", Plain(phone));

    static string Plain(string text) =>
        new([.. text.Normalize(System.Text.NormalizationForm.FormKC).Where(c => !char.IsWhiteSpace(c) && c is not '-').Select(char.ToUpperInvariant)]);
}

static class CaseNumber
{
    /// <summary>Division, date, two digits for the kind of department, and a number of that day: 22 digits, unique in the region.</summary>
    public static async Task<string> Next(NodeDb db, string division, string department, DateOnly date, CancellationToken ct)
    {
        var run = Run(division, department, date);
        return Of(run, await db.NextNumber(Counter(run), ct));
    }

    /// <summary>The division whose number it is; empty when it is no case number.</summary>
    public static string Division(string number) => number.Length == 22 && number.All(char.IsAsciiDigit) ? number[..6] : "";

    public static string Run(string division, string department, DateOnly date) =>
        $"{division}{date.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture)}{Kind(department)}";

    public static string Counter(string run) => $"case:{run}";

    public static string Of(string run, long number) => $"{run}{number:D6}";

    static string Kind(string department) => department[(department.IndexOf('-', StringComparison.Ordinal) + 1)..] switch
    {
        "police" => "01",
        "civil" => "02",
        "estate" => "03",
        "hrss" => "04",
        "fund" => "05",
        "medical" => "06",
        "market" => "07",
        "credit" => "08",
        _ => "99",
    };
}
