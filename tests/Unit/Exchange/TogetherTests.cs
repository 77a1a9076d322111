using Tongban.Exchange;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>What goes together in one message is bounded by bytes, and something always goes.</summary>
public sealed class TogetherTests
{
    const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1, 14)]
    [InlineData(2, 3, 5)]
    [InlineData(2, 3, 5, 1)]
    [InlineData(1, 9, 1)]
    [InlineData(3, 0, 1, 7, 1)]
    public void Changes_go_in_order_as_long_as_there_is_room(int count, params int[] megabytes) =>
        Assert.Equal(count, PushChanges.Together([.. megabytes.Select(m => m * Megabyte)]));

    /// <summary>A refusal has no rows and goes in any case; a small one behind a large one that does not fit may.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("+", 14)]
    [InlineData("++-+", 0, 14, 1, 0)]
    [InlineData("+-+-", 8, 7, 6, 1)]
    [InlineData("+++", 4, 4, 6)]
    public void Of_answers_each_goes_for_which_there_is_room(string fit, params int[] megabytes) =>
        Assert.Equal(fit, string.Concat(AnswerQuery.Fit([.. megabytes.Select(m => m * Megabyte)]).Select(f => f ? '+' : '-')));
}
