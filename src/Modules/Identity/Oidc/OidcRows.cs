using Tongban.Kernel.Access;

namespace Tongban.Identity.Oidc;

/// <summary>A local client of this provider. The region's nodes are clients by the directory and have no row.</summary>
[NoRowRule("Settings of the node; holds nothing about anybody.")]
sealed class ClientRow
{
    public required string Id { get; set; }

    public required string NameZh { get; set; }

    public required string NameEn { get; set; }

    /// <summary>SHA-256 of the random secret; empty for a public client.</summary>
    public required string SecretHash { get; set; }

    /// <summary>Exact addresses, one per line.</summary>
    public required string RedirectUris { get; set; }

    public required string PostLogoutUris { get; set; }

    public long CreatedAt { get; set; }
}

/// <summary>An authorization and what came of it: one code, then one family of tokens. Losing trust in one ends all.</summary>
[NoRowRule("Found only by the hash of the code that its client holds.")]
sealed class GrantRow
{
    public required string Id { get; set; }

    public required string CodeHash { get; set; }

    public required string ClientId { get; set; }

    public required string AccountId { get; set; }

    /// <summary>The session that agreed; when it ends, so do the tokens.</summary>
    public required string SessionHash { get; set; }

    public required string RedirectUri { get; set; }

    public required string Scope { get; set; }

    public string? Nonce { get; set; }

    /// <summary>PKCE S256; null only for a confidential client that sent none.</summary>
    public string? Challenge { get; set; }

    public long SignedInAt { get; set; }

    public int Level { get; set; }

    public long CodeExpiresAt { get; set; }

    public long? CodeUsedAt { get; set; }

    public long? RevokedAt { get; set; }

    public long Revision { get; set; }
}

[NoRowRule("Found only by the hash of the token that its client holds.")]
sealed class TokenRow
{
    /// <summary>SHA-256 of the token, base64url.</summary>
    public required string Hash { get; set; }

    public required string GrantId { get; set; }

    /// <summary><c>access</c> or <c>refresh</c>.</summary>
    public required string Kind { get; set; }

    public long ExpiresAt { get; set; }

    /// <summary>Refresh tokens are used once; a second use revokes the grant.</summary>
    public long? UsedAt { get; set; }
}
