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
    public static Commitment Make(ReadOnlySpan<byte> value)
    {
        var salt = RandomNumberGenerator.GetBytes(32);
        return new(salt, Hash(salt, value));
    }

    public static Commitment Make(string value) => Make(Encoding.UTF8.GetBytes(value));

    /// <summary>Whether a commitment was made to this value with this salt.</summary>
    public static bool Opens(string commitment, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> value) => Hash(salt, value) == commitment;

    static string Hash(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> value)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(value);
        return Base64Url.EncodeToString(hash.GetHashAndReset());
    }
}
