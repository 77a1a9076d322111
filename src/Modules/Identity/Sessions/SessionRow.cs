using Tongban.Kernel.Access;

namespace Tongban.Identity.Sessions;

/// <summary>A signed-in browser. The browser holds a random secret; only its hash is stored.</summary>
[NoRowRule("Found by the hash of the browser's secret, or by the account of the present session.")]
sealed class SessionRow
{
    /// <summary>SHA-256 of the secret, base64url.</summary>
    public required string Hash { get; set; }

    /// <summary>By which pages name it; opens nothing.</summary>
    public required string PublicId { get; set; }

    public required string AccountId { get; set; }

    public required SessionStep Step { get; set; }

    public required Role Role { get; set; }

    /// <summary>The mandate acted under; null while acting for oneself.</summary>
    public string? MandateId { get; set; }

    /// <summary>Assurance of this sign-in; never above the person's level.</summary>
    public int Level { get; set; }

    /// <summary>Browser family and system, for the list of sessions.</summary>
    public required string Device { get; set; }

    public long SignedInAt { get; set; }

    public long SeenAt { get; set; }

    public long EndsAt { get; set; }

    public long? EndedAt { get; set; }
}

/// <summary>What stands between the password and the work.</summary>
enum SessionStep
{
    Ready,

    /// <summary>A password that somebody else set must be replaced.</summary>
    NewPassword,

    /// <summary>The account has several roles and one must be chosen.</summary>
    ChooseRole,
}
