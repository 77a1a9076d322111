using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>What a provider agrees to with nobody, whatever is on the table: looked at when terms come, when its steward decides, and when it signs.</summary>
static class ProviderTerms
{
    /// <summary>Null when it may agree.</summary>
    public static Error? Refuses(AgreementTerms terms, OwnResource resource, IReadOnlyList<DataRight> rights, ExchangeOptions options, long now)
    {
        if (MemberLimits.Refuses(terms, resource.Definition) is { } limit)
            return limit;
        if ((UseClass.Refuses(terms) ?? DataRights.Refuses(terms, rights, now)) is { } right)
            return right;
        if (resource.Definition.Aggregate is { } shape)
        {
            if (terms.LeastGroup < Sources.LeastGroup(shape, options))
                return Wrong("aggregate.least", $"最小组不能小于 {Sources.LeastGroup(shape, options)}", $"The least group is not below {Sources.LeastGroup(shape, options)}", "leastGroup");
            if (shape.DepthOf(terms.Fields).Error is { } level)
                return level;
        }
        else if (terms.LeastGroup is not null)
        {
            return Wrong("aggregate.none", "这项资源不是汇总数据，没有最小组", "This resource gives no counts of groups, so there is no least group", "leastGroup");
        }
        return null;
    }

    static Error Wrong(string code, string zh, string en, string where) => Error.Invalid(code, zh, en, where, "改正后重新提交", "Correct it and submit again");
}
