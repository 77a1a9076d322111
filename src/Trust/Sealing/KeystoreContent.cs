using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Tongban.Trust;

/// <summary>What the file holds, as JSON inside the encryption. Names are part of the format; what came later may be absent.</summary>
sealed record KeystoreContent(
    Dictionary<string, Jwk> Keys,
    List<KeystoreContent.Envelope> Envelopes,
    string BlindIndex,
    string Root)
{
    /// <summary>Keys by use whose private part lies in a token (PKCS #11); the public part and where it is found.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, TokenPlace>? InToken { get; init; }

    /// <summary>How many envelope keys there ever were: an id is never given twice, though old keys are retired.</summary>
    public int EnvelopesMade { get; init; }

    /// <summary>Keys of the blind index after the first, oldest first. None is ever taken out: each is part of what the next one makes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<IndexLink>? IndexLinks { get; init; }

    /// <summary>The number of the oldest of them, from 1, whose form may still be stored.</summary>
    public int OldestIndex { get; init; } = 1;

    /// <param name="From">Unix ms from which rows are written with it.</param>
    public sealed record IndexLink(string Key, long From);

    /// <param name="MadeAt">Unix ms; 0 when it was not kept yet.</param>
    /// <param name="Cipher">By name; the first keystores named none and meant AES-256-GCM.</param>
    public sealed record Envelope(string Id, string Key, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cipher = null, long MadeAt = 0);

    public sealed record TokenPlace(string Label, Jwk Public);

    public static KeystoreContent Fresh() => new(
        new()
        {
            ["signing"] = SignatureSuites.EcdsaP256.Generate().Secret,
            ["log"] = SignatureSuites.Ed25519.Generate().Secret,
            ["witness"] = SignatureSuites.Ed25519.Generate().Secret,
        },
        [NewEnvelope(1, SealCipher.AesGcm)],
        Random(),
        Random())
    {
        EnvelopesMade = 1,
    };

    public static Envelope NewEnvelope(int number, SealCipher cipher) => new($"k{number}", Random(), cipher.Name, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Only what this build can use: a store of a later one must not lose keys by being opened with this.</summary>
    public IReadOnlyList<EnvelopeKey> EnvelopeKeys() =>
        [.. Envelopes.Select(e => new EnvelopeKey(e.Id, Base64Url.DecodeFromChars(e.Key), e.Cipher is null ? SealCipher.AesGcm : SealCipher.ByName(e.Cipher)
            ?? throw new InvalidOperationException($"The keystore's envelope key {e.Id} is for the cipher {e.Cipher}, which this version does not know")))];

    public IndexChain Indexes() => new(
        Base64Url.DecodeFromChars(BlindIndex), [.. (IndexLinks ?? []).Select(l => new IndexChain.Link(Base64Url.DecodeFromChars(l.Key), DateTimeOffset.FromUnixTimeMilliseconds(l.From)))], OldestIndex);

    public static IndexLink NewIndexLink(DateTimeOffset from) => new(Random(), from.ToUnixTimeMilliseconds());

    public override string ToString() => "KeystoreContent";

    static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SealCipher.KeyLength));
}
