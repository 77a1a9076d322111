using System.Globalization;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>An aggregate's rows as a question gets them: the whole table is read and small groups are hidden before anything is picked out of it.</summary>
static class ReadGroups
{
    /// <summary>Finest groups of one resource at most.</summary>
    public const int MostCells = 200_000;

    /// <summary>What the source is asked for, whatever the question is.</summary>
    public static List<string> Columns(AggregateShape shape) => [.. shape.Dimensions, shape.Count, .. shape.Measures];

    /// <summary>Conditions are the node's to apply: the source gives all of it.</summary>
    public static ResourceDefinition Whole(ResourceDefinition resource) => resource with { Parameters = [] };

    public static readonly Error TooMany = Error.Invalid("aggregate.too-many", $"汇总表超过 {MostCells} 组", $"The aggregate has more than {MostCells} groups", "resource", "请提供部门把维度放粗", "The department has to take coarser dimensions");

    /// <param name="rows">The whole table, in the order of <see cref="Columns"/>.</param>
    /// <param name="least">The provider's least size.</param>
    /// <param name="agreed">The agreement's; not below it.</param>
    public static Result<Found> Answer(ResourceDefinition resource, IReadOnlyList<string?[]> rows, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, int least, int agreed)
    {
        var shape = resource.Aggregate!;
        var depth = shape.DepthOf(fields);
        if (!depth.Ok)
            return depth.Error;
        // A condition on what is not in the answer would be a question about another level.
        if (parameters.FirstOrDefault(p => p.Value.Length > 0 && !shape.Dimensions.Take(depth.Value).Contains(p.Key)).Key is { } odd)
            return Error.Invalid("aggregate.condition", $"条件 {odd} 不在所选维度之内", $"The parameter {odd} is not among the chosen dimensions", odd, "请同时选取这个维度", "Choose that dimension as well");
        var cells = new List<SmallGroups.Group>(rows.Count);
        foreach (var row in rows)
        {
            var cell = Cell(shape, row);
            if (!cell.Ok)
                return cell.Error;
            cells.Add(cell.Value);
        }
        var table = SmallGroups.Publish(cells, shape.Always, depth.Value, least, Math.Max(least, agreed));
        var picked = table.Seen.Where(g => Enumerable.Range(0, depth.Value).All(d => !parameters.TryGetValue(shape.Dimensions[d], out var wanted) || wanted.Length == 0 || g.Key[d] == wanted));
        return new Found([.. picked.Select(g => fields.Select(f => Value(shape, g, f)).ToArray())], table.Withheld);
    }

    static Result<SmallGroups.Group> Cell(AggregateShape shape, string?[] row)
    {
        var key = new string[shape.Dimensions.Count];
        for (var d = 0; d < key.Length; d++)
        {
            if (row[d] is not { Length: > 0 } name || name.Contains('\u001f', StringComparison.Ordinal))
                return Sources.Drift(shape.Dimensions[d], "没有值", "has no value");
            key[d] = name;
        }
        if (!long.TryParse(row[key.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > Largest)
            return Sources.Drift(shape.Count, "不是人数", "is no count");
        var measures = new decimal[shape.Measures.Count];
        for (var m = 0; m < measures.Length; m++)
        {
            if (!long.TryParse(row[key.Length + 1 + m] ?? "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var measure))
                return Sources.Drift(shape.Measures[m], "不是整数", "is no whole number");
            measures[m] = measure;
        }
        return new SmallGroups.Group(key, count, measures);
    }

    /// <summary>So many of them fit in a sum.</summary>
    const long Largest = long.MaxValue / MostCells;

    static string? Value(AggregateShape shape, SmallGroups.Group group, string field)
    {
        for (var d = 0; d < group.Key.Length; d++)
        {
            if (shape.Dimensions[d] == field)
                return group.Key[d];
        }
        if (field == shape.Count)
            return group.Count.ToString(CultureInfo.InvariantCulture);
        for (var m = 0; m < shape.Measures.Count; m++)
        {
            if (shape.Measures[m] == field)
                return group.Measures[m].ToString(CultureInfo.InvariantCulture);
        }
        return null;
    }
}
