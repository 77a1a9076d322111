using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

/// <summary>A consent that this node attested.</summary>
sealed class ConsentRow : IRowRuled
{
    public const string SealContext = "exchange_consent.Sealed";

    public required string Id { get; set; }

    public required string SubjectKey { get; set; }

    public required string Division { get; set; }

    public string Department { get; set; } = "";

    public string Readers { get; set; } = "";

    public required string Purpose { get; set; }

    public required string PurposeNameZh { get; set; }

    public required string PurposeNameEn { get; set; }

    public required string CaseReference { get; set; }

    public required string Receiver { get; set; }

    /// <summary>JSON of <see cref="ConsentSource"/>; no personal data.</summary>
    public required string Sources { get; set; }

    public int Level { get; set; }

    /// <summary>Unix ms.</summary>
    public long GivenAt { get; set; }

    public long Until { get; set; }

    public long? RevokedAt { get; set; }

    /// <summary>Token and salt, sealed.</summary>
    [Sealed(SealContext)]
    public required string Sealed { get; set; }

    public long Revision { get; set; }

    public static string ReadFor => Purposes.Audit;

    public IReadOnlyList<ConsentSource> SourceList() => JsonSerializer.Deserialize<List<ConsentSource>>(Sources, DirectoryDocument.Json)!;

    public Result<Done> Revoke(long now)
    {
        if (RevokedAt is not null)
            return Error.Conflict("consent.already-revoked", "这项授权已经撤回", "This consent has already been taken back");
        RevokedAt = now;
        Revision++;
        return Done.It;
    }
}

/// <summary>What the seal of a consent row holds.</summary>
/// <param name="Salt">Of the commitment to the holder, base64.</param>
sealed record ConsentSecret(string Token, string Salt);

/// <summary>A consent that this node must no longer honour.</summary>
[NoRowRule("Opaque ids of consents; found only by exact id.")]
sealed class RevocationRow
{
    public required string ConsentId { get; set; }

    public required string FromNode { get; set; }

    public long At { get; set; }
}
