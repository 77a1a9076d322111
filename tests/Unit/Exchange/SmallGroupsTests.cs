using Tongban.Exchange;
using Xunit;
using Group = Tongban.Exchange.SmallGroups.Group;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>docs/exchange.md, "Aggregates": what leaves, and what can be worked out from it.</summary>
public sealed class SmallGroupsTests
{
    static Group Of(string key, long count) => new(key.Split('/'), count, [count * 3]);

    static List<string> Seen(IEnumerable<Group> cells, int always, int depth, int least, int? agreed = null) =>
        [.. SmallGroups.Publish(cells, always, depth, least, agreed ?? least).Seen.Select(g => $"{string.Join('/', g.Key)}={g.Count}")];

    [Fact]
    public void A_small_group_takes_another_with_it_so_that_the_total_does_not_tell_it()
    {
        Group[] cells = [Of("m/a", 4), Of("m/b", 60), Of("m/c", 70), Of("m/d", 80)];

        Assert.Equal(["m=214"], Seen(cells, 1, 1, 10));
        var below = SmallGroups.Publish(cells, 1, 2, 10, 10);
        Assert.Equal(2, below.Seen.Count);
        Assert.All(below.Seen, g => Assert.NotEqual("a", g.Key[1]));
        Assert.Equal((2, false), (below.Withheld.Groups, below.Withheld.OrMore));
        // What is added up goes with the count.
        Assert.All(below.Seen, g => Assert.Equal(g.Count * 3, g.Measures[0]));
    }

    [Fact]
    public void Below_a_hidden_group_nothing_is_seen_and_an_empty_group_is_no_group()
    {
        Group[] cells = [Of("a/x/1", 5), Of("a/y/1", 40), Of("a/z/1", 50), Of("a/z/2", 0), Of("b/x/1", 3)];

        // Over the first dimension nothing is added up: a group of it that is too small is simply not there.
        Assert.Equal(["a=95"], Seen(cells, 1, 1, 10));
        // Of the two that are large enough one goes with the small one; what the other consists of is seen.
        var second = Assert.Single(Seen(cells, 1, 2, 10));
        Assert.StartsWith(second[..second.IndexOf('=', StringComparison.Ordinal)], Assert.Single(Seen(cells, 1, 3, 10)), StringComparison.Ordinal);
        Assert.Empty(Seen([Of("a", 9)], 0, 0, 10));
    }

    /// <summary>All questions, at every level and under two sizes, of random tables.</summary>
    [Fact]
    public void No_sum_or_difference_of_what_left_is_a_hidden_group_or_one_that_is_too_small()
    {
        var random = new Random(5);
        for (var round = 0; round < 600; round++)
        {
            var (least, depth, always) = (random.Next(3, 9), random.Next(1, 4), random.Next(0, 2));
            var agreed = least + random.Next(0, 12);
            var cells = Cells(random, depth, random.Next(2, 4), random.Next(4, 30));
            var left = new List<Group>();
            for (var d = always; d <= depth; d++)
            {
                foreach (var size in new[] { least, agreed })
                {
                    var table = SmallGroups.Publish(cells, always, d, least, size);
                    Assert.All(table.Seen, g => Assert.True(g.Count >= size, $"round {round}: {g.Count} under {size}"));
                    left.AddRange(table.Seen);
                }
            }
            // Whatever is seen under the larger size is seen under the smaller one.
            for (var d = always; d <= depth; d++)
                Assert.Subset(Seen(cells, always, d, least).ToHashSet(), Seen(cells, always, d, least, agreed).ToHashSet());
            var span = Span.Of(left.Select(g => Cover(cells, g.Key)), cells.Count);
            var seen = left.Select(g => string.Join('/', g.Key)).ToHashSet();
            foreach (var group in Enumerable.Range(always, depth - always + 1).SelectMany(d => cells.Select(c => c.Key[..d])).DistinctBy(k => string.Join('/', k)))
                Assert.True(seen.Contains(string.Join('/', group)) || !span.Holds(Cover(cells, group)), $"round {round}: {string.Join('/', group)} can be worked out");
            // Nor any other part of the people: what sums and differences tell apart are the atoms, each large enough.
            foreach (var atom in Atoms(left, cells))
                Assert.True(atom == 0 || atom >= least, $"round {round}: a remainder of {atom} under {least}");
        }
    }

