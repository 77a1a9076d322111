using System.Text.Json;
using System.Text.RegularExpressions;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Registry.Sample;
using Xunit;

namespace Tongban.Tests.Unit.Registry;

/// <summary>The definitions in data/ against the departments that the generator makes.</summary>
public class ResourceTests(SampleFolder sample) : IClassFixture<SampleFolder>
{
    static readonly string[] Provinces = ["31", "32", "33", "34"];

    static readonly JsonElement[] Resources = [.. Directory.GetFiles(Path.Combine(SampleFolder.Data, "resources"), "*.json").Order().Select(Read)];

    static JsonElement Read(string path) => JsonDocument.Parse(File.ReadAllText(path)).RootElement;

    static JsonElement Data(string file) => Read(Path.Combine(SampleFolder.Data, file));

    static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    List<Dictionary<string, object?>> Ask(string province, JsonElement resource, Func<string, string?> value)
    {
        var connector = resource.GetProperty("connector");
        var select = string.Join('\n', connector.GetProperty("select").EnumerateArray().Select(l => l.GetString()));
        var rows = SampleFolder.Query(
            sample.Department(province, Text(connector, "database")), select,
            [.. resource.GetProperty("parameters").EnumerateArray().Select(p => (Text(p, "name"), (object?)value(Text(p, "name"))))]);
        // What a department writes in codes of its own leaves it in the region's.
        foreach (var mapping in Mappings.Where(m => m.Division == province + "0000" && m.Shipped.Resource == Text(resource, "code")))
        {
            var element = resource.GetProperty("fields").EnumerateArray().Where(f => Text(f, "name") == mapping.Shipped.Field).Select(f => Text(f, "element")).Single();
            foreach (var row in rows)
                row[mapping.Shipped.Field] = mapping.Shipped.Mapping.ToRegion((string?)row[mapping.Shipped.Field], Standard.ListOf(element), SampleRegion.AsOf).Value;
        }
        return rows;
    }

    static readonly StandardDocument Standard = StandardDocument.Shipped(SampleFolder.Data, "CN-YRD");

    static readonly (string Division, ShippedMapping Shipped)[] Mappings = [.. Provinces.SelectMany(p => ShippedMapping.Read(SampleFolder.Data, p + "0000").Select(m => (p + "0000", m)))];

    [Fact]
    public void Shipped_mappings_hold_and_leave_out_nothing_that_their_department_has()
    {
        Assert.NotEmpty(Mappings);
        Assert.All(Mappings, m =>
        {
            var field = Resources.Single(r => Text(r, "code") == m.Shipped.Resource).GetProperty("fields").EnumerateArray().Single(f => Text(f, "name") == m.Shipped.Field);
            var list = Text(field, "type") == "date" ? null : Standard.ListOf(Text(field, "element"));
            Assert.Null(m.Shipped.Mapping.Check(list, SampleRegion.AsOf));
            var held = SampleFolder.Query(sample.Department(m.Division[..2], Text(Resources.Single(r => Text(r, "code") == m.Shipped.Resource).GetProperty("connector"), "database")), m.Shipped.Mapping.Shown);
            Assert.NotEmpty(held);
            Assert.All(held, row => Assert.True(m.Shipped.Mapping.ToRegion((string?)row["code"], list, SampleRegion.AsOf).Ok, $"{m.Shipped.Resource}.{m.Shipped.Field}: {row["code"]}"));
        });
    }

    /// <summary>What departments hold; what the node itself keeps is asked in tests/Integration/Exchange/Registries.</summary>
    static readonly JsonElement[] OfDepartments = [.. Resources.Where(r => Text(r.GetProperty("connector"), "kind") == "sql")];

