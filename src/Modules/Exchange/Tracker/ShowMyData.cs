using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>谁用了我的数据: every use of the person's data in the region, unusual ones first, then by month.</summary>
static class ShowMyData
{
    public static async Task<IResult> Handle(IIdentities identities, PersonalRecords records, RegionDirectory directory, Catalogues catalogues, NodeDb db, CurrentActor actor, NodeIdentity node, CancellationToken ct)
    {
        var person = await identities.Subject(ct);
        if (!person.Ok)
            return person.Error.AsResult();
        var found = await records.Of(actor.Actor.SubjectKey ?? "", person.Value.CitizenId, actor.Actor.Level, ct);
        var consentIds = found.Uses.Select(u => u.Facts.ConsentId).OfType<string>().Distinct().ToList();
        var purposes = await db.Set<ConsentRow>().Where(c => consentIds.Contains(c.Id)).AsNoTracking()
            .ToDictionaryAsync(c => c.Id, c => new Words(c.PurposeNameZh, c.PurposeNameEn), ct);
        var names = new UseNames(directory, catalogues, purposes);
        return Page.Of<MyDataPage>(new
        {
            Uses = (IReadOnlyList<MyDataPage.Use>)[.. found.Uses.Select(u => Shown(u, names, node))],
            Silent = (IReadOnlyList<Words>)[.. found.Silent.Select(m => m.Name)],
            found.More,
            GivePersonalRecords.Most,
        });
    }

    static Words Counted(Words what, int times) => times == 1 ? what : new Words($"{what.Zh}（当天 {times} 次）", $"{what.En} ({times} times that day)");

    static MyDataPage.Use Shown(DataUse use, UseNames names, NodeIdentity node)
    {
        var facts = use.Facts;
        return new MyDataPage.Use(
            facts.At, names.Who(facts), Counted(names.What(facts), use.Times), names.For(facts), names.Basis(facts),
            string.Join(" · ", use.Proofs.GroupBy(p => p.Node).Select(g => $"{g.Key} {string.Join(' ', g.Select(p => $"#{p.Index}"))}")),
            use.Unusual,
            facts.IsExchange && facts.Outcome == "answered" ? names.Fields(facts) : null,
            facts.IsExchange && use.Proofs.Any(p => p.Node == node.Id) ? facts.ExchangeId : null);
    }
}

/// <summary>Codes of a log in the words of directory, catalogue and consents.</summary>
sealed class UseNames(RegionDirectory directory, Catalogues catalogues, IReadOnlyDictionary<string, Words> purposes)
{
    readonly Dictionary<string, ResourceOffer> resources = catalogues.Held.SelectMany(c => c.Resources).DistinctBy(r => r.Code).ToDictionary(r => r.Code, StringComparer.Ordinal);
    readonly Dictionary<string, Words> departments = catalogues.Held.SelectMany(c => c.Resources).DistinctBy(r => r.Department).ToDictionary(r => r.Department, r => r.DepartmentName, StringComparer.Ordinal);

    public Words Node(string id) => directory.Entry(id)?.Name ?? new Words(id, id);

    public Words Department(string code) => departments.GetValueOrDefault(code) ?? new Words(code, code);

    public Words Resource(string code) => resources.GetValueOrDefault(code)?.Name ?? new Words(code, code);

    public Words Fields(LeafFacts use)
    {
        var offer = resources.GetValueOrDefault(use.Resource);
        var labels = use.Fields.Select(f => offer?.Field(f)?.Label ?? new Words(f, f)).ToList();
        return new Words(string.Join("、", labels.Select(l => l.Zh)), string.Join(", ", labels.Select(l => l.En)));
    }

    public Words Who(LeafFacts use) => use.IsExchange ? Node(use.Consumer) : Department(use.Department);

    public Words What(LeafFacts use)
    {
        if (use.What is { } what)
            return what;
        var (department, resource) = (Department(use.Department), Resource(use.Resource));
        return new Words($"{department.Zh}的{resource.Zh}", $"{resource.En} held by {department.En}");
    }

    public Words For(LeafFacts use)
    {
        var purpose = use.ConsentId is { } id ? purposes.GetValueOrDefault(id) : null;
        var matter = use.CaseReference.Length > 0 ? use.CaseReference : null;
        return (purpose, matter) switch
        {
            (not null, not null) => new Words($"{purpose.Zh}（{matter}）", $"{purpose.En} ({matter})"),
            (not null, null) => purpose,
            (null, not null) => new Words($"办件 {matter}", $"Matter {matter}"),
            _ => new Words("没有注明", "Not stated"),
        };
    }

    public Words Basis(LeafFacts use) => use.Basis switch
    {
        AgreementBasis.Consent => new Words("您本人的授权", "Your own consent"),
        AgreementBasis.Legal => new Words("法律规定的职责", "A duty under the law"),
        _ => use.BasisWords ?? new Words("没有依据", "None"),
    };
}

/// <summary>The receipt of one use, for the person it is about or for a steward.</summary>
static class DownloadReceipt
{
    /// <summary>For whoever it is about, and for whoever consented to it (it may be about their spouse).</summary>
    public static async Task<IResult> Mine(string exchangeId, IExchange exchange, TransparencyLog log, CurrentActor actor, NodeDb db, NodeIdentity node, CancellationToken ct)
    {
        var own = await log.BySubject(actor.Actor.SubjectKey ?? "", count: 1000, cancel: ct);
        return own.Any(l => LeafFacts.Read(node.Id, l.Index, l.At, l.Data)?.ExchangeId == exchangeId) || await Consented(exchangeId, log, db, node, ct)
            ? await File(exchangeId, exchange, ct)
            : Error.NotFound("receipt.none", "没有这份回执", "There is no such receipt").AsResult();
    }

    public static Task<IResult> Any(string exchangeId, IExchange exchange, CancellationToken ct) => File(exchangeId, exchange, ct);

    static async Task<IResult> File(string exchangeId, IExchange exchange, CancellationToken ct)
    {
        var receipt = await exchange.Receipt(exchangeId, ct);
        return receipt.Ok
            ? Results.File(System.Text.Encoding.UTF8.GetBytes(receipt.Value), "application/json", $"receipt-{exchangeId}.json")
            : receipt.Error.AsResult();
    }

    static async Task<bool> Consented(string exchangeId, TransparencyLog log, NodeDb db, NodeIdentity node, CancellationToken ct)
    {
        if (await log.Find(ExchangeLeaf.ReferenceOfObtained(exchangeId), ct) is not { } place)
            return false;
        var leaf = (await log.Leaves(place.Index, 1, ct)).SingleOrDefault();
        return leaf is not null && LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data)?.ConsentId is { } consent
            && await db.Set<ConsentRow>().AnyAsync(c => c.Id == consent, ct);
    }
}
