using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Trust;

/// <summary>
/// Seals personal fields at rest and makes the keyed indexes by which they are found. Safe for concurrent use.
/// A second implementation keeps its keys in an HSM.
/// </summary>
/// <remarks>
/// <c>context</c> names where a value lives, such as <c>identity_person.name</c>. It is authenticated, not stored:
/// a ciphertext moved to another column does not open there.
/// </remarks>
public interface IVault : IIndexForms
{
    /// <summary>Text form <c>v1.{key id}.{base64url}</c>, so that rows sealed with an old key can be found by prefix.</summary>
    string Seal(string plain, string context);

    /// <summary>Opens what this node sealed. Data of our own that does not open is broken infrastructure: throws <see cref="System.Security.Cryptography.CryptographicException"/>.</summary>
    string Open(string @sealed, string context);

    /// <summary>As <see cref="Open(string, string)"/>, for input that may rightly be wrong: <c>vault.malformed</c>, <c>vault.unknown-key</c>, <c>vault.wrong</c>.</summary>
    Result<string> TryOpen(string @sealed, string context);

    byte[] Seal(ReadOnlySpan<byte> plain, string context);

    Result<byte[]> TryOpen(ReadOnlySpan<byte> @sealed, string context);

    /// <summary>Seals a stream in chunks of 64 KiB; nothing is buffered beyond one chunk.</summary>
    Task Seal(Stream plain, Stream @sealed, string context, CancellationToken cancel = default);

    /// <summary>
    /// Opens a stream. Each chunk is authenticated before it is written, but a cut-off end is known only at the end:
    /// callers must not act on <paramref name="plain"/> before this returned without an error.
    /// </summary>
    Task<Result<Done>> Open(Stream @sealed, Stream plain, string context, CancellationToken cancel = default);

    /// <summary>
    /// The keyed index of a value (<see cref="IndexChain"/>). Equal values in one context give equal indexes; the caller normalises first
    /// (case, width, spaces). While the key is being replaced this is the older form: rows are looked for under all its
    /// <see cref="IIndexForms.Forms"/>, compared with <see cref="IIndexForms.Same"/>, and stored in the form of <see cref="IIndexForms.Written"/>.
    /// </summary>
    string BlindIndex(string context, string value);

    /// <summary>
    /// The same under the first key alone, which no rotation changes: for names that others keep, and as a part of an index over an index.
    /// Never of a value that could be guessed where this itself is stored.
    /// </summary>
    string LastingIndex(string context, string value);

    /// <summary>False when the value was sealed with an older key and the rotation job should seal it again.</summary>
    bool IsCurrent(string @sealed);
}
