using System.Globalization;
using Tongban.Contracts.Notices;

namespace Tongban.Notices;

/// <summary>Where anyone may read the rule that decided: the deciding node's public register.</summary>
static class RuleAddress
{
    /// <param name="rule">As a decision names it: <c>offsite-medical-decide v1</c>.</param>
    public static string? Of(string nodeUrl, string? rule)
    {
        if (rule is null)
            return null;
        var space = rule.LastIndexOf(" v", StringComparison.Ordinal);
        return space > 0 && int.TryParse(rule[(space + 2)..], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? string.Create(CultureInfo.InvariantCulture, $"{nodeUrl}/rules/{Uri.EscapeDataString(rule[..space])}?version={version}")
            : $"{nodeUrl}/rules/{Uri.EscapeDataString(rule)}";
    }

    /// <summary>A page links only to the node that sent the notice, whatever the notice says.</summary>
    public static NoticeText OnlyOf(this NoticeText text, string? senderUrl) =>
        text.RuleUrl is { } url && (senderUrl is null || !url.StartsWith(senderUrl + "/rules/", StringComparison.Ordinal)) ? text with { RuleUrl = null } : text;
}
