using Tongban.Exchange;
using Xunit;
using static Tongban.Exchange.DecideDispute;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>What shows that a value in dispute was corrected.</summary>
public class DisputeComparisonTests
{
    const long Minute = 60_000;

    [Theory]
    [InlineData("", null, false, "NotKnown")]
    [InlineData("seen", 0L, false, "Changed")]
    [InlineData("seen", 0L, true, "Same")]
    [InlineData("seen", 10 * Minute, true, "Same")]
    // Read so late that it may have been corrected before.
    [InlineData("seen", (10 * Minute) + 1, true, "NotKnown")]
    [InlineData("seen", (10 * Minute) + 1, false, "Changed")]
    public void It_is_shown_by_another_value_than_was_read_when_the_dispute_came(string seen, long? after, bool isSame, string expected)
    {
        var row = new DisputeRow
        {
            Id = "d",
            Peer = "p",
            ExchangeId = "e",
            Resource = "r",
            Field = "f",
            CaseReference = "c",
            Sealed = "s",
            DueOn = "2026-01-01",
            Division = "d",
            Department = "d",
            SubjectKey = "k",
            RaisedAt = 1000,
            Seen = seen,
            SeenAt = 1000 + after,
        };
        Assert.Equal(expected, Compare(row, isSame).ToString());
    }
}
