using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>A process of the protocol as this side of it knows it: how far it is, what this side decided and still has to deliver.</summary>
abstract class DspProcess<TState, TMove>
    where TState : struct, Enum
    where TMove : struct, Enum
{
    /// <summary>This side's process id.</summary>
    public required string Id { get; set; }

    public DspSide Side { get; set; }

    /// <summary>Node id of the other side.</summary>
    public required string Peer { get; set; }

    /// <summary>The other side's process id; empty until it has answered.</summary>
    public string PeerPid { get; set; } = "";

    /// <summary>Path below the peer's endpoint in the directory where its messages go.</summary>
    public required string PeerBase { get; set; }

    public TState State { get; set; }

    public string AgreementId { get; set; } = "";

    /// <summary>What this side has decided and not yet delivered.</summary>
    public TMove? Sending { get; set; }

    /// <summary>Unix ms.</summary>
    public long NextAt { get; set; }

    public int Attempts { get; set; }

    /// <summary>Code of the last failed delivery.</summary>
    public string? LastError { get; set; }

    /// <summary>Why it was ended or suspended.</summary>
    public string? Reason { get; set; }

    public long CreatedAt { get; set; }

    public long ChangedAt { get; set; }

    /// <summary>The division of this node.</summary>
    public required string Division { get; set; }

    /// <summary>The department whose resource it is when this node is the provider; empty otherwise.</summary>
    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; }

    public string ProviderPid => Side == DspSide.Provider ? Id : PeerPid;

    public string ConsumerPid => Side == DspSide.Consumer ? Id : PeerPid;

    public DspSide OtherSide => Side == DspSide.Provider ? DspSide.Consumer : DspSide.Provider;

    /// <summary>What is on the table; null where nothing is.</summary>
    public virtual string? Table => null;

    protected abstract TMove End { get; }

    /// <summary>Null when the move is not allowed.</summary>
    public abstract TState? Next(TState from, DspSide by, TMove move);

    public abstract void Become(TState state, string by, long now);

    public bool IsEnd(TMove move) => EqualityComparer<TMove>.Default.Equals(move, End);

    /// <summary>The other side's move answers a message that is just now being delivered to it: it was quicker than its own "received".</summary>
    public bool IsArriving(TMove move, long now) =>
        Sending is { } mine && NextAt > now && Next(State, Side, mine) is { } next && Next(next, OtherSide, move) is not null;

    /// <summary>This side may take the step now; null when it is decided and will be delivered.</summary>
    public Error? Decide(TMove move, string? reason, long now)
    {
        if (Next(State, Side, move) is null)
            return Illegal(move);
        // It can be ended at any time; any other step waits for the one before.
        if (Sending is not null && !IsEnd(move))
            return Error.Conflict("dsp.under-way", "上一步正在送达对方", "The step before is still being delivered", "请稍候再试", "Try again in a moment");
        Reason = reason ?? Reason;
        Send(move, now);
        return null;
    }

    /// <summary>Decides what to send; it counts once the other side has taken it.</summary>
    public void Send(TMove? move, long now)
    {
        (Sending, NextAt, Attempts, LastError) = (move, now, 0, null);
        Revision++;
    }

    public Error Illegal(TMove move) => Error.Invalid("dsp.illegal-transition",
        $"状态 {Wire} 下不能 {move.ToString().ToUpperInvariant()}", $"{move.ToString().ToUpperInvariant()} is not possible in state {Wire}", "state", "请先查询当前状态", "Ask for the present state first");

    public string Wire => WireOf(State);

    public static string WireOf(TState state) => state.ToString().ToUpperInvariant();
}