    /// <summary>
    /// Beyond sums and differences: somebody who knows the rule, the names of all groups there may be, and all that was answered under one
    /// agreement, still finds at least two possible values for every one that was not given. All families of up to four groups are tried.
    /// </summary>
    [Theory]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(5, 5)]
    [InlineData(3, 5)]
    [InlineData(4, 6)]
    public void Whoever_knows_the_rule_still_finds_two_values_for_every_hidden_group(int least, int agreed)
    {
        for (var many = 2; many <= 4; many++)
        {
            // Sizes beyond twice the least behave alike; totals are known, so each is enumerated whole.
            var most = (2 * agreed) + 4;
            var views = new Dictionary<string, (HashSet<string> Seen, List<int[]> Of)>();
            foreach (var counts in Families(many, most).Where(c => c.Sum() >= agreed))
            {
                var table = SmallGroups.Publish(counts.Select((c, i) => Of(Letter(i), c)), 0, 1, least, agreed);
                var view = $"{counts.Sum()}:{string.Join(',', table.Seen.Select(g => $"{g.Key[0]}={g.Count}"))}:{table.Withheld}";
                if (!views.TryGetValue(view, out var known))
                    views[view] = known = (table.Seen.Select(g => g.Key[0]).ToHashSet(), []);
                known.Of.Add(counts);
            }
            foreach (var (view, (seen, of)) in views)
            {
                for (var i = 0; i < many; i++)
                    Assert.True(seen.Contains(Letter(i)) || of.TrueForAll(c => c[i] == 0) || of.Select(c => c[i]).Distinct().Count() > 1, $"{view} tells {Letter(i)} = {of[0][i]}");
            }
        }
    }

    static string Letter(int i) => ((char)('a' + i)).ToString();

    [Fact]
    public void How_many_were_withheld_is_told_exactly_only_while_that_tells_nothing()
    {
        // Ten groups of one each: their number beside their sum would tell every one of them.
        List<Group> cells = [.. Enumerable.Range(0, 10).Select(i => Of($"m/{i}", 1)), Of("m/y", 90), Of("m/z", 90)];
        var table = SmallGroups.Publish(cells, 1, 2, 10, 10);

        Assert.Equal(90, Assert.Single(table.Seen).Count);
        Assert.Equal((9, true), (table.Withheld.Groups, table.Withheld.OrMore));
    }

    static IEnumerable<int[]> Families(int many, int most)
    {
        if (many == 0)
            return [[]];
        return Families(many - 1, most).SelectMany(f => Enumerable.Range(0, most - f.Sum() + 1).Select(c => (int[])[.. f, c]));
    }

    static List<Group> Cells(Random random, int depth, int wide, int most)
    {
        var cells = new List<Group>();
        void Fill(string[] key)
        {
            if (key.Length == depth)
            {
                if (random.Next(5) > 0)
                    cells.Add(new Group(key, random.Next(1, most), []));
                return;
            }
            for (var i = 0; i < wide; i++)
                Fill([.. key, ((char)('a' + i)).ToString()]);
        }
        Fill([]);
        return cells;
    }

    /// <summary>Which finest groups a group is made of.</summary>
    static long[] Cover(List<Group> cells, string[] key) => [.. cells.Select(c => key.SequenceEqual(c.Key[..key.Length]) ? 1L : 0L)];

    static IEnumerable<long> Atoms(List<Group> left, List<Group> cells)
    {
        var keys = left.Select(g => string.Join('/', g.Key)).Distinct().ToList();
        return cells.GroupBy(c => string.Join(' ', keys.Where(k => k.Length == 0 || (string.Join('/', c.Key) + "/").StartsWith(k + "/", StringComparison.Ordinal))))
            .Where(g => g.Key.Length > 0 || keys.Contains("")).Select(g => g.Sum(c => c.Count));
    }

    /// <summary>Everything that can be got by adding and subtracting some vectors, as multiples: elimination modulo a large prime.</summary>
    sealed class Span
    {
        const long Prime = 1_000_000_007;

        readonly List<long[]> rows = [];

        public static Span Of(IEnumerable<long[]> vectors, int width)
        {
            var span = new Span();
            foreach (var vector in vectors)
            {
                var rest = span.Reduce([.. vector]);
                if (Array.FindIndex(rest, v => v != 0) is >= 0 and var at)
                {
                    var inverse = Power(rest[at], Prime - 2);
                    span.rows.Add([.. rest.Select(v => v * inverse % Prime)]);
                }
            }
            return span;
        }

        public bool Holds(long[] vector) => Array.TrueForAll(Reduce([.. vector]), v => v == 0);

        long[] Reduce(long[] vector)
        {
            foreach (var row in rows)
            {
                var factor = vector[Array.FindIndex(row, v => v != 0)];
                if (factor == 0)
                    continue;
                for (var i = 0; i < vector.Length; i++)
                    vector[i] = (((vector[i] - (factor * row[i])) % Prime) + Prime) % Prime;
            }
            return vector;
        }

        static long Power(long value, long to)
        {
            var result = 1L;
            for (value %= Prime; to > 0; to >>= 1, value = value * value % Prime)
                result = (to & 1) == 1 ? result * value % Prime : result;
            return result;
        }
    }
}
