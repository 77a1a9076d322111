using Tongban.Kernel;
using Tongban.Web;

namespace Tongban.Exchange;

static class MeteringWords
{
    public static Tone ToneOf(MeteringPage.Compared? state) => state switch
    {
        null or { At: 0 } => Tone.Neutral,
        { Open: > 0 } => Tone.Danger,
        { Explained: > 0 } => Tone.Warn,
        _ => Tone.Done,
    };

    public static Words Said(MeteringPage.Compared? state) => state switch
    {
        null => new("尚未核对", "Not compared yet"),
        { At: 0, Trouble: { } trouble } => Trouble(trouble),
        { At: 0 } => new("尚未核对", "Not compared yet"),
        { Open: > 0 and var open } => new($"{open} 笔不一致", $"{open} differ{(open == 1 ? "s" : "")}"),
        { Explained: > 0 and var explained } => new($"{explained} 笔不计费", $"{explained} not billed"),
        _ => new("一一对应", "One to one"),
    };

    public static Words Trouble(string code) => code == "peer.unreachable" ? new("对方联系不上", "The other side cannot be reached") : new("未能核对", "Could not be compared");

    public static Words Said(MeteringDifference kind) => kind switch
    {
        MeteringDifference.Amount => new("双方数量不同", "Other amounts"),
        MeteringDifference.Unconfirmed => new("使用方未收到，不计费", "Not received, not billed"),
        MeteringDifference.ConsumerHasNone => new("使用方确认过，现在没有", "Confirmed once, now missing at the consumer"),
        MeteringDifference.ProviderHasNone => new("提供方没有这次交换", "The provider knows nothing of it"),
        MeteringDifference.ProviderMissesRecord => new("提供方日志有，计量缺失", "In the provider's log, not in its metering"),
        MeteringDifference.ConsumerMissesRecord => new("使用方日志有，计量缺失", "In the consumer's log, not in its metering"),
        MeteringDifference.ProviderNotAsLogged => new("提供方计量与其日志不符", "The provider's record is not as its log states"),
        MeteringDifference.ConsumerNotAsLogged => new("使用方计量与其日志不符", "The consumer's record is not as its log states"),
        MeteringDifference.ProviderWithoutLeaf => new("提供方计量没有对应的交换", "A record of the provider without an exchange"),
        MeteringDifference.ConsumerWithoutLeaf => new("使用方计量没有对应的交换", "A record of the consumer without an exchange"),
        _ => new("提供方丢失的日志中，不计费", "Lost with the provider's log, not billed"),
    };
}
