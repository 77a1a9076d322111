using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// What a company or organisation may not have under an agreement, whoever signed it. Looked at when an agreement is made and again on every
/// query. As providers they are bound like governments; the doors that stay shut to them are <see cref="OpenToSociety"/>.
/// </summary>
static class MemberLimits
{
    /// <summary>Null when the consumer may have it.</summary>
    public static Error? Refuses(AgreementTerms terms, ResourceDefinition resource)
    {
        if (NodeIds.IsGovernment(terms.Consumer))
            return null;
        // Nobody signs in at a company's node: it has no consent to attest.
        if (terms.Basis.IsConsent)
            return Refusal("member.no-consent", "企业和社会组织不能以当事人同意为依据查询", "A company or organisation cannot ask on a person's consent", "basis");
        if (terms.Related is not null)
            return Refusal("member.no-related", "企业和社会组织不能查询相关人员", "A company or organisation cannot ask about related persons", "related");
        // A list of people is as personal as a question about one; and of somebody who is named, whatever is answered tells something.
        if (resource.Aggregate is null && (resource.NamesPerson || resource.Fields.Any(f => f.Personal && terms.Fields.Contains(f.Name))))
        {
            if (Usual.Contains(terms.Basis.Text.Zh))
                return Refusal("member.personal-needs-law", "企业和社会组织取得个人信息须写明具体法律条文", "A company or organisation gets personal data only where the law is named that says so", "basisText");
            if (terms.Bulk || terms.Subscription || !terms.CaseRequired)
                return Refusal("member.personal-one-by-one", "企业和社会组织只能就具体事项逐次查询个人信息，不能订阅或批量取数", "A company or organisation gets personal data one query at a time, each for a case; neither by subscription nor in bulk", "bulk");
        }
        return null;
    }

    /// <summary>What stands in agreements by default and names no law that binds a company.</summary>
    static readonly HashSet<string> Usual = [StandingOffer.ByLaw.Text.Zh, StandingOffer.ByConsent.Text.Zh, StandingOffer.WithoutPersons.Text.Zh];

    static Error Refusal(string code, string zh, string en, string where) => new(ErrorKind.Forbidden, code, zh, en, where, "请与提供方另行商定", "Agree other terms with the provider");
}

/// <summary>Marks a route of other nodes that companies and organisations may call too. Every other is for governments and the hub.</summary>
sealed class OpenToSociety
{
    public static readonly OpenToSociety Too = new();

    public static readonly Error No = Error.Forbidden("peer.class", "这个接口只供政府节点和枢纽使用", "This door is for governments and the hub only");
}
