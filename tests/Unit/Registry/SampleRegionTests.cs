using System.Security.Cryptography;
using System.Text;
using Tongban.Kernel;
using Tongban.Registry.Sample;
using Xunit;
using static Tongban.Registry.RegistryModule;

namespace Tongban.Tests.Unit.Registry;

public class SampleRegionTests
{
    static readonly World Small = SampleFolder.World(11, 3_000);

    static DateOnly Today => SampleRegion.AsOf;

    static string Print(World world)
    {
        var text = new StringBuilder();
        foreach (var p in world.People)
            text.Append(p.Id).Append(p.Name).Append(p.Household.Number).Append(p.LivesAt).Append(p.MaritalState).Append(p.Phone);
        foreach (var a in world.Pensions)
            text.Append(a.Person.Id).Append(a.State).Append(a.Months).Append(a.BalanceFen);
        foreach (var f in world.Funds)
            text.Append(f.Number).Append(f.BalanceFen);
        foreach (var h in world.Properties)
            text.Append(h.Unit).Append(h.PriceFen);
        text.AppendJoin(',', world.Firms.Select(f => f.Code + f.Grade)).AppendJoin(',', world.Credit.Select(c => c.Code + c.Repair));
        text.AppendJoin(',', world.Covers.Select(c => c.Kind + c.Since)).AppendJoin(',', world.Filings.Select(f => f.From));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    [Fact]
    public void A_seed_and_a_size_give_the_same_world()
    {
        Assert.Equal(Print(SampleFolder.World(11, 3_000)), Print(Small));
        Assert.NotEqual(Print(SampleFolder.World(12, 3_000)), Print(Small));
    }

    [Fact]
    public void Nobody_is_real_ids_and_codes_are_valid_and_carry_county_99()
    {
        Assert.True(Small.People.Count >= 3_000);
        Assert.Equal(Small.People.Count, Small.People.Select(p => p.Id).Distinct().Count());
        Assert.All(Small.People, p =>
        {
            var id = CitizenId.Parse(p.Id, Today).Value;
            Assert.Equal("99", id.Division[4..]);
            Assert.Equal(p.Birth, id.BirthDate);
            Assert.Equal(p.Male, id.IsMale);
            Assert.Matches("^120[0-9]{8}$", p.Phone);
            Assert.InRange(p.AgeAt(Today), 0, 100);
        });
        Assert.All(Small.Firms, f =>
        {
            Assert.Equal("99", CreditCode.Parse(f.Code).Value.Division[4..]);
            Assert.Contains("样例", f.Name, StringComparison.Ordinal);
        });
        Assert.Equal(Small.Firms.Count, Small.Firms.Select(f => f.Code).Distinct().Count());
    }

    [Fact]
    public void County_99_is_unallocated()
    {
        var codes = File.ReadLines(Path.Combine(SampleFolder.Data, "reference", "divisions.csv")).Skip(1).Select(l => l.Split(',')[0]);
        Assert.DoesNotContain(codes, c => c.Length == 6 && c.EndsWith("99", StringComparison.Ordinal));
    }

    [Fact]
    public void Organisation_codes_check_as_in_the_standards_example()
    {
        // GB 11714-1997: D2143569-X is the standard's own example.
        Assert.Equal("D2143569X", Names.WithOrganisationCheck("D2143569"));
    }

    [Fact]
    public void Children_are_younger_than_their_parents_by_a_generation()
    {
        var children = Small.People.Where(p => p.Father is not null || p.Mother is not null).ToList();
        Assert.NotEmpty(children);
        Assert.All(children, c =>
        {
            if (c.Mother is { } mother)
                Assert.True(mother.Birth.AddYears(18) <= c.Birth, $"{mother.Birth} mother of {c.Birth}");
            if (c.Father is { } father)
                Assert.True(father.Birth.AddYears(18) <= c.Birth, $"{father.Birth} father of {c.Birth}");
        });
    }

    [Fact]
    public void Everybody_is_in_one_household_and_lives_somewhere()
    {
        Assert.Equal(Small.People.Count, Small.Households.Sum(h => h.Members.Count));
        Assert.All(Small.Households, h =>
        {
            Assert.NotEmpty(h.Members);
            Assert.All(h.Members, m => Assert.Same(h, m.Household));
            Assert.Single(h.Members, m => Kinship.Of(m, h.Head) == "户主");
        });
        Assert.All(Small.People, p =>
        {
            Assert.NotNull(p.Lives);
            Assert.NotEmpty(p.LivesAt);
            Assert.True(p.LivesSince is not { } since || since >= p.Birth && since <= Today);
        });
    }

    [Fact]
    public void Marriages_are_lawful_and_spouses_point_at_each_other()
    {
        Assert.All(Small.Marriages, m =>
        {
            Assert.True(m.Man.Male && !m.Woman.Male);
            Assert.True(m.On >= m.Man.Birth.AddYears(22) && m.On >= m.Woman.Birth.AddYears(20), $"{m.On} {m.Man.Birth} {m.Woman.Birth}");
            Assert.True(m.On <= Today && (m.Ended is not { } ended || ended > m.On && ended <= Today));
        });
        var wed = Small.Marriages.Where(m => m.Ended is null).SelectMany(m => new[] { m.Man, m.Woman }).ToList();
        Assert.Equal(wed.Count, wed.Distinct().Count());
        Assert.All(Small.People.Where(p => p.Spouse is not null), p =>
        {
            Assert.Same(p, p.Spouse!.Spouse);
            Assert.Contains(p, wed);
        });
        Assert.Contains(Small.People, p => p.Spouse is { } s && s.Household.County.Province != p.Household.County.Province);
    }

    [Fact]
    public void Pension_years_hold_at_most_twelve_months_over_all_provinces_and_rest_on_jobs()
    {
        Assert.All(Small.Pensions, a => Assert.All(a.Years, y =>
        {
            Assert.InRange(y.Months, 1, 12);
            Assert.True(y.BaseFen > 0 && y.CreditedFen > 0 && y.InterestFen >= 0);
        }));
        var paidHere = Small.Pensions.SelectMany(a => a.Years.Where(y => y.TransferredFrom is null).Select(y => (a.Person, y.Year, y.Months)));
        Assert.All(paidHere.GroupBy(y => (y.Person, y.Year)), g => Assert.InRange(g.Sum(y => y.Months), 1, 12));
        Assert.Contains(Small.Pensions.GroupBy(a => a.Person), g => g.Count() > 1);
        Assert.Contains(Small.Pensions, a => a.State == "已转出");
    }

    [Fact]
    public void Jobs_of_a_person_do_not_overlap_and_firms_are_older_than_their_jobs()
    {
        Assert.All(Small.Jobs.GroupBy(j => j.Person), jobs =>
        {
            var ordered = jobs.OrderBy(j => j.From).ToList();
            for (var i = 1; i < ordered.Count; i++)
                Assert.True(ordered[i - 1].To < ordered[i].From, $"{ordered[i - 1].To} before {ordered[i].From}");
        });
        Assert.All(Small.Jobs, j => Assert.True(j.Firm.Founded <= j.From));
        Assert.All(Small.Jobs, j => Assert.True(j.From >= j.Person.Birth.AddYears(16)));
    }

    [Fact]
    public void Some_work_in_one_province_and_own_a_home_in_another()
    {
        var fund = Small.Funds.Where(f => f.State == "正常").ToLookup(f => f.Person, f => f.Firm.County.Province);
        Assert.Contains(Small.Properties, h => h.Owners.Any(o => fund[o].Any(p => p != h.County.Province)));
        Assert.Contains(Small.Covers, c => c.Class == "退休" && c.Person.Lives.Province != c.County.Province);
    }

    [Fact]
    public async Task A_second_start_keeps_the_data_and_another_seed_is_refused()
    {
        var nodes = Directory.CreateTempSubdirectory("tongban-sample-").FullName;
        try
        {
            var stop = TestContext.Current.CancellationToken;
            var options = new SampleOptions(3, 300);
            Assert.True((await SampleRegion.Generate(SampleFolder.Data, nodes, options, stop: stop)).Value.Generated);
            var police = Path.Combine(SampleRegion.DepartmentsFolder(nodes, "31"), "police.db");
            var before = await File.ReadAllBytesAsync(police, stop);
            Assert.False((await SampleRegion.Generate(SampleFolder.Data, nodes, options, stop: stop)).Value.Generated);
            Assert.Equal(ErrorKind.Conflict, (await SampleRegion.Generate(SampleFolder.Data, nodes, options with { Seed = 4 }, stop: stop)).Error!.Kind);
            Assert.Equal(before, await File.ReadAllBytesAsync(police, stop));

            // A province that is missing comes back the same, byte for byte.
            Directory.Delete(SampleRegion.DepartmentsFolder(nodes, "31"), recursive: true);
            Assert.True((await SampleRegion.Generate(SampleFolder.Data, nodes, options, stop: stop)).Value.Generated);
            Assert.Equal(before, await File.ReadAllBytesAsync(police, stop));
        }
        finally
        {
            Directory.Delete(nodes, recursive: true);
        }
    }
}
