namespace Tongban.Exchange;

/// <summary>States of a transfer process (Dataspace Protocol 2025-1).</summary>
enum TransferState
{
    Requested,
    Started,
    Suspended,
    Completed,
    Terminated,
}

enum TransferMove
{
    Request,
    Start,
    Suspend,
    Complete,
    Terminate,
}

/// <summary>The protocol's state machine of a transfer as a table.</summary>
static class TransferRules
{
    /// <summary>Null when the move is not allowed. Only the provider starts it first.</summary>
    public static TransferState? Next(TransferState from, DspSide by, TransferMove move) => (from, by, move) switch
    {
        (TransferState.Requested, DspSide.Provider, TransferMove.Start) => TransferState.Started,
        (TransferState.Suspended, _, TransferMove.Start) => TransferState.Started,
        (TransferState.Started, _, TransferMove.Suspend) => TransferState.Suspended,
        (TransferState.Started, _, TransferMove.Complete) => TransferState.Completed,
        (TransferState.Requested or TransferState.Started or TransferState.Suspended, _, TransferMove.Terminate) => TransferState.Terminated,
        _ => null,
    };

    /// <summary>
    /// Whether questions under the agreement are refused. A suspension holds from its decision, though the other side cannot be
    /// told yet; taken up again, the provider answers from its decision, so that whoever hears of it is answered.
    /// </summary>
    public static bool Halts(DspSide side, TransferState state, TransferMove? sending, bool suspended) =>
        sending == TransferMove.Suspend || (suspended && !(side == DspSide.Provider && state == TransferState.Suspended && sending == TransferMove.Start));

    public static IEnumerable<TransferMove> Open(TransferState from, DspSide by) => Enum.GetValues<TransferMove>().Where(m => Next(from, by, m) is not null);
}
