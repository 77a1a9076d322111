using Tongban.Exchange;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

public sealed class NegotiationRulesTests
{
    /// <summary>The whole of Dataspace Protocol 2025-1, contract negotiation, state machine: every line that is not here is illegal.</summary>
    static readonly string[] Negotiation =
    [
        "Requested Provider Offer Offered",
        "Requested Provider Agree Agreed",
        "Requested Provider Terminate Terminated",
        "Requested Consumer Terminate Terminated",
        "Offered Consumer Request Requested",
        "Offered Consumer Accept Accepted",
        "Offered Provider Terminate Terminated",
        "Offered Consumer Terminate Terminated",
        "Accepted Provider Agree Agreed",
        "Accepted Provider Terminate Terminated",
        "Accepted Consumer Terminate Terminated",
        "Agreed Consumer Verify Verified",
        "Agreed Provider Terminate Terminated",
        "Agreed Consumer Terminate Terminated",
        "Verified Provider Finalize Finalized",
        "Verified Provider Terminate Terminated",
        "Verified Consumer Terminate Terminated",
    ];

    [Fact]
    public void A_negotiation_moves_by_the_published_table_and_not_otherwise()
    {
        var moves =
            from state in Enum.GetValues<NegotiationState>()
            from side in Enum.GetValues<DspSide>()
            from move in Enum.GetValues<NegotiationMove>()
            let next = NegotiationRules.Next(state, side, move)
            where next is not null
            select $"{state} {side} {move} {next}";
        Assert.Equal(Negotiation.Order(StringComparer.Ordinal), moves.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_follows_without_a_steward_is_always_a_step_of_the_table_and_never_an_end()
    {
        foreach (var state in Enum.GetValues<NegotiationState>())
        {
            foreach (var side in Enum.GetValues<DspSide>())
            {
                foreach (var asked in new[] { false, true })
                {
                    if (NegotiationRules.Follows(state, side, asked) is not { } move)
                        continue;
                    Assert.NotNull(NegotiationRules.Next(state, side, move));
                    Assert.NotEqual(NegotiationMove.Terminate, move);
                }
            }
        }
        // Nothing that neither side asked for or offered is agreed to by a machine.
        Assert.Null(NegotiationRules.Follows(NegotiationState.Requested, DspSide.Provider, asked: false));
        Assert.Null(NegotiationRules.Follows(NegotiationState.Offered, DspSide.Consumer, asked: false));
    }

    /// <summary>Transfer process, state machine of the same document.</summary>
    static readonly string[] Transfer =
    [
        "Requested Provider Start Started",
        "Requested Provider Terminate Terminated",
        "Requested Consumer Terminate Terminated",
        "Started Provider Suspend Suspended",
        "Started Consumer Suspend Suspended",
        "Started Provider Complete Completed",
        "Started Consumer Complete Completed",
        "Started Provider Terminate Terminated",
        "Started Consumer Terminate Terminated",
        "Suspended Provider Start Started",
        "Suspended Consumer Start Started",
        "Suspended Provider Terminate Terminated",
        "Suspended Consumer Terminate Terminated",
    ];

    [Fact]
    public void A_transfer_moves_by_the_published_table_and_not_otherwise()
    {
        var moves =
            from state in Enum.GetValues<TransferState>()
            from side in Enum.GetValues<DspSide>()
            from move in Enum.GetValues<TransferMove>()
            let next = TransferRules.Next(state, side, move)
            where next is not null
            select $"{state} {side} {move} {next}";
        Assert.Equal(Transfer.Order(StringComparer.Ordinal), moves.Order(StringComparer.Ordinal));
    }
}
