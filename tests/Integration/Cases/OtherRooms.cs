using Microsoft.AspNetCore.Routing;
using Tongban.Cases;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Contracts.Notices;
using Tongban.Contracts.Registry;
using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Microsoft.AspNetCore.Builder;

namespace Tongban.Tests.Integration.Cases;

static class TestActors
{
    public const string Wang = "person:wang";
    public const string Li = "person:li";

    /// <summary>The same account, acting for a company.</summary>
    public const string WangForCompany = "person:wang:company";
    public const string ShanghaiHrss = "officer:310000:310000-hrss";
    public const string ShanghaiHrssToo = "officer2:310000:310000-hrss";
    public const string ShanghaiFund = "officer:310000:310000-fund";
    public const string ShanghaiEstate = "officer:310000:310000-estate";
    public const string AnhuiHrss = "officer:340000:340000-hrss";

    public static Actor Parse(string text)
    {
        var parts = text.Split(':');
        return parts[0] == "person"
            ? new Actor(Role.Resident, $"person:{parts[1]}", parts[1], SubjectKey: "key-" + OtherRooms.People[parts[^1]].CitizenId, Level: 2)
            : new Actor(Role.Officer, text, "经办人", parts[1], parts[2]);
    }

    public static void MapCasesAll(this RouteGroupBuilder root) => new Faces(
        root.MapGroup(""), root.MapGroup("/console"), root.MapGroup("/hub"), root.MapGroup("/api"), root.MapGroup("/peer")).MapCases();
}

/// <summary>Identity's stand-in: the person the test's header names.</summary>
sealed class People(CurrentActor current) : IIdentities
{
    public Task<Result<Person>> Subject(CancellationToken ct) => Task.FromResult<Result<Person>>(
        OtherRooms.People.Values.Single(p => KeyOf(p.CitizenId) == current.Actor.SubjectKey));

    public Task<Person?> ActingPerson(CancellationToken ct) => Task.FromResult<Person?>(null);

    public Task<ActingMandate?> Mandate(CancellationToken ct) => Task.FromResult<ActingMandate?>(null);

    public string KeyOf(string citizenIdOrCreditCode) => "key-" + citizenIdOrCreditCode;

    public string LastingKeyOf(string citizenIdOrCreditCode) => KeyOf(citizenIdOrCreditCode);
}

/// <summary>What the other rooms would answer; a test sets what it needs.</summary>
sealed class OtherRooms : IItems, IExchange, IConsents, IDisputes, ICertificates, IRulebook, IDepartments, IAccessRecords, INotices, IPlaces, ICodedValues
{
    public static readonly Dictionary<string, Person> People = new()
    {
        ["wang"] = new(CitizenId.Make("340199", new DateOnly(1990, 5, 1), 11).ToString(), "王安", "12000000001", "340100"),
        ["li"] = new(CitizenId.Make("310199", new DateOnly(1985, 2, 3), 12).ToString(), "李宁", "12000000002", "310104"),
        ["company"] = new("91310199MA99TA015J", "测试公司", "", "310104"),
    };

    /// <summary>Decided at once with a certificate; one for a person and a place.</summary>
    public const string OneForAPlace = "990000000005";

    static Words W(string text) => new(text, text);

    public const string TwoSteps = "990000000001";
    public const string Joint = "990000000002";
    public const string AtOnce = "990000000003";

    /// <summary>Its home and price are what a register says; the amount is the person's, up to the price.</summary>
    public const string Home = "990000000004";

    static readonly Requirement Identity = new("identity", W("身份证"), "identity", "340000", "applicant", ["name", "division"], null, false, false, W(""), W(""));
    static readonly Requirement Lease = new("lease", W("房屋租赁合同"), null, null, "applicant", [], null, false, true, W(""), W(""));

    static readonly FormPage Page = new("main", W("基本信息"),
    [
        new FormField("name", "text", W("姓名"), null, true, "me.name", null),
        new FormField("since", "date", W("开始日期"), null, true, null, null),
        new FormField("until", "date", W("结束日期"), null, false, null, null) { Dates = new(-10, 365) },
        new FormField("kind", "text", W("类型"), null, false, "answer.kind", null) { Fixed = true },
        new FormField("place", "division", W("地点"), null, false, "answer.place", null) { Fixed = true },
        new FormField("amount", "money", W("金额"), null, false, null, null),
        new FormField("otherId", "citizen-id", W("共同申请人身份证号"), null, false, null, null),
        new FormField("employer", "credit-code", W("单位统一社会信用代码"), null, false, null, null),
    ]);

    static readonly Requirement Property = new("property", W("不动产权证书"), "property-right", "340000", "applicant", ["unit", "price"], null, false, false, W(""), W(""));

