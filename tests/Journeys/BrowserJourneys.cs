using Tongban.Tests.Support;

namespace Tongban.Tests.Journeys;

/// <summary>The region as a person meets it, in a real browser.</summary>
public sealed class BrowserJourneys(RegionFixture region, ITestOutputHelper output)
{
    /// <param name="script">In <c>tests/Journeys/browser</c>; its head says what is done.</param>
    [Theory]
    [InlineData("offsite.mjs", "offsite-retiree", "310000")]
    [InlineData("accessible.mjs", "offsite-retiree", "310000")]
    public async Task A_person_gets_it_done(string script, string persona, string division)
    {
        Assert.SkipWhen(NodeScript.Missing is not null, NodeScript.Missing ?? "");
        var seen = await NodeScript.Run(
            $"tests/Journeys/browser/{script}",
            new { @base = region.At(division), phone = RegionFixture.Phone(persona), password = region.Password, pictures = Environment.GetEnvironmentVariable("TONGBAN_PICTURES") },
            TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken);
        output.WriteLine(seen.GetRawText());
    }
}
