using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>A system of this government that asks other governments through the node, without a key of the region: by a secret that it was given once.</summary>
sealed class LegacyClientRow : IRowRuled
{
    /// <summary>Its subsystem code in X-Road's terms: letters, digits, <c>-</c>.</summary>
    public required string Id { get; set; }

    public required string Name { get; set; }

    /// <summary>SHA-256 of the secret, base64url. The secret has 256 random bits: nothing is gained by stretching it.</summary>
    public required string SecretHash { get; set; }

    /// <summary>Base code of the item it asks for where a call names none; empty when each must.</summary>
    public required string Purpose { get; set; }

    /// <summary>Codes of the resources it may ask for, parted by spaces; <c>*</c> is any that an agreement covers.</summary>
    public required string Resources { get; set; }

    public long PerMinute { get; set; }

    public long CreatedAt { get; set; }

    public long? RevokedAt { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Accounts;

    public bool MayAsk(string resource) => Resources == "*" || Resources.Split(' ').Contains(resource);

    public bool Knows(string secret) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(HashOf(secret)), Encoding.ASCII.GetBytes(SecretHash));

    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string HashOf(string secret) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
