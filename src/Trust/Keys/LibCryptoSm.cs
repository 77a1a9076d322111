using System.Runtime.InteropServices;

namespace Tongban.Trust;

/// <summary>SM4 and SM3 of libcrypto, for sealing.</summary>
static partial class LibCrypto
{
    public const int Sm3Length = 32;
    public const int Sm4KeyLength = 16;

    public static byte[] Sm3(ReadOnlySpan<byte> data)
    {
        var hash = new byte[Sm3Length];
        Check(EVP_Digest(data, (nuint)data.Length, hash, IntPtr.Zero, EVP_sm3(), IntPtr.Zero));
        return hash;
    }

    public static byte[] HmacSm3(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        var mac = new byte[Sm3Length];
        Check(HMAC(EVP_sm3(), key, key.Length, data, (nuint)data.Length, mac, IntPtr.Zero) == IntPtr.Zero ? 0 : 1);
        return mac;
    }

    /// <summary>SM4 in counter mode: the same function both ways.</summary>
    public static void Sm4Ctr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> counter, ReadOnlySpan<byte> from, Span<byte> to) => Sm4(EVP_sm4_ctr(), key, counter, from, to);

    /// <summary>Single blocks, for the published vectors.</summary>
    internal static void Sm4Blocks(ReadOnlySpan<byte> key, ReadOnlySpan<byte> from, Span<byte> to) => Sm4(EVP_sm4_ecb(), key, new byte[16], from, to);

    /// <summary>One block encrypted again and again under one key.</summary>
    internal static byte[] Sm4Chain(ReadOnlySpan<byte> key, ReadOnlySpan<byte> block, int times)
    {
        var now = block.ToArray();
        var context = EVP_CIPHER_CTX_new();
        try
        {
            Check(EVP_EncryptInit_ex(context, EVP_sm4_ecb(), IntPtr.Zero, key, new byte[16]));
            for (var i = 0; i < times; i++)
                Check(EVP_EncryptUpdate(context, now, out _, now, now.Length));
            return now;
        }
        finally
        {
            EVP_CIPHER_CTX_free(context);
        }
    }

    static void Sm4(IntPtr cipher, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> from, Span<byte> to)
    {
        if (key.Length != Sm4KeyLength || iv.Length != 16 || to.Length < from.Length)
            throw new ArgumentException("SM4 takes a key and an iv of 16 bytes, and room for what comes out");
        if (from.IsEmpty)
            return;
        var context = EVP_CIPHER_CTX_new();
        try
        {
            Check(EVP_EncryptInit_ex(context, cipher, IntPtr.Zero, key, iv));
            Check(EVP_EncryptUpdate(context, to, out var written, from, from.Length));
            Check(written == from.Length ? 1 : 0);
        }
        finally
        {
            EVP_CIPHER_CTX_free(context);
        }
    }

    [LibraryImport(Library)]
    private static partial int EVP_Digest(ReadOnlySpan<byte> data, nuint length, Span<byte> hash, IntPtr size, IntPtr digest, IntPtr engine);

    [LibraryImport(Library)]
    private static partial IntPtr HMAC(IntPtr digest, ReadOnlySpan<byte> key, int keyLength, ReadOnlySpan<byte> data, nuint length, Span<byte> mac, IntPtr macLength);

    [LibraryImport(Library)]
    private static partial IntPtr EVP_sm4_ctr();

    [LibraryImport(Library)]
    private static partial IntPtr EVP_sm4_ecb();

    [LibraryImport(Library)]
    private static partial IntPtr EVP_CIPHER_CTX_new();

    [LibraryImport(Library)]
    private static partial void EVP_CIPHER_CTX_free(IntPtr context);

    [LibraryImport(Library)]
    private static partial int EVP_EncryptInit_ex(IntPtr context, IntPtr cipher, IntPtr engine, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv);

    [LibraryImport(Library)]
    private static partial int EVP_EncryptUpdate(IntPtr context, Span<byte> to, out int written, ReadOnlySpan<byte> from, int length);
}
