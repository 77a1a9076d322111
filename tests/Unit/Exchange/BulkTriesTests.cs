using Tongban.Exchange;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

public sealed class BulkTriesTests
{
    [Fact]
    public async Task What_failed_waits_and_is_forgotten_once_it_is_no_longer_there()
    {
        var tries = new BulkTries(TimeProvider.System);
        foreach (var id in new[] { "a", "b" })
            await tries.Run(id, () => throw new IOException(), _ => { }, TestContext.Current.CancellationToken);
        tries.Keep(["b"]);
        Assert.Equal(0, tries.NextAt("a"));
        Assert.True(tries.NextAt("b") > 0);
        await tries.Run("b", () => Task.CompletedTask, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(0, tries.NextAt("b"));
    }
}
