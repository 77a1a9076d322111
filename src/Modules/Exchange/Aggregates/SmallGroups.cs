using System.Security.Cryptography;
using System.Text;
using Tongban.Contracts.Exchange;

namespace Tongban.Exchange;

/// <summary>
/// Which groups of an aggregate may be seen. The groups form a tree, each the sum of those below it. Of the groups below one that is seen, those
/// smaller than the least size are hidden, and with them so many others that what is left between the whole and the seen ones is at least two
/// groups and more than their least: neither a small group nor its size can be told from it. Below a hidden group nothing is seen. It depends on the data and the size alone, never on the
/// question: whatever is asked, and however often, comes out of this one set (docs/exchange.md, "Aggregates", with what that guarantees).
/// </summary>
static class SmallGroups
{
    /// <param name="Key">Values of the first dimensions, as many as the level has.</param>
    public sealed record Group(string[] Key, long Count, decimal[] Measures);

    /// <param name="Seen">The groups of the level that may be seen, by their keys.</param>
    public sealed record Table(IReadOnlyList<Group> Seen, GroupsWithheld Withheld);

    /// <param name="finest">Groups with at least <paramref name="depth"/> dimensions; several of one key are added up.</param>
    /// <param name="always">From this level on sums are seen.</param>
    /// <param name="least">The provider's least size, below which nobody gets anything.</param>
    /// <param name="agreed">Of this agreement; not below <paramref name="least"/>.</param>
    public static Table Publish(IEnumerable<Group> finest, int always, int depth, int least, int agreed)
    {
        var level = Sum(finest.Where(g => g.Count > 0), depth);
        var levels = new List<Dictionary<string, Group>> { level };
        for (var d = depth - 1; d >= always; d--)
            levels.Insert(0, level = Sum(level.Values, d));
        var hidden = levels[0].Values.Count(g => g.Count < agreed);
        var seen = levels[0].Values.Where(g => g.Count >= agreed).ToList();
        foreach (var below in levels.Skip(1))
        {
            var parents = seen.Select(g => Name(g.Key)).ToHashSet(StringComparer.Ordinal);
            seen = [];
            foreach (var family in below.Values.GroupBy(g => Name(g.Key[..^1]), StringComparer.Ordinal).Where(f => parents.Contains(f.Key)))
            {
                List<Group> children = [.. family];
                var kept = Hide(children, least, agreed);
                hidden += kept.Count(h => h);
                seen.AddRange(children.Where((_, i) => !kept[i]));
            }
        }
        // An exact number up to the size of a remainder would tell that each group in it is one: it ends below that.
        return new(
            [.. seen.OrderBy(g => Name(g.Key), StringComparer.Ordinal)],
            new GroupsWithheld(Math.Min(hidden, least - 1), hidden >= least - 1));
    }

    /// <summary>
    /// What is hidden at a larger size holds all that is hidden at a smaller one, so that two agreements of different size together show no more
    /// than the smaller one's. The others that are hidden too are taken in an order that no count has a part in: their choice tells nothing.
    /// </summary>
    internal static bool[] Hide(IReadOnlyList<Group> family, int least, int agreed)
    {
        var hidden = new bool[family.Count];
        if (!family.Any(g => g.Count < agreed))
            return hidden;
        int[] bySize = [.. Enumerable.Range(0, family.Count).OrderBy(i => family[i].Count)];
        var order = new Queue<int>(Enumerable.Range(0, family.Count).OrderBy(i => Place(family[i].Key), StringComparer.Ordinal));
        var (small, many, sum) = (0, 0, 0L);
        void Take(int i)
        {
            if (hidden[i])
                return;
            hidden[i] = true;
            (many, sum) = (many + 1, sum + family[i].Count);
        }
        for (var size = least; size <= agreed && many < family.Count; size++)
        {
            while (small < bySize.Length && family[bySize[small]].Count < size)
                Take(bySize[small++]);
            // One at least is no small group, and together they are more than the least that such groups can be: else their sum tells them.
            while (many > 0 && order.Count > 0 && (many == small || sum <= small + ((long)size * (many - small))))
                Take(order.Dequeue());
        }
        return hidden;
    }

    static Dictionary<string, Group> Sum(IEnumerable<Group> groups, int depth)
    {
        var sums = new Dictionary<string, Group>(StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var key = group.Key.Length == depth ? group.Key : group.Key[..depth];
            var name = Name(key);
            sums[name] = sums.TryGetValue(name, out var so)
                ? new(so.Key, checked(so.Count + group.Count), [.. so.Measures.Zip(group.Measures, (a, b) => a + b)])
                : new(key, group.Count, group.Measures);
        }
        return sums;
    }

    static string Name(string[] key) => string.Join('\u001f', key);

    static string Place(string[] key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Name(key))));
}
