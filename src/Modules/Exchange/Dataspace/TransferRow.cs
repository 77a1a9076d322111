using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>The use of an agreement as the protocol sees it: while it is suspended, queries under the agreement are refused.</summary>
sealed class TransferRow : DspProcess<TransferState, TransferMove>, IRowRuled
{
    /// <summary>Node that suspended it. What this side suspended stays so though the other ends the transfer: it would only begin another.</summary>
    public string? SuspendedBy { get; set; }

    public static string ReadFor => Purposes.Exchange;

    protected override TransferMove End => TransferMove.Terminate;

    public static TransferRow New(DspSide side, string division, string department, string peer, string peerBase, string agreement, long now) => new()
    {
        Id = DspMessage.NewPid(),
        Side = side,
        Peer = peer,
        PeerBase = peerBase,
        AgreementId = agreement,
        CreatedAt = now,
        ChangedAt = now,
        Division = division,
        Department = department,
    };

    /// <summary>Whoever suspended it takes it up again: a provider that stopped a use is not overruled by the consumer.</summary>
    public override TransferState? Next(TransferState from, DspSide by, TransferMove move) =>
        from == TransferState.Suspended && move == TransferMove.Start && State == from && (by == OtherSide) != (SuspendedBy == Peer) ? null : TransferRules.Next(from, by, move);

    public override void Become(TransferState state, string by, long now)
    {
        SuspendedBy = state switch
        {
            TransferState.Suspended => by,
            TransferState.Terminated when by == Peer && SuspendedBy != Peer => SuspendedBy,
            _ => null,
        };
        (State, ChangedAt) = (state, now);
        Revision++;
    }

    /// <summary>Takes back a suspension whose transfer the other side ended.</summary>
    public void Lift()
    {
        SuspendedBy = null;
        Revision++;
    }
}
