using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// Which signatures a receiver accepts. RFC 9421 alone proves little: a profile says what must be covered and stated.
/// </summary>
public sealed record Profile
{
    // Stands first: the profiles below are made of it.
    static readonly Component Digest = Component.Parse("content-digest");

    /// <summary>The label of this system's signatures.</summary>
    public const string Label = "tb";

    /// <summary>Components that must be covered, beside content-digest when there is content.</summary>
    public IReadOnlyList<Component> Required
    {
        get;
        private init
        {
            field = value;
            WithDigest = [.. value, Digest];
        }
    } = [];

    IReadOnlyList<Component> WithDigest { get; init; } = [];

    /// <summary>With it, a message with content needs a covered, matching Content-Digest.</summary>
    public bool DigestOfContent { get; private init; }

    public bool NeedsCreated { get; private init; }

    public bool NeedsExpires { get; private init; }

    public bool NeedsNonce { get; private init; }

    /// <summary>How far two clocks may differ.</summary>
    public TimeSpan Skew { get; private init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest life a signature may state; it bounds how long nonces are kept.</summary>
    public TimeSpan Longest { get; private init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether signatures are checked for age at all; stored messages are not.</summary>
    public bool ChecksTime { get; private init; } = true;

    /// <summary>A request between nodes: target, content, age, key and nonce are all under the signature.</summary>
    public static Profile Request { get; } = new()
    {
        Required = [Component.Parse("@method"), Component.Parse("@target-uri")],
        DigestOfContent = true,
        NeedsCreated = true,
        NeedsExpires = true,
        NeedsNonce = true,
    };

    /// <summary>A request that asks for something only if it changed since: what it holds already is under the signature, too.</summary>
    public static Profile IfChanged { get; } = Request.Covering(Component.Parse(IfNoneMatch));

    public const string IfNoneMatch = "if-none-match";

    /// <summary>An answer between nodes: it covers the request's method, target and signature, so it answers this question and no other.</summary>
    public static Profile Response { get; } = new()
    {
        Required =
        [
            Component.Parse("@status"),
            Component.Parse("\"@method\";req"),
            Component.Parse("\"@target-uri\";req"),
            Component.Parse($"\"signature\";req;key=\"{Label}\""),
        ],
        DigestOfContent = true,
        NeedsCreated = true,
    };

    /// <summary>Only what RFC 9421 itself asks for: for other people's messages and published vectors.</summary>
    public static Profile Any { get; } = new() { ChecksTime = false };

    /// <summary>Also asks for these components, such as a header that carries the caller's purpose.</summary>
    public Profile Covering(params IReadOnlyList<Component> more) => this with { Required = [.. Required, .. more] };

    internal static string DigestComponent => Digest.Canonical;

    /// <summary>The parameters under which this node signs: everything the profile asks for, a fresh nonce, one minute of life.</summary>
    public SignatureParameters For(NodeKey key, DateTimeOffset now, bool hasContent)
    {
        var created = now.ToUnixTimeSeconds();
        return new(Label, hasContent && DigestOfContent ? WithDigest : Required)
        {
            Created = created,
            Expires = NeedsExpires ? created + 60 : null,
            Nonce = NeedsNonce ? FreshNonce(now) : null,
            KeyId = key.Kid,
            Algorithm = key.Suite.Name,
        };
    }

    /// <summary>48 bits of time and 80 random bits: as unique as random alone, and a receiver's store of nonces grows at its end.</summary>
    static string FreshNonce(DateTimeOffset now)
    {
        Span<byte> nonce = stackalloc byte[18];
        BinaryPrimitives.WriteInt64BigEndian(nonce, now.ToUnixTimeMilliseconds());
        FreshBytes.Fill(nonce[8..]);
        return Base64Url.EncodeToString(nonce[2..]);
    }
}
