using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tongban.Trust;

/// <summary>
/// SHA-256 as it is needed dozens of times for every exchange, of some hundred bytes each. .NET's own makes, fetches and frees a context of
/// libcrypto's for each, which costs several times the hashing; this is the same code of libcrypto with its state on the stack.
/// </summary>
static partial class LibCrypto
{
    /// <summary>Above it the context is nothing beside the hashing, and the collector should not wait for the end.</summary>
    const int LargestDirect = 4096;

    /// <summary>SHA256_CTX of openssl/sha.h: eight words of state, the length, one block, and two words.</summary>
    const int StateSize = 112;

    static readonly bool Direct = HasDirect();

    /// <summary>SHA-256(first ‖ second).</summary>
    public static void Sha256(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash)
    {
        if (hash.Length < SHA256.HashSizeInBytes)
            throw new ArgumentException("A hash has 32 bytes.", nameof(hash));
        if (!Direct || first.Length + second.Length > LargestDirect)
        {
            using var slow = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            slow.AppendData(first);
            slow.AppendData(second);
            slow.GetHashAndReset(hash);
            return;
        }
        unsafe
        {
            var state = stackalloc ulong[StateSize / sizeof(ulong)];
            fixed (byte* a = first, b = second, into = hash)
            {
                // None of the three can fail: they reach no memory but this.
                _ = SHA256_Init(state);
                if (a != null)
                    _ = SHA256_Update(state, a, (nuint)first.Length);
                if (b != null)
                    _ = SHA256_Update(state, b, (nuint)second.Length);
                _ = SHA256_Final(into, state);
            }
        }
    }

    /// <summary>They are deprecated, so that a libcrypto may be built without.</summary>
    static bool HasDirect()
    {
        var library = Resolve(Library, typeof(LibCrypto).Assembly, null);
        return NativeLibrary.TryGetExport(library, nameof(SHA256_Init), out _) && NativeLibrary.TryGetExport(library, nameof(SHA256_Update), out _) && NativeLibrary.TryGetExport(library, nameof(SHA256_Final), out _);
    }

    [LibraryImport(Library), SuppressGCTransition]
    private static unsafe partial int SHA256_Init(ulong* state);

    [LibraryImport(Library), SuppressGCTransition]
    private static unsafe partial int SHA256_Update(ulong* state, byte* data, nuint length);

    [LibraryImport(Library), SuppressGCTransition]
    private static unsafe partial int SHA256_Final(byte* hash, ulong* state);
}
