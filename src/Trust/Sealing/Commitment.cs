using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Tongban.Trust;

/// <summary>
/// A salted commitment: SHA-256(salt ‖ value). The log holds only the commitment; the salt lies in a column of its
/// own, and once it is erased the commitment says nothing about the value, even to one who can guess it.
/// </summary>
/// <param name="Salt">32 random bytes.</param>
/// <param name="Value">The commitment, base64url, 43 characters.</param>
public readonly record struct Commitment(byte[] Salt, string Value)
{
    const int SaltLength = 32;

    public static Commitment Make(ReadOnlySpan<byte> value)
    {
        var salt = FreshBytes.Get(SaltLength);
        return new(salt, Hash(salt, value));
    }

    public static Commitment Make(string value) => Make(Encoding.UTF8.GetBytes(value));

    /// <summary>
    /// Whether a commitment was made to this value with this salt. A salt of another length is none: it would move the border
    /// between salt and value, and a commitment to one value would open to the end of it.
    /// </summary>
    public static bool Opens(string commitment, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> value) => salt.Length == SaltLength && Hash(salt, value) == commitment;

    static string Hash(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Merkle.HashOf(salt, value, hash);
        return Base64Url.EncodeToString(hash);
    }
}
