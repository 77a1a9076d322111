using System.Text.Json;
using System.Xml.Linq;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Unit.Items;

/// <summary>Every item that ships is whole, and agrees with the departments, resources and tables it names.</summary>
public class ItemFileTests
{
    static readonly string[] Provinces = ["310000", "320000", "330000", "340000"];

    public static TheoryData<string> Slugs() => [.. ShippedItems.All.Select(i => i.Item.Slug)];

    [Fact]
    public void At_least_twenty_real_items_five_of_them_to_the_end()
    {
        Assert.True(ShippedItems.All.Count >= 20);
        Assert.Equal(["credit-repair", "household-move-spouse", "housing-fund-withdrawal", "offsite-medical", "pension-transfer"],
            ShippedItems.All.Where(i => i.Item.Tailored).Select(i => i.Item.Slug).Order());
        Assert.Equal(ShippedItems.All.Count, ShippedItems.All.Select(i => i.Item.BaseCode).Distinct().Count());
    }

    /// <summary>A value is a sample exactly when neither the file nor the jurisdiction says where it was read.</summary>
    [Theory]
    [MemberData(nameof(Slugs))]
    public void Every_value_without_a_source_is_a_sample(string slug)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ShippedItems.Folder, slug + ".json")));
        foreach (var variant in ShippedItems.Named(slug).Variants)
        {
            var own = file.RootElement.GetProperty("variants").GetProperty(variant.Division);
            foreach (var value in (string[])["legalBasis", "statutoryDays", "promisedDays", "visits", "feeFen", "requirements", "form", "steps"])
            {
                var sourced = Named(own, value) || Named(file.RootElement, value) && !own.TryGetProperty(value, out _);
                Assert.Equal(!sourced, variant.IsSample(value));
            }
        }

        static bool Named(JsonElement of, string value) => of.TryGetProperty("sources", out var sources) && sources.TryGetProperty(value, out var source) && source.GetString()!.Length > 0;
    }

    [Theory]
    [MemberData(nameof(Slugs))]
    public void Every_variant_has_a_code_of_31_characters_and_an_authority(string slug)
    {
        var (item, variants) = ShippedItems.Named(slug);
        Assert.Equal(Provinces, variants.Select(v => v.Division));
        Assert.All(variants, v =>
        {
            Assert.Equal(31, v.ImplementationCode.Length);
            Assert.True(CreditCode.Parse(v.ImplementationCode[..18]).Ok);
            Assert.Equal("1" + item.BaseCode, v.ImplementationCode[18..]);
            Assert.Equal($"{v.Division}-{item.DepartmentKind}", v.Department);
            Assert.NotNull(ShippedItems.Departments.Find(v.Department));
            Assert.InRange(v.PromisedDays, 0, v.StatutoryDays);
            Assert.NotEmpty(v.LegalBasis.Zh);
            // A table that decides at once leaves nothing between acceptance and decision.
            Assert.Equal(v.DecideTable is null, v.Steps.Count > 0);
            Assert.NotEmpty(v.Form);
        });
    }

    [Theory]
    [MemberData(nameof(Slugs))]
    public void The_item_stands_in_the_national_list_under_its_name(string slug)
    {
        var list = ShippedItems.Named(slug).Item.List;
        // The cross-province list numbers its items; the list of one matter done at once names them.
        var (file, begins) = list.Seq > 0 ? ("kuasheng_items.csv", $"{list.Seq},") : ("yishi_life_events.csv", $"{list.Name},");
        var row = File.ReadLines(Path.Combine(ShippedItems.Data, "reference", file)).Skip(1).Single(l => l.StartsWith(begins, StringComparison.Ordinal));
        Assert.StartsWith(list.Seq > 0 ? $"{list.Seq},{list.Name},{list.Batch}," : $"{list.Name},{list.Batch},", row, StringComparison.Ordinal);
        Assert.Contains(list.Confirmed ? ",yes," : ",no,", row, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Slugs))]
    public void Evidence_types_and_fields_are_offered_by_a_resource_of_every_province(string slug)
    {
        var offered = Directory.EnumerateFiles(Path.Combine(ShippedItems.Data, "resources"), "*.json").Select(f =>
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(f));
            var root = document.RootElement;
            return (
                Types: root.GetProperty("evidenceTypes").EnumerateArray().Select(t => t.GetString()!).ToHashSet(),
                Fields: root.GetProperty("fields").EnumerateArray().Select(d => d.GetProperty("name").GetString()!).ToHashSet(),
                Provinces: root.GetProperty("provinces").GetArrayLength());
        }).ToList();
        foreach (var requirement in ShippedItems.Named(slug).Variants.SelectMany(v => v.Requirements).Where(r => r.Evidence is not null))
        {
            var resource = Assert.Single(offered, o => o.Types.Contains(requirement.Evidence!));
            Assert.Equal(4, resource.Provinces);
            Assert.All(requirement.Fields, f => Assert.Contains(f, resource.Fields));
        }
    }

    [Theory]
    [MemberData(nameof(Slugs))]
    public void Names_are_there_in_both_languages(string slug)
    {
        var (item, variants) = ShippedItems.Named(slug);
        var words = new[] { item.Name, item.Summary, item.ForWhom }
            .Concat(item.Questions.Select(q => q.Text))
            .Concat(item.Questions.SelectMany(q => q.Options ?? []).Select(o => o.Label))
            .Concat(variants.SelectMany(v => v.Requirements).Select(r => r.Name))
            .Concat(variants.SelectMany(v => v.Form).SelectMany(p => p.Fields).Select(f => f.Label));
        Assert.All(words, w => Assert.True(w.Zh.Length > 0 && w.En.Length > 0 && w.En.All(c => c < 0x3000)));
    }

    [Fact]
    public void Tables_named_by_items_are_there()
    {
        foreach (var (item, variants) in ShippedItems.All.Select(i => (i.Item, i.Variants)))
        {
            foreach (var table in variants.SelectMany(v => new[] { item.RouteTable, v.RequirementsTable, v.DecideTable }).OfType<string>().Distinct())
                Assert.True(File.Exists(Path.Combine(ShippedItems.Data, "rules", $"{table}.dmn")), table);
        }
    }

    [Fact]
    public void Requirement_tables_and_their_items_name_the_same_materials()
    {
        var tabled = Directory.EnumerateFiles(ShippedItems.Folder, "*.json").Where(f => Path.GetFileName(f) is not (ItemFiles.GeneralFileName or ItemFiles.EventsFileName))
            .Select(ItemFiles.Read<ItemFile>).Where(i => i.RequirementsTable is not null).ToList();
        Assert.Equal(5, tabled.Count);
        foreach (var item in tabled)
        {
            var table = XDocument.Load(Path.Combine(ShippedItems.Data, "rules", $"{item.RequirementsTable}.dmn"));
            XNamespace dmn = "https://www.omg.org/spec/DMN/20191111/MODEL/";
            var named = table.Descendants(dmn + "rule").Select(r => r.Element(dmn + "outputEntry")!.Value.Trim().Trim('"')).Distinct();
            Assert.Equal(item.Requirements.Select(r => r.Id).Order(), named.Order());
        }
    }

    [Fact]
    public void Life_events_lead_to_items()
    {
        var file = ItemFiles.Read<LifeEventsFile>(Path.Combine(ShippedItems.Folder, ItemFiles.EventsFileName));
        var codes = ShippedItems.All.Select(i => i.Item.BaseCode).ToHashSet();
        Assert.NotEmpty(file.Events);
        Assert.All(file.Events, e => Assert.True(e.Items.Count > 0 && e.Items.All(codes.Contains), e.Id));
    }

    [Fact]
    public void A_wrong_file_says_everything_that_is_wrong()
    {
        var item = ItemFiles.Read<ItemFile>(Path.Combine(ShippedItems.Folder, "pension-transfer.json"));
        Assert.Empty(ItemCheck.Of(item));
        var broken = item with
        {
            BaseCode = "99X",
            PromisedDays = 60,
            Requirements = [.. item.Requirements, item.Requirements[0] with { At = "answer.nobody" }],
            Steps = [.. item.Steps.Select(s => s with { After = ["never"] })],
        };
        var wrong = ItemCheck.Of(broken);
        Assert.Contains(wrong, w => w.Contains("12 digits", StringComparison.Ordinal));
        Assert.Contains(wrong, w => w.Contains("more days", StringComparison.Ordinal));
        Assert.Contains(wrong, w => w.Contains("identity is there twice", StringComparison.Ordinal));
        Assert.Contains(wrong, w => w.Contains("'answer.nobody' is no place", StringComparison.Ordinal));
        Assert.Contains(wrong, w => w.Contains("waits for one", StringComparison.Ordinal));
    }
}
