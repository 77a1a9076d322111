using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;
using Tongban.Kernel;
using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>A negotiation as this side of it knows it: what is on the table, how far it is, what is still to be sent.</summary>
sealed class NegotiationRow : IRowRuled
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

    public NegotiationState State { get; set; }

    public required string Resource { get; set; }

    /// <summary>The terms on the table, as JSON; of an agreement once there is one.</summary>
    public required string Terms { get; set; }

    /// <summary>Id of the offer that is spoken of.</summary>
    public required string OfferId { get; set; }

    /// <summary>The agreement as far as it is signed; empty before.</summary>
    public string Document { get; set; } = "";

    public string AgreementId { get; set; } = "";

    /// <summary>What this side has decided and not yet delivered.</summary>
    public NegotiationMove? Sending { get; set; }

    /// <summary>Unix ms.</summary>
    public long NextAt { get; set; }

    public int Attempts { get; set; }

    /// <summary>Code of the last failed delivery.</summary>
    public string? LastError { get; set; }

    public string? TerminatedBy { get; set; }

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

    public static string ReadFor => Purposes.Exchange;

    public DspSide OtherSide => Side == DspSide.Provider ? DspSide.Consumer : DspSide.Provider;

    /// <summary>The other side's move answers a message that is just now being delivered to it: it was quicker than its own "received".</summary>
    public bool IsArriving(NegotiationMove move, long now) =>
        Sending is { } mine && NextAt > now && NegotiationRules.Next(State, Side, mine) is { } next && NegotiationRules.Next(next, OtherSide, move) is not null;

    public string ProviderPid => Side == DspSide.Provider ? Id : PeerPid;

    public string ConsumerPid => Side == DspSide.Consumer ? Id : PeerPid;

    [NotMapped]
    public AgreementTerms OnTable
    {
        get => JsonSerializer.Deserialize<AgreementTerms>(Terms, DirectoryDocument.Json) ?? throw new InvalidDataException($"The terms of negotiation {Id} cannot be read.");
        set => Terms = JsonSerializer.Serialize(value, DirectoryDocument.Json);
    }

    public static NegotiationRow New(DspSide side, string division, string department, string peer, string peerBase, AgreementTerms terms, string offerId, long now) => new()
    {
        Id = DspMessage.NewPid(),
        Side = side,
        Peer = peer,
        PeerBase = peerBase,
        Resource = terms.Resource,
        Terms = JsonSerializer.Serialize(terms, DirectoryDocument.Json),
        OfferId = offerId,
        CreatedAt = now,
        ChangedAt = now,
        Division = division,
        Department = department,
    };

    /// <summary>This side may take the step now; null when it is decided and will be delivered.</summary>
    /// <param name="terms">Of an offer or a request: what takes the place of what is on the table.</param>
    public Error? Decide(NegotiationMove move, AgreementTerms? terms, string? reason, long now)
    {
        if (NegotiationRules.Next(State, Side, move) is null)
            return TakeNegotiation.Illegal(State, move);
        // A negotiation can be ended at any time; any other step waits for the one before.
        if (Sending is not null && move != NegotiationMove.Terminate)
            return Error.Conflict("dsp.under-way", "上一步正在送达对方", "The step before is still being delivered", "请稍候再试", "Try again in a moment");
        if (terms is not null && move is NegotiationMove.Offer or NegotiationMove.Request)
            (OnTable, OfferId) = (terms, StandingOffer.NewId());
        Reason = reason ?? Reason;
        Send(move, now);
        return null;
    }

    /// <summary>Decides what to send; it counts once the other side has taken it.</summary>
    public void Send(NegotiationMove? move, long now)
    {
        (Sending, NextAt, Attempts, LastError) = (move, now, 0, null);
        Revision++;
    }

    public void Become(NegotiationState state, long now)
    {
        (State, ChangedAt) = (state, now);
        Revision++;
    }
}
