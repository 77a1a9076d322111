using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>谁用了我的数据: every use of the person's data in the region, unusual ones first, then by month.</summary>
static class ShowMyData
{
    /// <param name="until">Older ones than a page had, Unix ms.</param>
    /// <param name="month"><c>yyyy-MM</c>: that month and before.</param>
    public static async Task<IResult> Handle(
        IIdentities identities, PersonalRecords records, RegionDirectory directory, Catalogues catalogues, IMatters matters, IItems items, CurrentActor actor, NodeDb db, NodeIdentity node, TimeProvider clock, CancellationToken ct,
        string? until = null, string? month = null)
    {
        var person = await identities.Subject(ct);
        if (!person.Ok)
            return person.Error.AsResult();
        var now = clock.NowMs();
        long? end = long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) ? ms : After(month);
        var found = await records.Of(db.OwnKeys, person.Value.CitizenId, actor.Actor.Level, ct, end);
        var facts = found.Uses.Select(u => u.Facts).ToList();
        var named = await matters.Named([.. facts.Select(f => f.CaseReference)], ct);
        var words = new UsePurpose(named, await items.Names([.. facts.Select(f => f.Purpose)], ct));
        var names = new UseNames(directory, catalogues);
        var uses = UnusualUses.Judge(found.Uses, named.Keys.ToHashSet(StringComparer.Ordinal), whole: end is null && found is { Next: null, Silent.Count: 0 });
        var own = db.OwnKeys;
        var corrected = (await db.Set<CorrectionRow>().AsNoTracking().Where(c => own.Contains(c.SubjectKey)).OrderByDescending(c => c.At).Take(GivePersonalRecords.Most).ToListAsync(ct))
            .GroupBy(c => c.ExchangeId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => names.Field(g.First().Resource, g.First().Field), StringComparer.Ordinal);
        return Page.Of<MyDataPage>(new
        {
            Uses = (IReadOnlyList<MyDataPage.Use>)[.. uses.Select(u => Shown(u, names, words, node, corrected))],
            Silent = (IReadOnlyList<Words>)[.. found.Silent.Select(m => m.Name)],
            found.Next,
            IsFirst = end is null,
            HeldBack = (IReadOnlyList<MyDataPage.Rule>)[.. found.HeldBack.Select(h => new MyDataPage.Rule(names.Node(h.Node), h.Rule.Law, h.Rule.DelayDays, h.Rule.Masked, DateOnly.TryParseExact(h.Rule.Since, "yyyy-MM-dd", out var since) ? since : DateOnly.MinValue)).Distinct()],
            Today = LocalTime.DateOf(now),
            Month = month ?? "",
        });
    }

    /// <summary>When a month is over, Unix ms; null when it is none.</summary>
    static long? After(string? month) => DateOnly.TryParseExact($"{month}-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first) && first.Year is > 2000 and < 9999
        ? new DateTimeOffset(first.AddMonths(1).ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds()
        : null;

    static Words Counted(Words what, int times) => times == 1 ? what : new Words($"{what.Zh}（当天 {times} 次）", $"{what.En} ({times} times that day)");

    static MyDataPage.Use Shown(DataUse use, UseNames names, UsePurpose purpose, NodeIdentity node, IReadOnlyDictionary<string, Words> corrected)
    {
        var facts = use.Facts;
        if (use.MaskedBy is { } masking)
        {
            return new MyDataPage.Use(
                facts.At, new Words("有权机关", "An authority"), new Words("您的个人信息", "your personal data"), new Words("依法不显示", "Not shown, as the law asks"),
                new Words($"依法不显示细节：{masking.Zh}", $"Details are not shown under: {masking.En}"), "", [], null, null, null, null, null, null);
        }
        return new MyDataPage.Use(
            facts.At, names.Who(facts), Counted(names.What(facts), use.Times), purpose.Of(facts), names.Basis(facts),
            string.Join(" · ", use.Proofs.GroupBy(p => p.Node).Select(g => $"{g.Key} {string.Join(' ', g.Select(p => $"#{p.Index}"))}")),
            use.Unusual,
            facts.IsExchange && facts.Outcome == "answered" ? names.Fields(facts) : null,
            facts.IsExchange && use.Proofs.Any(p => p.Node == node.Id) ? facts.ExchangeId : null,
            purpose.Page(facts),
            facts.IsExchange && facts.Outcome == "answered" && facts.Consumer == node.Id ? facts.ExchangeId : null,
            corrected.GetValueOrDefault(facts.ExchangeId),
            facts.Withholding is { From: { } from } late ? new MyDataPage.Late(from, late.Law) : null);
    }
}

/// <summary>Codes of a log in the words of directory and catalogue.</summary>
sealed class UseNames(RegionDirectory directory, Catalogues catalogues)
{
    readonly Dictionary<string, ResourceOffer> resources = catalogues.Held.SelectMany(c => c.Resources).DistinctBy(r => r.Code).ToDictionary(r => r.Code, StringComparer.Ordinal);
    readonly Dictionary<string, Words> departments = catalogues.Held.SelectMany(c => c.Resources).DistinctBy(r => r.Department).ToDictionary(r => r.Department, r => r.DepartmentName, StringComparer.Ordinal);

    public Words Node(string id) => directory.Entry(id)?.Name ?? new Words(id, id);

    /// <summary>With its class where it is no government: who asks or answers is never mistaken for an authority.</summary>
    public Words Member(string id) => NodeIds.IsGovernment(id) ? Node(id)
        : new Words($"{Node(id).Zh}（{ClassWords.Of(id).Zh}）", $"{Node(id).En} ({ClassWords.Of(id).En})");

    public Words Department(string code) => departments.GetValueOrDefault(code) ?? new Words(code, code);

    public Words Resource(string code) => resources.GetValueOrDefault(code)?.Name ?? new Words(code, code);

    public Words Fields(LeafFacts use)
    {
        var offer = resources.GetValueOrDefault(use.Resource);
        var labels = use.Fields.Select(f => offer?.Field(f)?.Label ?? new Words(f, f)).ToList();
        return new Words(string.Join("、", labels.Select(l => l.Zh)), string.Join(", ", labels.Select(l => l.En)));
    }

    /// <summary>What an exchange gave, each with its label.</summary>
    public IReadOnlyList<(string Name, Words Label)> FieldNames(LeafFacts use) => [.. use.Fields.Select(f => (f, Field(use.Resource, f)))];

    public Words Field(string resource, string field) => resources.GetValueOrDefault(resource)?.Field(field)?.Label ?? new Words(field, field);

    // A window clerk may belong to no department: then it was the government of the node.
    public Words Who(LeafFacts use) => use.IsExchange ? Node(use.Consumer) : use.IsOwnLook ? You(Node(use.Consumer)) : use.Department.Length > 0 ? Department(use.Department) : Node(use.Node);

    static Words You(Words at) => new($"您本人（在{at.Zh}登录）", $"You, signed in at {at.En}");

    public Words What(LeafFacts use)
    {
        if (use.What is { } what)
            return what;
        var (department, resource) = (Department(use.Department), Resource(use.Resource));
        return new Words($"{department.Zh}的{resource.Zh}", $"{resource.En} held by {department.En}");
    }

    public Words Basis(LeafFacts use) => use.Basis switch
    {
        AgreementBasis.Consent when use.Mandate is { } mandate => Mandate(mandate.Split('/')[0]),
        AgreementBasis.Consent => new Words("您本人的授权", "Your own consent"),
        AgreementBasis.Legal => Named(new Words("法律规定的职责", "A duty under the law"), use.Law),
        AgreementBasis.RelatedPerson => Named(new Words("法律规定：与您有关的人申办事项", "The law: a matter of a person related to you"), use.Law),
        _ when use.IsOwnLook => new Words("您本人登录后查看；不是您本人的，请拨打 12345", "You looked after signing in; if it was not you, call 12345"),
        _ => use.BasisWords is { } duty ? new Words($"办理职责：{duty.Zh}", $"Official duty: {duty.En}") : new Words("没有依据", "None"),
    };

    /// <summary>Who consented for the person, by the kind of their mandate.</summary>
    public static Words Mandate(string kind) => kind switch
    {
        "guardian" => new Words("监护人代为同意", "Consented to by the guardian"),
        "legal-representative" => new Words("法定代表人代表企业同意", "Consented to by the legal representative"),
        "enterprise-staff" => new Words("企业授权的经办人同意", "Consented to by staff whom the enterprise empowered"),
        _ => new Words("受委托人代为同意", "Consented to by an agent"),
    };

    static Words Named(Words basis, Words? law) => law is null ? basis : new Words($"{basis.Zh}：{law.Zh}", $"{basis.En}: {law.En}");
}

/// <summary>What a use of a person's data was for, in their own words: their matter by its number, anybody else's by the item alone.</summary>
/// <param name="matters">The person's own, by reference.</param>
/// <param name="items">Names by base code.</param>
sealed class UsePurpose(IReadOnlyDictionary<string, MatterName> matters, IReadOnlyDictionary<string, Words> items)
{
    public Words Of(LeafFacts use)
    {
        if (matters.GetValueOrDefault(use.CaseReference) is { } own)
        {
            return own.Number is { } number
                ? new Words($"{own.Item.Zh}（{number}）", $"{own.Item.En} ({number})")
                : new Words($"{own.Item.Zh}（尚未提交）", $"{own.Item.En} (not handed in yet)");
        }
        var item = items.GetValueOrDefault(use.Purpose);
        // A department's own number means something to whoever asks there; the reference of a draft means nothing to anybody.
        if (!use.IsExchange && use.CaseReference.Length > 0)
            return item is null ? new Words($"办件 {use.CaseReference}", $"Matter {use.CaseReference}") : new Words($"{item.Zh}（{use.CaseReference}）", $"{item.En} ({use.CaseReference})");
        return (item, use.Basis) switch
        {
            (not null, AgreementBasis.RelatedPerson) => new Words($"{item.Zh}（与您有关的人申办）", $"{item.En} (of a person related to you)"),
            (not null, _) => item,
            _ when use.IsOwnLook => new Words("您自己查看", "Your own look"),
            _ when use.What is { } read => read,
            _ => use.Purpose.Length > 0 ? new Words($"事项 {use.Purpose}", $"Item {use.Purpose}") : new Words("没有注明", "Not stated"),
        };
    }

    /// <summary>Page of the person's own matter; null for anybody else's.</summary>
    public string? Page(LeafFacts use) => matters.GetValueOrDefault(use.CaseReference)?.Href;
}

/// <summary>The receipt of one use, for the person it is about or for a steward.</summary>
static class DownloadReceipt
{
    /// <summary>For whoever it is about, and for whoever consented to it (it may be about their spouse).</summary>
    public static async Task<IResult> Mine(string exchangeId, IExchange exchange, TransparencyLog log, CurrentActor actor, NodeDb db, NodeIdentity node, TimeProvider clock, CancellationToken ct)
    {
        var own = await log.BySubject(db.OwnKeys, count: 1000, cancel: ct);
        var now = clock.NowMs();
        return own.Any(l => LeafFacts.Read(node.Id, l.Index, l.At, l.Data) is { } use && use.ExchangeId == exchangeId && use.StandingAt(now) == Standing.Shown) || await Consented(exchangeId, log, db, node, ct)
            ? await File(exchangeId, exchange, ct)
            : Error.NotFound("receipt.none", "没有这份回执", "There is no such receipt").AsResult();
    }

    public static Task<IResult> Any(string exchangeId, IExchange exchange, CancellationToken ct) => File(exchangeId, exchange, ct);

    static async Task<IResult> File(string exchangeId, IExchange exchange, CancellationToken ct)
    {
        var receipt = await exchange.Receipt(exchangeId, ct);
        return receipt.Ok
            ? Results.File(System.Text.Encoding.UTF8.GetBytes(receipt.Value), "text/plain; charset=utf-8", $"receipt-{exchangeId}{Trust.Receipt.FileExtension}")
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