    public static TheoryData<string> Codes => new(OfDepartments.Select(r => Text(r, "code")));

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_select_returns_the_declared_fields_and_finds_rows_of_declared_types(string code)
    {
        var resource = Resources.Single(r => Text(r, "code") == code);
        Assert.Equal(code + ".json", Path.GetFileName(Directory.GetFiles(Path.Combine(SampleFolder.Data, "resources"), code + ".json").Single()));
        var fields = resource.GetProperty("fields").EnumerateArray().ToDictionary(f => Text(f, "name"), f => Text(f, "type"));
        var coded = resource.GetProperty("fields").EnumerateArray()
            .Select(f => (Name: Text(f, "name"), Element: Data("elements.json").EnumerateArray().Single(e => Text(e, "element") == Text(f, "element"))))
            .Where(f => f.Element.TryGetProperty("values", out _))
            .ToDictionary(f => f.Name, f => f.Element.GetProperty("values"));
        var found = 0;
        foreach (var province in Provinces)
        {
            // People of other provinces are asked about as well: they must simply not be found, or be found where the fact is.
            var subjects = Text(resource, "subject") == "person"
                ? SampleFolder.Query(sample.Department(province, "police.db"), "SELECT sfzh AS id FROM renkou LIMIT 100")
                    .Concat(SampleFolder.Query(sample.Department(province, "credit.db"), "SELECT zhuti_dm AS id FROM shixin WHERE zhuti_leixing = '自然人'"))
                    .Concat(SampleFolder.Query(sample.Department(province, "medical.db"), "SELECT sfzh AS id FROM yidi_beian LIMIT 20"))
                    .Concat(SampleFolder.Query(sample.Department(province, "police.db"), "SELECT sfzh AS id FROM juzhuzheng LIMIT 20"))
                    .Concat(SampleFolder.Query(sample.Department(province, "civil.db"), "SELECT nan_sfzh AS id FROM hunyin WHERE zt = '离婚' LIMIT 20"))
                    .Concat(SampleFolder.Query(sample.Department(province, "police.db"), "SELECT sfzh AS id FROM qianyi LIMIT 20"))
                : SampleFolder.Query(sample.Department(province, "market.db"), "SELECT tyshxydm AS id FROM zhuti LIMIT 150");
            foreach (var subject in subjects.Select(s => (string)s["id"]!))
            {
                var rows = Ask(province, resource, name => name is "citizenId" or "creditCode" && Required(resource, name) ? subject : null);
                Assert.True(Text(resource, "rows") == "many" || rows.Count <= 1, $"{code} gave {rows.Count} rows");
                foreach (var row in rows)
                {
                    found++;
                    Assert.Equal(fields.Keys, row.Keys);
                    Assert.All(row, cell => Assert.True(Fits(cell.Value, fields[cell.Key]), $"{code}.{cell.Key}: {cell.Value} is not {fields[cell.Key]}"));
                    Assert.All(row.Where(c => c.Value is not null && coded.ContainsKey(c.Key)), cell =>
                        Assert.True(coded[cell.Key].TryGetProperty((string)cell.Value!, out _), $"{code}.{cell.Key}: {cell.Value} has no English in elements.json"));
                }
            }
        }

        // Withdrawals come into being with cases only.
        Assert.Equal(code != "fund.withdrawals", found > 0);
    }

    static bool Required(JsonElement resource, string parameter) =>
        resource.GetProperty("parameters").EnumerateArray().Any(p => Text(p, "name") == parameter && p.GetProperty("required").GetBoolean());

    static bool Fits(object? value, string type) => (value, type) switch
    {
        (null, _) => true,
        (string text, "date") => DateOnly.TryParseExact(text, "yyyy-MM-dd", out var _),
        (string, "text") => true,
        (long, "integer" or "money") => true,
        (double or long, "number") => true,
        _ => false,
    };

    [Fact]
    public void Definitions_keep_to_the_format()
    {
        var elements = Data("elements.json").EnumerateArray().ToDictionary(e => Text(e, "element"));
        var kinds = Data("departments.json").EnumerateArray().Select(d => Text(d, "kind")).ToHashSet();
        Assert.NotEmpty(Resources);
        Assert.All(Resources, r =>
        {
            Assert.Contains(Text(r, "providerKind"), kinds);
            Assert.StartsWith(Text(r, "providerKind") + ".", Text(r, "code"), StringComparison.Ordinal);
            Assert.Contains(Text(r, "sharing"), new[] { "unconditional", "conditional", "refused" });
            Assert.Contains(Text(r, "updateCycle"), new[] { "realtime", "daily", "weekly", "monthly", "quarterly", "yearly" });
            Assert.Contains(Text(r, "subject"), new[] { "person", "enterprise", "other" });
            Assert.All(new[] { "name", "nameEn", "abstract", "abstractEn" }, m => Assert.NotEmpty(Text(r, m)));
            Assert.Equal(Text(r, "sharing") == "unconditional", Text(r, "condition").Length == 0);
            var select = string.Join('\n', r.GetProperty("connector").GetProperty("select").EnumerateArray().Select(l => l.GetString()));
            if (Text(r.GetProperty("connector"), "kind") == "sql")
            {
                Assert.Equal(
                    r.GetProperty("parameters").EnumerateArray().Select(p => Text(p, "name")).Order(),
                    Regex.Matches(select, "@([A-Za-z]+)").Select(m => m.Groups[1].Value).Distinct().Order());
            }
            Assert.All(r.GetProperty("fields").EnumerateArray(), f =>
            {
                var element = elements[Text(f, "element")];
                Assert.Equal(Text(element, "type"), Text(f, "type"));
                // What is told about an enterprise is not personal, but the name of who stands for it is.
                var personal = element.GetProperty("personal").GetBoolean() && (Text(r, "subject") == "person" || Text(f, "element").StartsWith("person.", StringComparison.Ordinal));
                Assert.Equal(personal, f.GetProperty("personal").GetBoolean());
                Assert.Equal(element.GetProperty("level").GetInt32(), f.GetProperty("level").GetInt32());
            });
        });
    }

