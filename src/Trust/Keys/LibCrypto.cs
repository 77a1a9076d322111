using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tongban.Trust;

/// <summary>An EVP_PKEY. OpenSSL 3 lets any number of threads use one key, each with a context of its own.</summary>
sealed class EvpKey() : SafeHandle(IntPtr.Zero, ownsHandle: true)
{
    public override bool IsInvalid => handle == IntPtr.Zero;

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_free(handle);
        return true;
    }
}

/// <summary>The few functions of OpenSSL 3's libcrypto that .NET does not offer. Failure here is broken infrastructure and is thrown.</summary>
static partial class LibCrypto
{
    /// <summary>NID_ED25519 of obj_mac.h.</summary>
    public const int Ed25519 = 1087;

    const string Library = "libcrypto";

    static LibCrypto() => NativeLibrary.SetDllImportResolver(typeof(LibCrypto).Assembly, Resolve);

    // The versioned name comes first: the unversioned one exists only where development files are installed.
    static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return IntPtr.Zero;
        foreach (var candidate in new[] { "libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto" })
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle))
                return handle;
        }
        throw new DllNotFoundException("OpenSSL 3 (libcrypto.so.3) is needed for Ed25519 and SM2. On Debian: apt-get install libssl3");
    }

    public static EvpKey PrivateKey(int type, ReadOnlySpan<byte> raw) =>
        Have(EVP_PKEY_new_raw_private_key(type, IntPtr.Zero, raw, (nuint)raw.Length));

    public static EvpKey PublicKey(int type, ReadOnlySpan<byte> raw) =>
        Have(EVP_PKEY_new_raw_public_key(type, IntPtr.Zero, raw, (nuint)raw.Length));

    public static byte[] RawPublic(EvpKey key, int length)
    {
        var raw = new byte[length];
        var written = (nuint)length;
        Check(EVP_PKEY_get_raw_public_key(key, raw, ref written));
        return raw;
    }

    public static void Sign(EvpKey key, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        var context = EVP_MD_CTX_new();
        try
        {
            Check(EVP_DigestSignInit(context, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, key));
            var length = (nuint)signature.Length;
            Check(EVP_DigestSign(context, signature, ref length, data, (nuint)data.Length));
        }
        finally
        {
            EVP_MD_CTX_free(context);
        }
    }

    public static bool Verify(EvpKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var context = EVP_MD_CTX_new();
        try
        {
            Check(EVP_DigestVerifyInit(context, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, key));
            var right = EVP_DigestVerify(context, signature, (nuint)signature.Length, data, (nuint)data.Length) == 1;
            // A wrong signature leaves an entry in this thread's error queue, which .NET's own calls would then report as theirs.
            if (!right)
                ERR_clear_error();
            return right;
        }
        finally
        {
            EVP_MD_CTX_free(context);
        }
    }

    /// <summary>A private key in DER (PKCS #8).</summary>
    public static EvpKey ReadPrivateKey(ReadOnlySpan<byte> der)
    {
        unsafe
        {
            fixed (byte* at = der)
            {
                var next = (IntPtr)at;
                return Have(d2i_AutoPrivateKey(IntPtr.Zero, ref next, der.Length));
            }
        }
    }

    /// <summary>A public key in DER (SubjectPublicKeyInfo); null when it is none, such as a point off its curve.</summary>
    public static EvpKey? ReadPublicKey(ReadOnlySpan<byte> der)
    {
        unsafe
        {
            fixed (byte* at = der)
            {
                var next = (IntPtr)at;
                var key = d2i_PUBKEY(IntPtr.Zero, ref next, der.Length);
                if (!key.IsInvalid)
                    return key;
                key.Dispose();
                ERR_clear_error();
                return null;
            }
        }
    }

    public static byte[] PublicKeyDer(EvpKey key)
    {
        var length = i2d_PUBKEY(key, IntPtr.Zero);
        Check(length > 0 ? 1 : 0);
        var der = new byte[length];
        unsafe
        {
            fixed (byte* at = der)
            {
                var next = (IntPtr)at;
                Check(i2d_PUBKEY(key, ref next) == length ? 1 : 0);
            }
        }
        return der;
    }

    /// <summary>SM2 with SM3 under the signer's identity; the signature in DER.</summary>
    public static byte[] SignSm2(EvpKey key, byte[] identity, ReadOnlySpan<byte> data) => WithSm2(key, identity, data, static (context, key, data, _) =>
    {
        Check(EVP_DigestSignInit(context, IntPtr.Zero, EVP_sm3(), IntPtr.Zero, key));
        Span<byte> signature = stackalloc byte[80];
        var length = (nuint)signature.Length;
        Check(EVP_DigestSign(context, signature, ref length, data, (nuint)data.Length));
        return signature[..(int)length].ToArray();
    }, []);

    public static bool VerifySm2(EvpKey key, byte[] identity, ReadOnlySpan<byte> data, byte[] signature) => WithSm2(key, identity, data, static (context, key, data, signature) =>
    {
        Check(EVP_DigestVerifyInit(context, IntPtr.Zero, EVP_sm3(), IntPtr.Zero, key));
        var right = EVP_DigestVerify(context, signature, (nuint)signature.Length, data, (nuint)data.Length) == 1;
        if (!right)
            ERR_clear_error();
        return right;
    }, signature);

    delegate T Use<T>(IntPtr context, EvpKey key, ReadOnlySpan<byte> data, byte[] signature);

    /// <summary>The identity is hashed in front of the data, so it must be known before the operation begins.</summary>
    static T WithSm2<T>(EvpKey key, byte[] identity, ReadOnlySpan<byte> data, Use<T> use, byte[] signature)
    {
        var context = EVP_MD_CTX_new();
        var ofKey = EVP_PKEY_CTX_new(key, IntPtr.Zero);
        try
        {
            Check(EVP_PKEY_CTX_set1_id(ofKey, identity, identity.Length));
            EVP_MD_CTX_set_pkey_ctx(context, ofKey);
            return use(context, key, data, signature);
        }
        finally
        {
            EVP_MD_CTX_free(context);
            EVP_PKEY_CTX_free(ofKey);
        }
    }

    static EvpKey Have(EvpKey key) => key.IsInvalid ? throw Failed() : key;

    static void Check(int outcome)
    {
        if (outcome != 1)
            throw Failed();
    }

    static CryptographicException Failed()
    {
        var code = ERR_get_error();
        ERR_clear_error();
        return new CryptographicException($"libcrypto refused the operation (error {code:X})");
    }

    [LibraryImport(Library)]
    private static partial EvpKey EVP_PKEY_new_raw_private_key(int type, IntPtr engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    private static partial EvpKey EVP_PKEY_new_raw_public_key(int type, IntPtr engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_raw_public_key(EvpKey key, Span<byte> raw, ref nuint length);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_free(IntPtr key);

    [LibraryImport(Library)]
    private static partial IntPtr EVP_MD_CTX_new();

    [LibraryImport(Library)]
    private static partial void EVP_MD_CTX_free(IntPtr context);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSignInit(IntPtr context, IntPtr keyContext, IntPtr digest, IntPtr engine, EvpKey key);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSign(IntPtr context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library)]
    private static partial int EVP_DigestVerifyInit(IntPtr context, IntPtr keyContext, IntPtr digest, IntPtr engine, EvpKey key);

    [LibraryImport(Library)]
    private static partial int EVP_DigestVerify(IntPtr context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library)]
    private static partial EvpKey d2i_AutoPrivateKey(IntPtr into, ref IntPtr next, nint length);

    [LibraryImport(Library)]
    private static partial EvpKey d2i_PUBKEY(IntPtr into, ref IntPtr next, nint length);

    [LibraryImport(Library)]
    private static partial int i2d_PUBKEY(EvpKey key, IntPtr none);

    [LibraryImport(Library)]
    private static partial int i2d_PUBKEY(EvpKey key, ref IntPtr next);

    [LibraryImport(Library)]
    private static partial IntPtr EVP_PKEY_CTX_new(EvpKey key, IntPtr engine);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_CTX_free(IntPtr context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_CTX_set1_id(IntPtr context, byte[] identity, int length);

    [LibraryImport(Library)]
    private static partial void EVP_MD_CTX_set_pkey_ctx(IntPtr context, IntPtr keyContext);

    [LibraryImport(Library)]
    private static partial IntPtr EVP_sm3();

    [LibraryImport(Library)]
    private static partial nuint ERR_get_error();

    [LibraryImport(Library)]
    private static partial void ERR_clear_error();
}
