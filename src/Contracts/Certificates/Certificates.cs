using Tongban.Kernel;
using Tongban.Kernel.Events;

namespace Tongban.Contracts.Certificates;

/// <summary>Room Certificates answers: what the person already holds at this node.</summary>
public interface ICertificates
{
    Task<IReadOnlyList<HeldCertificate>> HeldBy(string subjectKey, string? certificateType, CancellationToken ct);

    /// <summary>Checks signature, issuer and status of a certificate, this node's or another's.</summary>
    Task<Result<CertificateCheck>> Check(string token, CancellationToken ct);
}

public sealed record HeldCertificate(string CertificateId, string CertificateType, Words Name, string IssuerNode, string IssuedOn, string? ValidUntil, string State);

public sealed record CertificateCheck(string CertificateId, Words Name, string IssuerNode, bool SignatureValid, bool Revoked, bool Expired, IReadOnlyList<ShownClaim> Claims);

/// <summary>One claim its holder shows, in words for people.</summary>
/// <param name="Name">As in the token.</param>
/// <param name="Text">Money in yuan, a place by its name.</param>
public sealed record ShownClaim(string Name, Words Label, Words Text);

/// <summary>A certificate came into being. At the issuing node, and sent to the node where the holder filed.</summary>
/// <param name="Token">SD-JWT VC with all disclosures, for the holder.</param>
public sealed record CertificateIssued(
    string CertificateId,
    string CertificateType,
    Words Name,
    string IssuerNode,
    string CaseNumber,
    string FilingId,
    string HolderCitizenId,
    string IssuedOn,
    string? ValidUntil,
    string Token,
    long At) : IPeerEvent
{
    public static string WireName => "certificates.certificate-issued.v1";
}

public sealed record CertificateRevoked(string CertificateId, string IssuerNode, Words Reason, long At) : IPeerEvent
{
    public static string WireName => "certificates.certificate-revoked.v1";
}
