using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>What this node offers of a resource to whichever member asks, before anything is negotiated.</summary>
static class StandingOffer
{
    /// <summary>Queries a day; more must be agreed.</summary>
    const long QuotaPerDay = 10_000;

    /// <summary>How long an agreement holds that names no end.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(365);

    const string Dataset = DspMessage.Ours + "resource:";

    public static string DatasetId(string resource) => Dataset + resource;

    public static string? ResourceOf(string? dataset) => dataset?.StartsWith(Dataset, StringComparison.Ordinal) == true ? dataset[Dataset.Length..] : null;

    public static string OfferId(AgreementTerms terms) => $"{DspMessage.Ours}offer:{terms.Resource}:{terms.ResourceVersion}";

    /// <summary>Of terms that were put together for one negotiation.</summary>
    public static string NewId() => $"{DspMessage.Ours}offer:{Guid.CreateVersion7():N}";

    /// <summary>A resource that is not shared is not offered.</summary>
    public static bool IsOffered(OwnResource resource) => resource.Definition.Sharing != NotShared;

    public static bool IsOffered(ResourceOffer resource) => resource.Sharing != NotShared;

    const string NotShared = "refused";

    /// <summary>A resource that is shared without condition is agreed on without a steward.</summary>
    public static bool IsUnconditional(OwnResource resource) => resource.Definition.Sharing == "unconditional";

    public static readonly AgreementBasis ByConsent = new(AgreementBasis.Consent, new Words("当事人授权同意（个人信息保护法第十三条第一款第一项）", "The person's consent (Personal Information Protection Law, art. 13.1(1))"));

    public static readonly AgreementBasis ByLaw = new(AgreementBasis.Legal, new Words("政务数据共享条例：履行职责所必需", "Regulations on government data sharing: needed for a duty"));

    /// <summary>To a company or organisation: no law names what it may have, so nothing about a person is offered.</summary>
    public static readonly AgreementBasis WithoutPersons = new(AgreementBasis.Legal, new Words("公共数据授权使用约定，不含个人信息", "Agreed use of public data; nothing about a person"));

    public static AgreementTerms Terms(OwnResource resource, string provider, string consumer, ExchangeOptions options) =>
        Of(OwnResources.Offer(resource, options), provider, consumer);

    /// <summary>The same, as another node's catalogue shows it.</summary>
    public static AgreementTerms Of(ResourceOffer resource, string provider, string consumer) =>
        new("", provider, consumer, resource.Code, resource.Version, [.. Open(resource, consumer)], ["*"], resource.Aggregate is null, BasisOf(resource, consumer), 0, 0, QuotaPerDay, LeastGroup: resource.Aggregate?.LeastGroup,
            UseClass: consumer.Length > 0 && !NodeIds.IsGovernment(consumer) ? UseClass.Industry : null);

    static IEnumerable<string> Open(ResourceOffer resource, string consumer) =>
        resource.Fields.Where(f => consumer.Length == 0 || NodeIds.IsGovernment(consumer) || !(f.Personal || ResourceParameter.NamesPerson(resource.Parameters))).Select(f => f.Name);

    static AgreementBasis BasisOf(ResourceOffer resource, string consumer) =>
        consumer.Length > 0 && !NodeIds.IsGovernment(consumer) ? WithoutPersons
        : resource.Aggregate is null && resource.Fields.Any(f => f.Personal) ? ByConsent : ByLaw;

    /// <summary>Whether what is asked for goes nowhere beyond what is offered.</summary>
    public static bool Covers(AgreementTerms offered, AgreementTerms asked) =>
        asked.Fields.All(offered.Fields.Contains)
        && (offered.Purposes.Contains("*") || asked.Purposes.All(offered.Purposes.Contains))
        && (asked.CaseRequired || !offered.CaseRequired)
        && asked.Basis.Kind == offered.Basis.Kind
        && (asked.Related is null || asked.Related == offered.Related)
        && asked.QuotaPerDay <= offered.QuotaPerDay
        && Bounded(asked.RatePerMinute, offered.RatePerMinute)
        && Bounded(asked.RetentionDays, offered.RetentionDays)
        && (asked.NoOnwardUse || !offered.NoOnwardUse)
        && (offered.Place is null || (asked.Place is not null && Divisions.Contains(offered.Place, asked.Place)))
        && (offered.LeastGroup is null || asked.LeastGroup >= offered.LeastGroup)
        && asked.Plan == offered.Plan
        && asked.UseClass == offered.UseClass
        && (!asked.Processing || offered.Processing)
        && (!asked.Subscription || offered.Subscription)
        && (!asked.Bulk || offered.Bulk)
        && asked.ValidFrom >= offered.ValidFrom
        && (offered.ValidUntil == 0 ? asked.ValidUntil - asked.ValidFrom <= (long)Life.TotalMilliseconds || asked.ValidFrom == 0 && asked.ValidUntil == 0 : asked.ValidUntil > 0 && asked.ValidUntil <= offered.ValidUntil);

    static bool Bounded(long? asked, long? offered) => offered is null || asked <= offered;
}
