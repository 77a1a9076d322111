using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>Says that a resource gives counts of groups and no records. Its source gives the finest groups; what is asked for is added up here.</summary>
/// <param name="Dimensions">Fields that name a group, the widest first. A question names the first so many of them: no other roll-up is there.</param>
/// <param name="Count">Field that says how many the group has; each is counted in one finest group only.</param>
/// <param name="Measures">Whole numbers that are added up with it.</param>
/// <param name="Always">So many of the first dimensions are in every question: over them nothing is added up (a month, where the same people come every month).</param>
/// <param name="LeastGroup">Smallest group that leaves; null is what the node is set to. An agreement may raise it.</param>
sealed record AggregateShape(IReadOnlyList<string> Dimensions, string Count, IReadOnlyList<string> Measures, int Always, int? LeastGroup)
{
    /// <summary>With less, whoever knows the rule could work a withheld group out (docs/exchange.md).</summary>
    public const int LeastAllowed = 3;

    /// <summary>Of a larger one nobody has asked, and each size up to it is gone through.</summary>
    public const int MostAllowed = 1_000;

    /// <summary>How many dimensions a question with these fields names; an error where they are not the first ones.</summary>
    public Result<int> DepthOf(IReadOnlyList<string> fields)
    {
        var depth = Dimensions.Count(fields.Contains);
        if (depth < Always || !Dimensions.Take(depth).All(fields.Contains))
        {
            var (first, always) = (string.Join('、', Dimensions), string.Join('、', Dimensions.Take(Always)));
            return Error.Invalid("aggregate.level", $"汇总数据只能按 {first} 的顺序从头选取维度{(Always > 0 ? $"，且必须包含 {always}" : "")}",
                $"Dimensions of an aggregate are taken from the first on: {string.Join(", ", Dimensions)}{(Always > 0 ? $"; always with {string.Join(", ", Dimensions.Take(Always))}" : "")}", "fields", "请调整所选字段", "Choose other fields");
        }
        return depth;
    }
}
