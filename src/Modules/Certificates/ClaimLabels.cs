using Tongban.Kernel;

namespace Tongban.Certificates;

/// <summary>Words for the claims certificates of the region carry; an unknown one is shown under its own name.</summary>
static class ClaimLabels
{
    static readonly Dictionary<string, Words> Known = new(StringComparer.Ordinal)
    {
        ["holder"] = new("姓名", "Name"),
        ["citizenId"] = new("公民身份号码", "Citizen id"),
        ["insuredAt"] = new("参保地", "Insured at"),
        ["treatedAt"] = new("就医地", "Treated at"),
        ["kind"] = new("类型", "Kind"),
        ["number"] = new("编号", "Number"),
        ["from"] = new("开始日期", "From"),
        ["until"] = new("截止日期", "Until"),
        ["movedFrom"] = new("迁出地", "Moved from"),
        ["movedTo"] = new("迁入地", "Moved to"),
        ["household"] = new("户号", "Household"),
        ["months"] = new("转移缴费月数", "Months transferred"),
        ["amount"] = new("金额", "Amount"),
        ["account"] = new("账户", "Account"),
    };

    public static Words Of(string name) => Known.GetValueOrDefault(name) ?? new Words(name, name);
}
