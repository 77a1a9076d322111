using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>What of the uses of a person's data is worth a look, by fixed reasons that stand beside it. Nothing is scored.</summary>
static class UnusualUses
{
    /// <summary>More reads of one matter by one department on a day than this.</summary>
    const int OftenOnADay = 20;

    /// <summary>So many exchanges with one government within an hour.</summary>
    const int OftenInAnHour = 10;

    const long Hour = 3600_000;

    public static readonly Words Refused = new("查询被拒绝，没有提供数据", "The query was refused; no data was given");
    public static readonly Words NoMatter = new("没有注明对应的办件", "It names no matter");
    public static readonly Words NotYours = new("不属于您在这里办理的事项", "Not for a matter of yours here");
    public static readonly Words StaffAtNight = new("工作人员在非工作时间查看", "Staff read it outside working hours");
    public static readonly Words AtNight = new("在夜间查询", "Asked for at night");
    public static readonly Words First = new("第一次使用您的数据", "Used your data for the first time");
    public static readonly Words Often = new("短时间内多次使用", "Used many times in a short time");

    /// <summary>The uses with their reasons, newest first as they came.</summary>
    /// <param name="own">References of the person's own matters.</param>
    /// <param name="whole">All that there ever was is here: only then is it known who uses it for the first time.</param>
    public static IReadOnlyList<DataUse> Judge(IReadOnlyList<DataUse> uses, IReadOnlySet<string> own, bool whole)
    {
        var first = whole ? FirstOfEach(uses) : [];
        var often = new HashSet<DataUse>(uses.Where(u => u.Facts.IsExchange).GroupBy(u => u.Facts.Consumer, StringComparer.Ordinal).SelectMany(Crowded), ReferenceEqualityComparer.Instance);
        return [.. uses.Select(u => u with { Unusual = Why(u, own.Contains(u.Facts.CaseReference), first.Contains(u), often.Contains(u)) })];
    }

    static IReadOnlyList<Words> Why(DataUse use, bool isOwn, bool isFirst, bool isOften)
    {
        var facts = use.Facts;
        if (facts.IsOwnLook || use.IsMasked)
            return [];
        var why = new List<Words>();
        if (facts.Outcome == "refused")
            why.Add(Refused);
        if (facts.CaseReference.Length == 0)
            why.Add(NoMatter);
        else if (!isOwn)
            why.Add(NotYours);
        // People file when they have time: of their own matter it is only staff that is expected at work.
        if (IsNight(facts.At) && (!facts.IsExchange || !isOwn))
            why.Add(facts.IsExchange ? AtNight : StaffAtNight);
        if (isFirst && !isOwn)
            why.Add(First);
        if (isOften || use.Times > OftenOnADay)
            why.Add(Often);
        return why;
    }

    /// <summary>The first use of each government or department, where others had used the data before it.</summary>
    static HashSet<DataUse> FirstOfEach(IReadOnlyList<DataUse> uses)
    {
        var (seen, first) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<DataUse>(ReferenceEqualityComparer.Instance));
        foreach (var use in uses.Where(u => !u.Facts.IsOwnLook && !u.IsMasked).Reverse())
        {
            if (seen.Add(use.Facts.IsExchange ? use.Facts.Consumer : $"{use.Facts.Node} {use.Facts.Department}") && seen.Count > 1)
                first.Add(use);
        }
        return first;
    }

    static IEnumerable<DataUse> Crowded(IEnumerable<DataUse> ofOne)
    {
        var uses = ofOne.OrderBy(u => u.Facts.At).ToList();
        for (var i = 0; i + OftenInAnHour <= uses.Count; i++)
        {
            if (uses[i + OftenInAnHour - 1].Facts.At - uses[i].Facts.At > Hour)
                continue;
            for (var j = i; j < i + OftenInAnHour; j++)
                yield return uses[j];
        }
    }

    public static bool IsNight(long at) => LocalTime.Of(DateTimeOffset.FromUnixTimeMilliseconds(at)).Hour is < 7 or >= 21;
}
