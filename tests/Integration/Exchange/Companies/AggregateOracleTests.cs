using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Companies;

/// <summary>
/// The term <c>leastGroup</c>: random tables, agreements and questions, each answered by the node and by a plain second reading of
/// docs/exchange.md, "Aggregates", that shares no code with it. No group below the least size leaves, and out of all that left together none
/// of the hidden ones is told.
/// </summary>
public sealed class AggregateOracleTests
{
    static readonly int Questions = FuzzRun.Full ? 4_000 : 300;

    const string Counts = "civil.counts";
    static readonly string[] Dimensions = ["area", "kind", "age"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    sealed record Cell(string[] Key, long Count);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_node_and_a_plain_reading_of_the_rule_agree_on_every_question(int seed)
    {
        var random = new Random(seed);
        await using var region = await TwoNodes.Start(without: Shanghai);
        region.Clock.Stopped = region.Clock.GetUtcNow();
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var (least, always) = (random.Next(3, 9), random.Next(0, 2));
        var cells = Cells(random);
        await Publish(region, cells, always, least);
        var agreements = Enumerable.Range(0, 12).Select(i => new AgreementTerms(
            $"ag-{i}", Anhui, Shanghai, Counts, 1, [.. Dimensions.Take(random.Next(always, 4)), "people", .. random.Next(2) == 0 ? new[] { "days" } : []], ["*"], false, StandingOffer.ByLaw,
            now - 1000, now + 3600_000, 100_000, LeastGroup: random.Next(3) == 0 ? null : random.Next(3, 20))).ToList();
        Assert.True((await region.Get<AgreementBook>(Anhui).Import(agreements.Select(a => region.Sign(a, Anhui, Shanghai)), Ct)).Ok);

        var (left, answered) = (new Dictionary<string, long>(), 0);
        for (var q = 0; q < Questions; q++)
        {
            var terms = agreements[random.Next(agreements.Count)];
            List<string> fields = random.Next(3) > 0 ? [.. terms.Fields] : [.. Dimensions.Append("people").Append("days").Where(_ => random.Next(3) > 0)];
            var parameters = Dimensions.Where(_ => random.Next(4) == 0).ToDictionary(d => d, d => ((char)('a' + random.Next(4))).ToString());
            var message = new QueryMessage(1, Guid.CreateVersion7().ToString("N"), terms.Id, Counts, 1, fields, parameters, Item, "", null, null);
            var node = (await region.Get<AnswerQuery>(Anhui).Answer(Shanghai, [new AnswerQuery.Asked(message.ToJson(), null)], Ct))[0];
            var plain = Plain(cells, terms, fields, parameters, always, least);
            Assert.True(plain is not null == node.Ok, $"seed {seed}, question {q}: {node.Error?.Code ?? "answered"}: {message} {terms}");
            if (plain is null)
                continue;
            answered++;
            Assert.Equal(plain.Value.Rows, node.Value.Answer.Rows.Select(r => string.Join('|', r)).Order(StringComparer.Ordinal));
            Assert.Equal(plain.Value.Withheld, (node.Value.Answer.Withheld!.Groups, node.Value.Answer.Withheld.OrMore));
            if (fields.Contains("people"))
            {
                var dims = Dimensions.Where(fields.Contains).ToList();
                foreach (var row in node.Value.Answer.Rows)
                {
                    var count = long.Parse(row[fields.IndexOf("people")]!, CultureInfo.InvariantCulture);
                    Assert.InRange(count, Math.Max(least, terms.LeastGroup ?? 0), long.MaxValue);
                    left[string.Join('/', dims.Select(d => row[fields.IndexOf(d)]))] = count;
                }
            }
        }
        Assert.InRange(answered, Questions / 4, Questions);
        // All that left, together: between a group and the groups below it that were given lie none or at least two, and enough.
        foreach (var (name, total) in left)
        {
            var depth = name.Length == 0 ? 0 : name.Split('/').Length;
            var below = depth == 3 ? [] : Sums(cells, depth + 1).Where(g => depth == 0 || string.Join('/', g.Key[..depth]) == name).ToList();
            if (!below.Exists(g => left.ContainsKey(string.Join('/', g.Key))))
                continue;
            var hidden = below.Where(g => !left.ContainsKey(string.Join('/', g.Key))).ToList();
            Assert.True(hidden.Count == 0 || (hidden.Count > 1 && hidden.Sum(g => g.Count) >= least), $"seed {seed}: below {name} ({total}): {string.Join(", ", hidden.Select(h => $"{string.Join('/', h.Key)}={h.Count}"))}");
        }
    }

    /// <summary>docs/exchange.md, "Aggregates", line by line; null where it refuses.</summary>
    static (List<string> Rows, (int, bool) Withheld)? Plain(List<Cell> cells, AgreementTerms terms, List<string> fields, Dictionary<string, string> parameters, int always, int least)
    {
        if (fields.Count == 0 || fields.Exists(f => !terms.Fields.Contains(f)))
            return null;
        var depth = Dimensions.Count(fields.Contains);
        if (depth < always || Dimensions.Take(depth).Any(d => !fields.Contains(d)) || parameters.Keys.Any(p => Array.IndexOf(Dimensions, p) >= depth))
            return null;
        var (size, hidden) = (Math.Max(least, terms.LeastGroup ?? 0), 0);
        var seen = new HashSet<string>();
        foreach (var root in Sums(cells, always))
        {
            if (root.Count >= size)
                seen.Add(Name(root.Key));
            else
                hidden++;
        }
        for (var level = always + 1; level <= depth; level++)
        {
            foreach (var family in Sums(cells, level).GroupBy(g => Name(g.Key[..^1])).Where(f => seen.Contains(f.Key)))
            {
                var gone = new List<Cell>();
                for (var s = least; s <= size; s++)
                {
                    gone.AddRange(family.Where(g => g.Count < s && !gone.Contains(g)));
                    foreach (var other in family.OrderBy(g => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Name(g.Key)))), StringComparer.Ordinal))
                    {
                        var (p, c) = (gone.Count(g => g.Count < s), gone.Count(g => g.Count >= s));
                        if (gone.Count > 0 && (c == 0 || gone.Sum(g => g.Count) <= p + (s * c)) && !gone.Contains(other))
                            gone.Add(other);
                    }
                }
                hidden += gone.Count;
                seen.UnionWith(family.Where(g => !gone.Contains(g)).Select(g => Name(g.Key)));
            }
        }
        var rows = Sums(cells, depth).Where(g => seen.Contains(Name(g.Key)) && parameters.All(p => g.Key[Array.IndexOf(Dimensions, p.Key)] == p.Value))
            .Select(g => string.Join('|', fields.Select(f => f switch { "people" => $"{g.Count}", "days" => $"{g.Count * 3}", _ => g.Key[Array.IndexOf(Dimensions, f)] })));
        return ([.. rows.Order(StringComparer.Ordinal)], (Math.Min(hidden, least - 1), hidden >= least - 1));
    }

    static string Name(string[] key) => string.Join('\u001f', key);

    static IEnumerable<Cell> Sums(List<Cell> cells, int depth) => cells.GroupBy(c => Name(c.Key[..depth])).Select(g => new Cell(g.First().Key[..depth], g.Sum(c => c.Count)));

    static List<Cell> Cells(Random random) =>
        [.. from a in "abcd" from k in "abc" from g in "abc" where random.Next(5) > 0 select new Cell([$"{a}", $"{k}", $"{g}"], random.Next(3) == 0 ? random.Next(1, 6) : random.Next(1, 40))];

    static async Task Publish(TwoNodes region, List<Cell> cells, int always, int least)
    {
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(region.FolderOf(Anhui), "departments", "civil-counts.db"), Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
            command.CommandText = "CREATE TABLE t (a TEXT, k TEXT, g TEXT, n INTEGER, d INTEGER);" + string.Concat(cells.Select(c => $"INSERT INTO t VALUES ('{c.Key[0]}', '{c.Key[1]}', '{c.Key[2]}', {c.Count}, {c.Count * 3});"));
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
        ResourceField Field(string name, string type) => new(name, name, name, type, null, 1, false);
        var definition = new ResourceDefinition(
            Counts, 1, "分组计数", "Counts", "civil", ["34"], "other", [], "conditional", "monthly", "many", [.. Dimensions.Select(d => new ResourceParameter(d, "text", false))],
            [.. Dimensions.Select(d => Field(d, "text")), Field("people", "integer"), Field("days", "integer")], new SourceBinding(Sources.Sql, "civil-counts.db", ["SELECT a AS area, k AS kind, g AS age, n AS people, d AS days FROM t"]))
        {
            Aggregate = new AggregateShape(Dimensions, "people", ["days"], always, least),
        };
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), async db =>
        {
            var row = ResourceRow.Of(definition, "340000", "340000-civil", 1);
            Assert.Null(row.Publish(1));
            db.Add(row);
            return await db.SaveChangesAsync(Ct);
        });
        await region.Get<OwnResources>(Anhui).Load(Ct);
        Assert.Equal(JsonSerializer.Serialize(definition.Aggregate), JsonSerializer.Serialize(region.Get<OwnResources>(Anhui).Find(Counts)!.Definition.Aggregate));
    }
}
