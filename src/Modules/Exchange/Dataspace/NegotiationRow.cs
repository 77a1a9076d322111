using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;
using Tongban.Kernel;
using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>A negotiation as this side of it knows it, with what is on the table.</summary>
sealed class NegotiationRow : DspProcess<NegotiationState, NegotiationMove>, IRowRuled
{
    public required string Resource { get; set; }

    /// <summary>The terms on the table, as JSON; of an agreement once there is one.</summary>
    public required string Terms { get; set; }

    /// <summary>Id of the offer that is spoken of.</summary>
    public required string OfferId { get; set; }

    /// <summary>The agreement as far as it is signed; empty before.</summary>
    public string Document { get; set; } = "";

    public string? TerminatedBy { get; set; }

    /// <summary>When the other side ended the agreement before this one held it (Unix ms): it arrives ended. Null otherwise.</summary>
    public long? EndedAt { get; set; }

    public string? EndReason { get; set; }

    /// <summary>Since when what was agreed to is to be shared (Unix ms); null while nothing is.</summary>
    public long? ConsentedAt { get; set; }

    /// <summary>When the provider put its signed agreement to the consumer, whose turn it is until it is verified (Unix ms).</summary>
    public long? AgreedAt { get; set; }

    [NotMapped]
    public NegotiationTimes Times => new(State, ChangedAt, ConsentedAt, AgreedAt);

    /// <summary>At the consumer: under which id the alliance was told that it is overdue; null when it was not, or was answered since.</summary>
    public string? EscalationId { get; set; }

    /// <summary>Of which stage; <see cref="EscalationRules"/>.</summary>
    public string? EscalatedStage { get; set; }

    public static string ReadFor => Purposes.Exchange;

    [NotMapped]
    public AgreementTerms OnTable
    {
        get => JsonSerializer.Deserialize<AgreementTerms>(Terms, DirectoryDocument.Json) ?? throw new InvalidDataException($"The terms of negotiation {Id} cannot be read.");
        set => Terms = JsonSerializer.Serialize(value, DirectoryDocument.Json);
    }

    public override string? Table => Terms;

    protected override NegotiationMove End => NegotiationMove.Terminate;

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

    public override NegotiationState? Next(NegotiationState from, DspSide by, NegotiationMove move) => NegotiationRules.Next(from, by, move);

    /// <summary>An offer or a request that puts other terms on the table.</summary>
    public Error? Decide(NegotiationMove move, AgreementTerms terms, string? reason, long now)
    {
        if (Decide(move, reason, now) is { } refused)
            return refused;
        if (move is NegotiationMove.Offer or NegotiationMove.Request)
        {
            // Whatever was signed before was other terms.
            (OnTable, OfferId, Document, AgreementId) = (terms, StandingOffer.NewId(), "", "");
        }
        return null;
    }

    public override void Become(NegotiationState state, string by, long now)
    {
        (State, ChangedAt) = (state, now);
        if (state is NegotiationState.Accepted or NegotiationState.Agreed)
            ConsentedAt ??= now;
        if (state == NegotiationState.Agreed)
            AgreedAt = now;
        if (state == NegotiationState.Terminated)
            TerminatedBy = by;
        Revision++;
    }
}