    static readonly FormPage HomePage = new("home", W("房屋"),
    [
        new FormField("unit", "text", W("单元号"), null, true, "property.unit", null) { Fixed = true },
        new FormField("price", "money", W("总价"), null, true, "property.price", null) { Fixed = true },
        new FormField("amount", "money", W("提取金额"), null, true, null, null) { AtMost = ["form.price"] },
    ]);

    static StepDefinition Step(string id, string department, string? effect = null, params string[] after) => new(id, W(id), department, W(department), "审核", "负责", after, effect);

    static ItemVariant Variant(string code, string department, IReadOnlyList<StepDefinition> steps, string? rule, ResultDefinition? result, int days = 10) => new(
        code, $"11310000000000000{code}"[..18] + "1" + code, 1, W($"事项{code[^1]}"), department[..6], department, W(department), HandlingMode.Online,
        days * 2, days, 0, 0, W("依据"), W("救济"), [Page], steps, rule, result, true)
    {
        DecideInputs = rule is null ? [] : [new RuleInput("found", "boolean", "identity.found"), new RuleInput("since", "date", "form.since")],
    };

    static readonly ResultDefinition Certificate = new("TYPE", W("证明"), 12, [new("holder", W("姓名"), "me.name"), new("months", W("月数"), "effect.months"), new("place", W("地"), "identity.division")], "transfer-in");

    public Dictionary<string, Assessment> Known { get; } = new Assessment[]
    {
        new(Variant(TwoSteps, "310000-fund", [Step("audit", "310000-fund"), Step("estate", "310000-estate")], null, null), [Lease], new Dictionary<string, string>()),
        new(Variant(Joint, "310000-hrss", [Step("out", "340000-hrss", "transfer-out"), Step("in", "310000-hrss", null, "out")], null, Certificate), [Identity], new Dictionary<string, string>()),
        new(Variant(AtOnce, "310000-hrss", [], "rule-1", null, 0), [Identity with { Optional = true }], new Dictionary<string, string>()),
        new(Variant(Home, "310000-fund", [], null, null) with { Form = [HomePage] }, [Property], new Dictionary<string, string>()),
        new(Variant(OneForAPlace, "310000-hrss", [], "rule-1", Certificate with { Effect = null }, 0) with { OneBy = ["place"] }, [Identity with { Optional = true }], new Dictionary<string, string>()),
    }.ToDictionary(a => a.Variant.BaseCode);

    public Task<Result<ItemVariant>> Variant(string implementationCode, int version, CancellationToken ct) =>
        Task.FromResult<Result<ItemVariant>>(Known.Values.Single(k => k.Variant.ImplementationCode == implementationCode).Variant);

    public Task<Result<Assessment>> Assess(string implementationCode, int version, IReadOnlyDictionary<string, string> answers, CancellationToken ct) =>
        Task.FromResult<Result<Assessment>>(Known.Values.Single(k => k.Variant.ImplementationCode == implementationCode) with { Answers = answers });

    public Task<Result<Assessment>> Assess(string baseCode, IReadOnlyDictionary<string, string> answers, CancellationToken ct) =>
        Task.FromResult(answers.Values.Any(a => a is null) ? throw new InvalidOperationException("An answer is null.") : Known.TryGetValue(baseCode, out var known) ? known with { Answers = answers } : (Result<Assessment>)Error.NotFound("item.none", "没有这个事项", "No such item"));

    public Func<ExchangeQuestion, Result<ExchangeAnswer>> Answering { get; set; } = q => new ExchangeAnswer(
        "x1", q.ProviderNode, "340000-police", q.Resource, DateTimeOffset.UnixEpoch, [new Dictionary<string, string?> { ["name"] = "王安", ["division"] = "340100" }], "a1", q.ConsentId, 1, 2);

    public List<ExchangeQuestion> Asked { get; } = [];

    public Task<Result<EvidenceSource>> Locate(string evidenceType, string division, DateOnly at, CancellationToken ct) => Task.FromResult<Result<EvidenceSource>>(
        new EvidenceSource(evidenceType, $"CN-YRD/{division}", $"{division}-police", W("安徽省公安厅"), "police.identity", W("身份信息"),
            [new FieldName("name", W("姓名")), new FieldName("division", W("户籍地")), new FieldName("unit", W("单元号")), new FieldName("price", W("成交价格"))], ["citizenId"], "a1", true)
        { MayRepeat = MayRepeat });

    /// <summary>Whether the agreements grant standing questions.</summary>
    public bool MayRepeat { get; set; }

    public Task<Result<ExchangeAnswer>> Query(ExchangeQuestion question, CancellationToken ct)
    {
        lock (Asked)
            Asked.Add(question);
        return Task.FromResult(Answering(question));
    }

    public Task<Result<string>> Receipt(string exchangeId, CancellationToken ct) => Task.FromResult<Result<string>>("");

