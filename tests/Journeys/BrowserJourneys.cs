using Tongban.Tests.Support;

namespace Tongban.Tests.Journeys;

/// <summary>The region as a person meets it, in a real browser.</summary>
public sealed class BrowserJourneys(RegionFixture region, ITestOutputHelper output)
{
    /// <param name="script">In <c>tests/Journeys/browser</c>; its head says what is done.</param>
    [Theory]
    [InlineData("offsite.mjs", "offsite-retiree", "310000")]
    [InlineData("accessible.mjs", "offsite-retiree", "310000")]
    public Task A_person_gets_it_done(string script, string persona, string division) => Play(region, script, persona, division);

    /// <summary>In a region of its own: a pension moves once, and the walk moves it too.</summary>
    [Fact]
    public async Task A_pension_moves_in_the_browser_and_every_page_on_the_way_can_be_used_by_everyone()
    {
        await using var own = new RegionFixture();
        await own.InitializeAsync();
        await Play(own, "pension.mjs", "pension-worker", "310000");
    }

    async Task Play(RegionFixture region, string script, string persona, string division)
    {
        Assert.SkipWhen(NodeScript.Missing is not null, NodeScript.Missing ?? "");
        var seen = await NodeScript.Run(
            $"tests/Journeys/browser/{script}",
            new { @base = region.At(division), other = region.At("340000"), hub = region.At("000000"), phone = RegionFixture.Phone(persona), password = region.Password, pictures = Environment.GetEnvironmentVariable("TONGBAN_PICTURES") },
            TimeSpan.FromSeconds(180), TestContext.Current.CancellationToken);
        output.WriteLine(seen.GetRawText());
    }
}
