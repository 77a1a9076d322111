using Tongban.Contracts.Items;
using Tongban.Kernel;

namespace Tongban.Items.Catalogue;

/// <summary>Code lists of an implementation list entry, in words.</summary>
static class ItemTerms
{
    public static readonly IReadOnlyDictionary<string, Words> Types = new Dictionary<string, Words>
    {
        ["01"] = new("行政许可", "Permit"),
        ["04"] = new("行政征收", "Levy"),
        ["05"] = new("行政给付", "Benefit"),
        ["07"] = new("行政确认", "Confirmation"),
        ["08"] = new("行政奖励", "Award"),
        ["09"] = new("行政裁决", "Ruling"),
        ["10"] = new("其他行政权力", "Other administrative power"),
        ["20"] = new("公共服务", "Public service"),
    };

    public static readonly IReadOnlyDictionary<int, Words> Served = new Dictionary<int, Words>
    {
        [1] = new("自然人", "Natural persons"),
        [2] = new("企业法人", "Enterprises"),
        [3] = new("事业法人", "Public institutions"),
        [4] = new("社会组织法人", "Social organisations"),
        [5] = new("非法人企业", "Unincorporated enterprises"),
        [6] = new("行政机关", "Agencies"),
        [7] = new("其他组织", "Other organisations"),
    };

    public static readonly IReadOnlyDictionary<int, Words> Forms = new Dictionary<int, Words>
    {
        [1] = new("窗口办理", "At a window"),
        [2] = new("网上办理", "Online"),
        [3] = new("快递申请", "By courier"),
    };

    public static readonly IReadOnlyDictionary<string, Words> Levels = new Dictionary<string, Words>
    {
        ["province"] = new("省级", "province"),
        ["city"] = new("市级", "city"),
        ["county"] = new("县（区）级", "county"),
        ["town"] = new("乡镇（街道）", "town"),
        ["village"] = new("村（社区）", "village"),
    };

    /// <summary>Depth of online handling, as the national list grades it.</summary>
    public static readonly IReadOnlyDictionary<string, Words> Depths = new Dictionary<string, Words>
    {
        ["I"] = new("网上咨询（Ⅰ级）", "Information online (I)"),
        ["II"] = new("网上预审（Ⅱ级）", "Checked online beforehand (II)"),
        ["III"] = new("网上受理（Ⅲ级）", "Filed online (III)"),
        ["IV"] = new("全程网办（Ⅳ级）", "Online from end to end (IV)"),
    };

    public static Words Type(string code) => Types.TryGetValue(code, out var words) ? words : new Words(code, code);

    public static Words CaseKind(int kind) => kind == 1 ? new("即办件", "Decided on the spot") : new("承诺件", "Decided within a promised time");

    public static Words Mode(HandlingMode mode) => mode switch
    {
        HandlingMode.Online => new("全程网办", "Online from end to end"),
        HandlingMode.CollectedElsewhere => new("异地代收代办", "Taken in here, decided there"),
        HandlingMode.JointPlaces => new("多地联办", "Several places together"),
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };

    /// <summary>What the mode means to the person, in a sentence.</summary>
    public static Words ModeMeans(HandlingMode mode) => mode switch
    {
        HandlingMode.Online => new("全程在网上办，不用去窗口，也不用回原地。", "Everything is done online; you need not go to a window or travel back."),
        HandlingMode.CollectedElsewhere => new("在您所在地提交，由办理地审核决定，结果寄送或推送给您。", "Hand it in where you are; the deciding place examines it and sends you the result."),
        HandlingMode.JointPlaces => new("您只申请一次，几个地方的部门协同办理。", "You apply once; departments of several places work on it together."),
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };
}
