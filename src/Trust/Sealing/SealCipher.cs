using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Tongban.Trust;

/// <summary>
/// A way to seal: authenticated encryption under a 32-byte envelope key with a 12-byte nonce. The envelope key names its cipher, so one
/// store holds values of both. Safe for concurrent use.
/// </summary>
public abstract class SealCipher
{
    public const int KeyLength = 32;
    internal const int Nonce = 12;

    /// <summary>AES-256-GCM (NIST SP 800-38D), 16-byte tag.</summary>
    public static readonly SealCipher AesGcm = new AesGcmCipher();

    /// <summary>SM4 in counter mode (GB/T 32907, GB/T 17964), then HMAC-SM3 (GB/T 32905) over context, nonce and ciphertext; 32-byte tag.</summary>
    public static readonly SealCipher Sm4 = new Sm4Cipher();

    public static IReadOnlyList<SealCipher> All { get; } = [AesGcm, Sm4];

    /// <summary>The name in settings and in the keystore.</summary>
    public abstract string Name { get; }

    internal abstract int Tag { get; }

    internal abstract ISealBox Box(byte[] key);

    /// <summary>The key of one stream, of the envelope key, a random salt of fixed length and the context.</summary>
    internal abstract byte[] StreamKey(byte[] envelope, byte[] salt, string context);

    public static SealCipher? ByName(string name) => All.FirstOrDefault(c => c.Name == name);

    public override string ToString() => Name;
}

/// <summary>A key ready for use; one at a time.</summary>
interface ISealBox : IDisposable
{
    void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag, ReadOnlySpan<byte> context);

    /// <summary>False, and nothing written that could be used, when anything does not belong together.</summary>
    bool Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> context);
}

sealed class AesGcmCipher : SealCipher
{
    public override string Name => "aes-256-gcm";

    internal override int Tag => 16;

    internal override ISealBox Box(byte[] key) => new Gcm(new AesGcm(key, Tag));

    internal override byte[] StreamKey(byte[] envelope, byte[] salt, string context) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, envelope, KeyLength, salt, Encoding.UTF8.GetBytes("tongban stream " + context));

    sealed class Gcm(AesGcm aes) : ISealBox
    {
        public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag, ReadOnlySpan<byte> context) =>
            aes.Encrypt(nonce, plain, cipher, tag, context);

        public bool Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> context)
        {
            try
            {
                aes.Decrypt(nonce, cipher, tag, plain, context);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }
        }

        public void Dispose() => aes.Dispose();
    }
}

/// <summary>
/// Encrypt-then-MAC, since OpenSSL 3 has no SM4-GCM. Both keys are derived from the envelope key with HMAC-SM3, one for each purpose.
/// The counter block is nonce ‖ 0: 2^32 blocks, 64 GiB, before it could run into another's; a chunk of a stream has 64 KiB.
/// </summary>
sealed class Sm4Cipher : SealCipher
{
    public override string Name => "sm4-ctr-hmac-sm3";

    internal override int Tag => LibCrypto.Sm3Length;

    internal override ISealBox Box(byte[] key) => new Sealed(
        LibCrypto.HmacSm3(key, "tongban sm4-ctr encryption"u8)[..LibCrypto.Sm4KeyLength], LibCrypto.HmacSm3(key, "tongban hmac-sm3 authentication"u8));

    internal override byte[] StreamKey(byte[] envelope, byte[] salt, string context) =>
        LibCrypto.HmacSm3(envelope, [.. "tongban stream "u8, .. salt, .. Encoding.UTF8.GetBytes(context)]);

    sealed class Sealed(byte[] encryption, byte[] authentication) : ISealBox
    {
        public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag, ReadOnlySpan<byte> context)
        {
            LibCrypto.Sm4Ctr(encryption, Counter(nonce), plain, cipher);
            Mac(nonce, cipher, context).CopyTo(tag);
        }

        public bool Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> context)
        {
            if (!CryptographicOperations.FixedTimeEquals(Mac(nonce, cipher, context), tag))
                return false;
            LibCrypto.Sm4Ctr(encryption, Counter(nonce), cipher, plain);
            return true;
        }

        // The context's length comes first, so that the border between context, nonce and ciphertext cannot be moved.
        byte[] Mac(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> context)
        {
            var input = new byte[4 + context.Length + nonce.Length + cipher.Length];
            BinaryPrimitives.WriteInt32BigEndian(input, context.Length);
            context.CopyTo(input.AsSpan(4));
            nonce.CopyTo(input.AsSpan(4 + context.Length));
            cipher.CopyTo(input.AsSpan(4 + context.Length + nonce.Length));
            return LibCrypto.HmacSm3(authentication, input);
        }

        static byte[] Counter(ReadOnlySpan<byte> nonce) => [.. nonce, 0, 0, 0, 0];

        public void Dispose()
        {
            CryptographicOperations.ZeroMemory(encryption);
            CryptographicOperations.ZeroMemory(authentication);
        }
    }
}
