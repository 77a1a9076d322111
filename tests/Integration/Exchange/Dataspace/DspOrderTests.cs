using Microsoft.EntityFrameworkCore;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Messages and answers of a negotiation that cross.</summary>
public class DspOrderTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_counter_offer_goes_out_though_the_request_before_it_is_answered_only_then()
    {
        await using var kit = new NegotiationKit(Shanghai, Anhui, DspSide.Consumer) { Holds = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        await kit.InitializeAsync();
        await kit.Play("< request, > offer");
        var counter = kit.Play("< counter, = REQUESTED, > terminated, = TERMINATED", again: true);
        await Soon.Holds(() => Countering(kit), Ct);
        var (held, _) = (kit.Holds, kit.Holds = null);
        held.SetResult();
        await counter;
    }

    static Task<bool> Countering(NegotiationKit kit) => kit.Region.As<NodeDb, bool>(Shanghai, Actor.Node("test"), db =>
        db.Set<NegotiationRow>().AnyAsync(n => n.State == NegotiationState.Offered && n.Sending == NegotiationMove.Request, Ct));
}
