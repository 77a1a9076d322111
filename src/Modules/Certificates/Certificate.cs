using System.Text.Json.Nodes;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Certificates;

enum CertificateState
{
    /// <summary>The decision is there; the holder's key has been asked for.</summary>
    AwaitingHolderKey,
    Valid,
    Revoked,
}

/// <summary>A certificate that a department of this node issues. One for one positive decision.</summary>
sealed class Certificate : IRowRuled
{
    /// <summary>For addresses; the 36904 id is for people.</summary>
    public required string Id { get; set; }

    public required string Number { get; set; }

    public required string TypeCode { get; set; }

    public required string NameZh { get; set; }

    public required string NameEn { get; set; }

    public required string CaseNumber { get; set; }

    public required string FilingId { get; set; }

    public required string FilingNode { get; set; }

    public required string IssuerName { get; set; }

    /// <summary>Sealed JSON of <see cref="CertificateContent"/>.</summary>
    [Sealed(Seals.Content)]
    public required string ContentSealed { get; set; }

    public required string IssuedOn { get; set; }

    public string? ValidUntil { get; set; }

    public long StatusPlace { get; set; }

    public CertificateState State { get; set; }

    public string? RevokedReason { get; set; }

    public long? RevokedAt { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public required string SubjectKey { get; set; }

    public string Readers { get; set; } = "";

    public long Revision { get; set; }

    public static string ReadFor => Purposes.Certificates;

    /// <summary>Pure: only a valid certificate can be revoked, and only with a reason.</summary>
    public Result<Done> Revoke(string reason, long at)
    {
        if (State != CertificateState.Valid)
        {
            return Error.Conflict("certificate.not-valid", "这张证照不在有效状态，不能注销", "The certificate is not valid and cannot be revoked",
                "请刷新页面查看它现在的状态", "Reload to see its present state");
        }
        if (string.IsNullOrWhiteSpace(reason))
            return Error.Invalid("certificate.reason", "请填写注销理由", "Give the reason for the revocation", "reason");
        State = CertificateState.Revoked;
        RevokedReason = reason.Trim();
        RevokedAt = at;
        Revision++;
        return Done.It;
    }
}

/// <summary>What a certificate says of whom, before it is signed. Personal.</summary>
/// <param name="Claims">As <see cref="ClaimValue"/> states them.</param>
sealed record CertificateContent(string HolderCitizenId, string HolderName, IReadOnlyDictionary<string, JsonNode> Claims, IReadOnlyDictionary<string, Words> Labels);

/// <summary>A certificate in a person's hands, of whatever issuer, at the node where they file.</summary>
sealed class HeldRow : IRowRuled
{
    public required string Id { get; set; }

    public required string Number { get; set; }

    public required string TypeCode { get; set; }

    public required string NameZh { get; set; }

    public required string NameEn { get; set; }

    public required string IssuerNode { get; set; }

    public required string CaseNumber { get; set; }

    public required string FilingId { get; set; }

    [Sealed(Seals.Token)]
    public required string TokenSealed { get; set; }

    public required string IssuedOn { get; set; }

    public string? ValidUntil { get; set; }

    public bool Revoked { get; set; }

    /// <summary>As the issuer gave it; null while it is valid.</summary>
    public string? RevokedReason { get; set; }

    public required string Division { get; set; }

    public string Department { get; set; } = "";

    public required string SubjectKey { get; set; }

    public string Readers { get; set; } = "";

    public long Revision { get; set; }

    public static string ReadFor => Purposes.Certificates;
}

/// <summary>The key that this node keeps for a person; their certificates are bound to it.</summary>
sealed class HolderKeyRow : IRowRuled
{
    public required string SubjectKey { get; set; }

    /// <summary>Sealed private JWK.</summary>
    [Sealed(Seals.Key)]
    public required string KeySealed { get; set; }

    public required string Division { get; set; }

    public string Department { get; set; } = "";

    public string Readers { get; set; } = "";

    public long CreatedAt { get; set; }

    public static string ReadFor => Purposes.Certificates;
}

/// <summary>What a holder shows for some minutes, behind a code. Holds only the claims they chose.</summary>
[NoRowRule("Found only by its unguessable id, which is the holder's act of showing it; sealed and short-lived.")]
sealed class PresentationRow
{
    public required string Id { get; set; }

    [Sealed(Seals.Presentation)]
    public required string TokenSealed { get; set; }

    public required string Nonce { get; set; }

    public long Until { get; set; }
}
