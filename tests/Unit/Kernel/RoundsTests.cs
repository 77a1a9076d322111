using Tongban.Kernel.Events;
using Xunit;

namespace Tongban.Tests.Unit.Kernel;

public sealed class RoundsTests
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_the_stop_ends_the_rounds_and_a_timeout_on_the_way_is_a_failure(bool atOnce)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var (rounds, failures) = (0, new List<Exception>());
        await Rounds.Every(Period, TimeProvider.System, async ct =>
        {
            if (++rounds == 4)
                await stop.CancelAsync();
            ct.ThrowIfCancellationRequested();
            throw new TaskCanceledException("A peer did not answer in time.");
        }, failures.Add, stop.Token, atOnce);
        Assert.Equal((4, 3), (rounds, failures.Count));
    }

    [Fact]
    public async Task A_piece_that_fails_is_said_and_one_that_is_stopped_is_not()
    {
        using var stop = new CancellationTokenSource();
        var failures = new List<Exception>();
        Assert.True(await Rounds.Try(_ => Task.CompletedTask, failures.Add, stop.Token));
        Assert.False(await Rounds.Try(_ => throw new OperationCanceledException(), failures.Add, stop.Token));
        Assert.Single(failures);
        await stop.CancelAsync();
        Assert.False(await Rounds.Try(ct => Task.FromCanceled(ct), failures.Add, stop.Token));
        Assert.Single(failures);
    }
}