    public Task<IReadOnlyDictionary<string, Words>> Names(IReadOnlyCollection<string> baseCodes, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<string, Words>>(new Dictionary<string, Words>());

    public List<ConsentRequest> Consents { get; } = [];

    public Task<Result<ConsentGiven>> Attest(ConsentRequest request, CancellationToken ct)
    {
        Consents.Add(request);
        return Task.FromResult<Result<ConsentGiven>>(new ConsentGiven($"consent-{Consents.Count}", DateTimeOffset.MaxValue));
    }

    public List<DisputeClaim> Disputed { get; } = [];

    public Task<IReadOnlyList<DisputeBrief>> Of(IReadOnlyCollection<string> exchangeIds, CancellationToken ct) => Task.FromResult<IReadOnlyList<DisputeBrief>>(
        [.. Disputed.Where(d => exchangeIds.Contains(d.ExchangeId)).Select(d => new DisputeBrief(d.ExchangeId, d.Field, W("异议处理中"), true, "2026-12-07"))]);

    public Task<Result<Done>> Raise(DisputeClaim claim, CancellationToken ct)
    {
        Disputed.Add(claim);
        return Task.FromResult<Result<Done>>(Done.It);
    }

    public Task<IReadOnlyList<HeldCertificate>> HeldBy(string subjectKey, string? certificateType, CancellationToken ct) => Task.FromResult<IReadOnlyList<HeldCertificate>>(Held);

    public List<HeldCertificate> Held { get; } = [];

    public Task<Result<CertificateCheck>> Check(string token, CancellationToken ct) => throw new NotSupportedException();

    public Func<IReadOnlyDictionary<string, object?>, Result<RuleOutcome>> Ruling { get; set; } = _ => Error.NotFound("rule.not-published", "", "");

    public Task<Result<RuleOutcome>> Decide(string ruleId, IReadOnlyDictionary<string, object?> inputs, DateOnly at, CancellationToken ct) => Task.FromResult(Ruling(inputs));

    Words ICodedValues.Of(string resource, string field, string value) => new(value, value);

    public Department? Find(string code) => null;

    public IReadOnlyList<Department> Of(string division) => [];

    public string Name(string division) => division == "340100" ? "安徽省合肥市" : division;

    public IReadOnlyList<Place> Children(string division) => division.Length == 0 ? [new Place("340100", "合肥市", "", "prefecture")] : [];

    Place? IPlaces.Find(string division) => division == "340100" ? new Place(division, "合肥市", "", "prefecture") : null;

    public List<AccessRecord> Reads { get; } = [];

    public Task Record(AccessRecord record, CancellationToken ct)
    {
        Reads.Add(record);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<NoticeBrief>> OfCase(string caseNumber, CancellationToken ct) => Task.FromResult<IReadOnlyList<NoticeBrief>>([]);

    public NoticeText Preview(NoticeKind kind, CaseFacts facts, NoticeDetails details) => new(W($"文书 {kind}"), W("正文"));

    /// <summary>Effects that the department's own system refuses, with the reason.</summary>
    public Dictionary<string, string> Refusing { get; } = [];

    public List<EffectDue> Effects { get; } = [];

    public List<CaseDecided> Decisions { get; } = [];
}

/// <summary>Registry's stand-in.</summary>
sealed class ApplyEffects(OtherRooms rooms, Outbox outbox, NodeDb db) : IHandle<EffectDue>
{
    public async Task Handle(EffectDue e, EventContext context, CancellationToken ct)
    {
        rooms.Effects.Add(e);
        var refused = rooms.Refusing.GetValueOrDefault(e.Effect);
        outbox.Publish(new EffectApplied(e.CaseNumber, e.StepId, e.Effect, refused is null, refused ?? "", new Dictionary<string, string> { ["months"] = "120" }, 1));
        await db.SaveChangesAsync(ct);
    }
}

/// <summary>Certificates' stand-in.</summary>
sealed class IssueCertificates(OtherRooms rooms, Outbox outbox, NodeDb db, NodeIdentity node) : IHandle<CaseDecided>
{
    public async Task Handle(CaseDecided e, EventContext context, CancellationToken ct)
    {
        rooms.Decisions.Add(e);
        if (!e.Approved || e.Result is null)
            return;
        var issued = new CertificateIssued("cert-" + e.Case.Number, e.Result.CertificateType, e.Result.Name, node.Id, e.Case.Number, e.Case.FilingId, e.Case.Applicant.CitizenId, "2026-11-23", null, "token", 1);
        outbox.Publish(issued);
        if (e.Case.FilingNode != node.Id)
            outbox.PublishTo(e.Case.FilingNode, issued, "certificate:" + issued.CertificateId, 1);
        await db.SaveChangesAsync(ct);
    }
}
