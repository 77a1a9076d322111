using Tongban.Kernel;

namespace Tongban.Identity;

/// <summary>What a node may set about sign-in. The defaults are the production values.</summary>
sealed record IdentityOptions
{
    /// <summary>PBKDF2-HMAC-SHA-256 rounds; OWASP's floor is 600,000 (2023). A stored hash with fewer is renewed at the next sign-in.</summary>
    public int PasswordIterations { get; init; } = 600_000;

    /// <summary>Wrong tries in a row after which an account is locked.</summary>
    public int LockAfter { get; init; } = 5;

    public TimeSpan LockFor { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Wrong tries, codes asked for and registrations from one network address within <see cref="AddressWindow"/>.</summary>
    public int AddressTries { get; init; } = 60;

    public TimeSpan AddressWindow { get; init; } = TimeSpan.FromMinutes(15);

    public TimeSpan StaffIdle { get; init; } = TimeSpan.FromMinutes(30);

    public TimeSpan PersonIdle { get; init; } = TimeSpan.FromHours(2);

    /// <summary>A session ends after this, however busy it is.</summary>
    public TimeSpan SessionLife { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long another replica may still honour a session that was ended here.</summary>
    public TimeSpan SessionCache { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Seeding a region makes a hundred accounts; known demo passwords gain nothing from a slow hash.</summary>
    public static IdentityOptions For(NodeIdentity node) => node.Demo ? new() { PasswordIterations = 20_000 } : new();
}