    [Fact]
    public void Departments_have_valid_sample_codes_and_a_database_each_or_what_they_keep()
    {
        var departments = Data("departments.json").EnumerateArray().ToList();
        Assert.Equal(36, departments.Select(d => Text(d, "code")).Distinct().Count());
        Assert.Equal(36, departments.Select(d => Text(d, "creditCode")).Distinct().Count());
        Assert.All(departments, d =>
        {
            Assert.Equal($"{Text(d, "division")}-{Text(d, "kind")}", Text(d, "code"));
            var creditCode = CreditCode.Parse(Text(d, "creditCode")).Value;
            Assert.Equal(Text(d, "division")[..2] + "0199", creditCode.Division);
            Assert.StartsWith("11", creditCode.ToString(), StringComparison.Ordinal);
            // One that keeps what the node itself has needs no database of its own.
            Assert.True(d.TryGetProperty("keeps", out _) || File.Exists(sample.Department(Text(d, "division")[..2], Text(d, "database"))));
        });
    }

    [Fact]
    public void Personas_are_as_told()
    {
        var personas = Data("personas.json").EnumerateArray().ToList();
        Assert.Equal(
            ["household-move", "housing-fund", "offsite-medical", "pension-transfer"],
            personas.Select(p => p.GetProperty("walk").GetString()).OfType<string>().Order());
        foreach (var persona in personas)
        {
            var id = CitizenId.Parse(Text(persona, "citizenId"), SampleRegion.AsOf).Value;
            Assert.Equal("99", id.Division[4..]);
            var home = Text(persona, "household");
            Assert.Equal(Text(persona, "phone"), SampleFolder.Query(
                sample.Department(home[..2], "police.db"), "SELECT lxdh FROM renkou WHERE sfzh = @id", ("id", id.ToString())).Single()["lxdh"]);
            Assert.All(persona.GetProperty("relations").EnumerateArray(), r => Assert.Contains(personas, p => Text(p, "key") == Text(r, "to")));
            foreach (var fact in persona.GetProperty("facts").EnumerateArray())
                CheckFact(Text(persona, "key"), fact);
        }
    }

    void CheckFact(string persona, JsonElement fact)
    {
        var resource = Resources.Single(r => Text(r, "code") == Text(fact, "resource"));
        var parameters = fact.GetProperty("parameters");
        var rows = Ask(Text(fact, "province"), resource, name => parameters.TryGetProperty(name, out var value) ? value.GetString() : null);
        Assert.True(fact.GetProperty("rows").GetInt32() == rows.Count, $"{persona}: {Text(fact, "resource")} has {rows.Count} rows");
        if (!fact.TryGetProperty("first", out var first))
            return;
        foreach (var expected in first.EnumerateObject())
        {
            object? value = expected.Value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.Number => expected.Value.GetInt64(),
                _ => expected.Value.GetString(),
            };
            Assert.Equal(value, rows[0][expected.Name]);
        }
    }

    [Fact]
    public void Departments_books_balance()
    {
        foreach (var province in Provinces)
        {
            Assert.Empty(SampleFolder.Query(sample.Department(province, "hrss.db"), """
                SELECT z.sfzh FROM yanglao_zhanghu z LEFT JOIN yanglao_jiaofei j ON j.sfzh = z.sfzh
                WHERE z.zt <> '已转出' GROUP BY z.sfzh
                HAVING z.leiji_yueshu <> sum(j.yueshu) OR z.grzh_fen <> sum(j.grzh_jizhang_fen + j.lixi_fen)
                """));
            Assert.Empty(SampleFolder.Query(sample.Department(province, "fund.db"), """
                SELECT z.zhanghao FROM gjj_zhanghu z
                WHERE z.yue_fen <> (SELECT sum(jine_fen) FROM gjj_jiaocun j WHERE j.zhanghao = z.zhanghao)
                """));
        }
        var everywhere = Provinces.SelectMany(p => SampleFolder.Query(sample.Department(p, "civil.db"), "SELECT djzh FROM hunyin")).Select(r => r["djzh"]).ToList();
        Assert.Equal(everywhere.Count, everywhere.Distinct().Count());
    }
}
