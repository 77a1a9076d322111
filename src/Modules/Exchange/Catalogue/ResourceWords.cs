using Tongban.Kernel;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The catalogue's codes in words.</summary>
static class ResourceWords
{
    public static Words Of(string? code) => code switch
    {
        "unconditional" => new("无条件共享", "Unconditional"),
        "conditional" => new("有条件", "Conditional"),
        "refused" => new("不予共享", "Not shared"),
        "realtime" => new("实时", "Real time"),
        "daily" => new("每日", "Daily"),
        "weekly" => new("每周", "Weekly"),
        "monthly" => new("每月", "Monthly"),
        "quarterly" => new("每季", "Quarterly"),
        "yearly" => new("每年", "Yearly"),
        "platform" => new("共享平台", "This exchange"),
        "mail" => new("邮件", "E-mail"),
        "disk" => new("拷盘", "A copied disk"),
        "media" => new("介质交换", "Other media"),
        "none" => new("不开放", "Not open"),
        "open" => new("开放", "Open"),
        "person" => new("自然人", "Persons"),
        "enterprise" => new("企业", "Enterprises"),
        "other" => new("其他", "Other"),
        "one" => new("至多一条", "One row at most"),
        "many" => new("任意条", "Any number of rows"),
        "Draft" => new("草稿", "Draft"),
        "Published" => new("已发布", "Published"),
        "Withdrawn" => new("已停止", "Withdrawn"),
        _ => new(code ?? "", code ?? ""),
    };

    public static IReadOnlyList<Choice> Choices(IEnumerable<string> codes, Func<Words, string> say) => [.. codes.Select(c => new Choice(c, say(Of(c))))];
}
