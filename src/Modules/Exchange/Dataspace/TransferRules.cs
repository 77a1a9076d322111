using Tongban.Kernel.Access;

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
    /// <summary>Null when the move is not allowed. Only the provider starts it first; either takes it up again.</summary>
    public static TransferState? Next(TransferState from, DspSide by, TransferMove move) => (from, by, move) switch
    {
        (TransferState.Requested, DspSide.Provider, TransferMove.Start) => TransferState.Started,
        (TransferState.Suspended, _, TransferMove.Start) => TransferState.Started,
        (TransferState.Started, _, TransferMove.Suspend) => TransferState.Suspended,
        (TransferState.Started, _, TransferMove.Complete) => TransferState.Completed,
        (TransferState.Requested or TransferState.Started or TransferState.Suspended, _, TransferMove.Terminate) => TransferState.Terminated,
        _ => null,
    };

    public static IEnumerable<TransferMove> Open(TransferState from, DspSide by) => Enum.GetValues<TransferMove>().Where(m => Next(from, by, m) is not null);
}

/// <summary>The use of an agreement as the protocol sees it: from its start to its end queries run, while it is suspended they do not.</summary>
sealed class TransferRow : IRowRuled
{
    public required string Id { get; set; }

    public DspSide Side { get; set; }

    public required string Peer { get; set; }

    public string PeerPid { get; set; } = "";

    public required string PeerBase { get; set; }

    public TransferState State { get; set; }

    public required string AgreementId { get; set; }

    /// <summary>Node that suspended it.</summary>
    public string? SuspendedBy { get; set; }

    public TransferMove? Sending { get; set; }

    /// <summary>Unix ms.</summary>
    public long NextAt { get; set; }

    public int Attempts { get; set; }

    public string? LastError { get; set; }

    public string? Reason { get; set; }

    public long CreatedAt { get; set; }

    public long ChangedAt { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; }

    public static string ReadFor => Purposes.Exchange;

    public string ProviderPid => Side == DspSide.Provider ? Id : PeerPid;

    public string ConsumerPid => Side == DspSide.Consumer ? Id : PeerPid;

    public void Send(TransferMove? move, long now)
    {
        (Sending, NextAt, Attempts, LastError) = (move, now, 0, null);
        Revision++;
    }

    public void Become(TransferState state, string by, long now)
    {
        (State, ChangedAt, SuspendedBy) = (state, now, state == TransferState.Suspended ? by : null);
        Revision++;
    }
}
