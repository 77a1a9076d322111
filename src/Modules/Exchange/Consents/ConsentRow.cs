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

    /// <summary>As in <see cref="ConsentFetch"/>; null where each source answers any number of times.</summary>
    public string? FetchKind { get; set; }

    public int FetchMost { get; set; }

    public string? FetchPer { get; set; }

    public int? DataLifeDays { get; set; }

    public string? MandateKind { get; set; }

    /// <summary>With the mandate ends the consent.</summary>
    public string? MandateReference { get; set; }

    /// <summary>Related persons about whom something was asked under it, each as <c>|key|</c>: the log has those uses under them.</summary>
    [BlindIndex("related persons asked about under it", Between = "|", Last = true)]
    public string AlsoAbout { get; set; } = "";

    /// <summary>Token and salts, sealed.</summary>
    [Sealed(SealContext)]
    public required string Sealed { get; set; }

    public long Revision { get; set; }

    public static string ReadFor => Purposes.Audit;

    public IReadOnlyList<ConsentSource> SourceList() => JsonSerializer.Deserialize<List<ConsentSource>>(Sources, DirectoryDocument.Json)!;

    public ConsentFetch? Fetch => FetchKind is { } kind ? new(kind, FetchMost, FetchPer) : null;

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
/// <param name="ActorSalt">Of the commitment to whoever consented for the holder, base64: it never leaves this node. Null when the holder did.</param>
sealed record ConsentSecret(string Token, string Salt, string? ActorSalt = null);

/// <summary>A consent that this node must no longer honour.</summary>
[NoRowRule("Opaque ids of consents; found only by exact id.")]
sealed class RevocationRow
{
    public required string ConsentId { get; set; }

    public required string FromNode { get; set; }

    /// <summary>When it was taken back, as its node says.</summary>
    public long At { get; set; }

    /// <summary>When this node stored it, by its own clock, so that only what is newer is read; 0 of one that a replica of an older version stored.</summary>
    public long HeardAt { get; set; }
}
