namespace Tongban.Exchange;

/// <summary>States of a contract negotiation (Dataspace Protocol 2025-1).</summary>
enum NegotiationState
{
    Requested,
    Offered,
    Accepted,
    Agreed,
    Verified,
    Finalized,
    Terminated,
}

enum NegotiationMove
{
    Request,
    Offer,
    Accept,
    Agree,
    Verify,
    Finalize,
    Terminate,
}

/// <summary>Which of the two a node is.</summary>
enum DspSide
{
    Provider,
    Consumer,
}

/// <summary>The protocol's state machine as a table: who may do what from where, and where it leads.</summary>
static class NegotiationRules
{
    /// <summary>Null when the move is not allowed.</summary>
    public static NegotiationState? Next(NegotiationState from, DspSide by, NegotiationMove move) => (from, by, move) switch
    {
        (NegotiationState.Requested, DspSide.Provider, NegotiationMove.Offer) => NegotiationState.Offered,
        (NegotiationState.Requested or NegotiationState.Accepted, DspSide.Provider, NegotiationMove.Agree) => NegotiationState.Agreed,
        (NegotiationState.Offered, DspSide.Consumer, NegotiationMove.Request) => NegotiationState.Requested,
        (NegotiationState.Offered, DspSide.Consumer, NegotiationMove.Accept) => NegotiationState.Accepted,
        (NegotiationState.Agreed, DspSide.Consumer, NegotiationMove.Verify) => NegotiationState.Verified,
        (NegotiationState.Verified, DspSide.Provider, NegotiationMove.Finalize) => NegotiationState.Finalized,
        (not (NegotiationState.Finalized or NegotiationState.Terminated), _, NegotiationMove.Terminate) => NegotiationState.Terminated,
        _ => null,
    };

    /// <summary>What a side may do now.</summary>
    public static IEnumerable<NegotiationMove> Open(NegotiationState from, DspSide by) => Enum.GetValues<NegotiationMove>().Where(m => Next(from, by, m) is not null);

    /// <summary>
    /// What follows without a steward: the provider agrees to what is shared without condition, and to what it offered itself;
    /// the consumer verifies what it asked for or accepted; the provider then puts it in force.
    /// </summary>
    /// <param name="asked">Whether what came is within what this side offered to anyone, or asked for.</param>
    public static NegotiationMove? Follows(NegotiationState state, DspSide side, bool asked) => (state, side) switch
    {
        (NegotiationState.Requested, DspSide.Provider) when asked => NegotiationMove.Agree,
        (NegotiationState.Offered, DspSide.Consumer) when asked => NegotiationMove.Accept,
        (NegotiationState.Accepted, DspSide.Provider) => NegotiationMove.Agree,
        (NegotiationState.Agreed, DspSide.Consumer) => NegotiationMove.Verify,
        (NegotiationState.Verified, DspSide.Provider) => NegotiationMove.Finalize,
        _ => null,
    };
}
