using Tongban.Tests.Support;

namespace Tongban.Tests.Journeys;

/// <summary>The region as a person meets it, in a real browser.</summary>
[Collection(OneBrowser.Name)]
public sealed class BrowserJourneys(RegionFixture region, ITestOutputHelper output)
{
    /// <param name="script">In <c>tests/Journeys/browser</c>; its head says what is done.</param>
    [Theory]
    [InlineData("offsite.mjs", "offsite-retiree", "310000")]
    [InlineData("accessible.mjs", "offsite-retiree", "310000")]
    [InlineData("agreements.mjs", "offsite-retiree", "310000")]
    [InlineData("catalogue.mjs", "offsite-retiree", "310000")]
    [InlineData("directory.mjs", "offsite-retiree", "340000")]
    [InlineData("exchange.mjs", "offsite-retiree", "310000")]
    [InlineData("everywhere.mjs", "offsite-retiree", "310000")]
    public Task A_person_gets_it_done(string script, string persona, string division) => BrowserScript.Play(region, script, persona, division, output);
}

/// <summary>In a region of its own: each of these happens to a person once, and the walk plays them too.</summary>
[Collection(OneBrowser.Name)]
public sealed class OfficersJourney(ITestOutputHelper output)
{
    [Fact]
    public async Task What_passes_through_officers_hands_is_done_wholly_in_the_browser_and_every_page_on_the_way_can_be_used_by_everyone()
    {
        Assert.SkipWhen(NodeScript.Missing is not null, NodeScript.Missing ?? "");
        await using var own = new RegionFixture();
        await own.InitializeAsync();
        await BrowserScript.Play(own, "pension.mjs", "pension-worker", "310000", output);
        await BrowserScript.Play(own, "disputes.mjs", "pension-worker", "310000", output);
        await BrowserScript.Play(own, "household.mjs", "household-spouse", "340000", output, "310000");
        await BrowserScript.Play(own, "housing.mjs", "fund-buyer", "310000", output, "320000");
    }
}

/// <summary>One browser at a time: looking at pages takes whole processors, and two of them wait for each other until both are late.</summary>
[CollectionDefinition(Name)]
public sealed class OneBrowser
{
    public const string Name = "browser";
}

static class BrowserScript
{
    /// <param name="other">The province that takes part without being filed at.</param>
    public static async Task Play(RegionFixture region, string script, string persona, string division, ITestOutputHelper output, string other = "340000")
    {
        Assert.SkipWhen(NodeScript.Missing is not null, NodeScript.Missing ?? "");
        var seen = await NodeScript.Run(
            $"tests/Journeys/browser/{script}",
            new
            {
                @base = region.At(division),
                other = region.At(other),
                hub = region.At("000000"),
                at = region.Nodes.ToDictionary(n => n.Id[7..], n => n.Listen),
                phone = RegionFixture.Phone(persona),
                creditCode = RegionFixture.CreditCode,
                password = region.Password,
                pictures = Environment.GetEnvironmentVariable("TONGBAN_PICTURES"),
            },
            TimeSpan.FromMinutes(8), TestContext.Current.CancellationToken);
        output.WriteLine(seen.GetRawText());
    }
}
