using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>One envelope key: 32 bytes, with the id that ciphertexts carry (1–15 of <c>a-z0-9</c>) and the cipher it is for.</summary>
public sealed record EnvelopeKey(string Id, byte[] Key, SealCipher? As = null)
{
    public SealCipher Cipher => As ?? SealCipher.AesGcm;

    public override string ToString() => $"EnvelopeKey {Id} ({Cipher})";
}

/// <summary>
/// Seals with the newest envelope key and its cipher, with a random 96-bit nonce. NIST SP 800-38D bounds one key to 2^32 such messages;
/// rotation (a newer key in the keystore) is how a node stays far below.
/// </summary>
public sealed class Vault : IVault
{
    const int Nonce = SealCipher.Nonce;
    const byte Version = 1;

    // Replaced as a whole when the keystore changes: whoever holds the vault has the new keys from then on.
    volatile Ring ring;

    /// <param name="keys">Oldest first: all open, the last one seals.</param>
    /// <param name="blindIndexKey">32 bytes.</param>
    public Vault(IReadOnlyList<EnvelopeKey> keys, byte[] blindIndexKey) : this(keys, new IndexChain(blindIndexKey))
    {
    }

    internal Vault(IReadOnlyList<EnvelopeKey> keys, IndexChain indexes) => ring = new Ring(keys, indexes);

    /// <summary>The cipher that seals now.</summary>
    public SealCipher Cipher => ring.Newest.Key.Cipher;

    /// <summary>The keys of the blind index.</summary>
    public IndexChain Indexes => ring.Indexes;

    internal void Replace(IReadOnlyList<EnvelopeKey> keys, IndexChain indexes) => ring = new Ring(keys, indexes);

    public string Seal(string plain, string context)
    {
        var text = Encoding.UTF8.GetBytes(plain);
        var with = ring.Newest;
        var box = new byte[Nonce + text.Length + with.Key.Cipher.Tag];
        SealInto(with, box, text, context);
        return $"v1.{with.Key.Id}.{Base64Url.EncodeToString(box)}";
    }

    public string Open(string @sealed, string context)
    {
        var opened = TryOpen(@sealed, context);
        return opened.Ok ? opened.Value : throw new CryptographicException($"A stored value of {context} does not open: {opened.Error.Code}");
    }

    public Result<string> TryOpen(string @sealed, string context)
    {
        if (!@sealed.StartsWith("v1.", StringComparison.Ordinal) || @sealed.IndexOf('.', 3) is not (> 3 and var dot))
            return Malformed();
        var box = new byte[Base64Url.GetMaxDecodedLength(@sealed.Length - dot - 1)];
        if (!Base64Url.IsValid(@sealed.AsSpan(dot + 1)) || !Base64Url.TryDecodeFromChars(@sealed.AsSpan(dot + 1), box, out var length))
            return Malformed();
        return OpenBox(@sealed[3..dot], box.AsSpan(0, length), context).Map(Encoding.UTF8.GetString);
    }

    public byte[] Seal(ReadOnlySpan<byte> plain, string context)
    {
        var with = ring.Newest;
        var header = Header(with.Key);
        var all = new byte[header.Length + Nonce + plain.Length + with.Key.Cipher.Tag];
        header.CopyTo(all, 0);
        SealInto(with, all.AsSpan(header.Length), plain, context);
        return all;
    }

    public Result<byte[]> TryOpen(ReadOnlySpan<byte> @sealed, string context)
    {
        if (@sealed.Length < 2 || @sealed[0] != Version || @sealed.Length < 2 + @sealed[1])
            return Malformed();
        return OpenBox(Encoding.ASCII.GetString(@sealed.Slice(2, @sealed[1])), @sealed[(2 + @sealed[1])..], context);
    }

    public async Task Seal(Stream plain, Stream @sealed, string context, CancellationToken cancel = default)
    {
        var with = ring.Newest.Key;
        await @sealed.WriteAsync(Header(with), cancel);
        await SealedStream.Write(with, plain, @sealed, context, cancel);
    }

    public async Task<Result<Done>> Open(Stream @sealed, Stream plain, string context, CancellationToken cancel = default)
    {
        var start = new byte[2];
        if (await @sealed.ReadAtLeastAsync(start, 2, throwOnEndOfStream: false, cancel) < 2 || start[0] != Version)
            return Malformed();
        var id = new byte[start[1]];
        if (await @sealed.ReadAtLeastAsync(id, id.Length, throwOnEndOfStream: false, cancel) < id.Length)
            return Malformed();
        return ring.Find(Encoding.ASCII.GetString(id)) is { } ready
            ? await SealedStream.Read(ready.Key, @sealed, plain, context, cancel)
            : UnknownKey();
    }

    public string BlindIndex(string context, string value) => ring.Indexes.Of(context, value);

    public string LastingIndex(string context, string value) => ring.Indexes.First(context, value);

    public bool Changing => ring.Indexes.Changing;

    public bool Replaced => ring.Indexes.Newest > 1;

    public IReadOnlyList<string> Forms(string index) => ring.Indexes.Forms(index);

    public string Written(string index) => ring.Indexes.Written(index, TimeProvider.System.GetUtcNow());

    public bool Same(string one, string other) => ring.Indexes.Same(one, other);

    public bool IsCurrent(string @sealed) => @sealed.StartsWith($"v1.{ring.Newest.Key.Id}.", StringComparison.Ordinal);

    /// <summary>The id of the newest key, which seals.</summary>
    public string KeyId => ring.Newest.Key.Id;

    /// <summary>The id of the key that sealed this; null of what is no sealed value.</summary>
    public static string? KeyOf(string @sealed) => @sealed.StartsWith("v1.", StringComparison.Ordinal) && @sealed.IndexOf('.', 3) is > 3 and var dot ? @sealed[3..dot] : null;

    /// <inheritdoc cref="KeyOf(string)"/>
    public static string? KeyOf(ReadOnlySpan<byte> @sealed) =>
        @sealed.Length > 2 && @sealed[0] == Version && @sealed.Length >= 2 + @sealed[1] ? Encoding.ASCII.GetString(@sealed.Slice(2, @sealed[1])) : null;

    static byte[] Header(EnvelopeKey key) => [Version, (byte)key.Id.Length, .. Encoding.ASCII.GetBytes(key.Id)];

    static void SealInto(Ready with, Span<byte> box, ReadOnlySpan<byte> plain, string context)
    {
        RandomNumberGenerator.Fill(box[..Nonce]);
        var cipher = with.Boxes.Rent();
        cipher.Encrypt(box[..Nonce], plain, box.Slice(Nonce, plain.Length), box[(Nonce + plain.Length)..], Encoding.UTF8.GetBytes(context));
        with.Boxes.Return(cipher);
    }

    Result<byte[]> OpenBox(string id, ReadOnlySpan<byte> box, string context)
    {
        if (ring.Find(id) is not { } ready)
            return UnknownKey();
        var tag = ready.Key.Cipher.Tag;
        if (box.Length < Nonce + tag)
            return Malformed();
        var plain = new byte[box.Length - Nonce - tag];
        var cipher = ready.Boxes.Rent();
        var opened = cipher.Decrypt(box[..Nonce], box[Nonce..^tag], box[^tag..], plain, Encoding.UTF8.GetBytes(context));
        ready.Boxes.Return(cipher);
        return opened ? plain : Wrong();
    }

    static Error Malformed() => Error.Invalid("vault.malformed", "密文格式错误", "This is not a sealed value");

    static Error UnknownKey() => Error.Invalid(
        "vault.unknown-key", "密文所用密钥不在密钥库中", "The key this was sealed with is not in the keystore",
        todo: "请恢复包含该密钥的密钥库备份", todoEn: "Restore the keystore backup that holds it");

    internal static Error Wrong() => Error.Invalid(
        "vault.wrong", "密文被改动，或不属于此处", "The sealed value was changed, cut off, or belongs elsewhere");

    sealed record Ready(EnvelopeKey Key, Pool<ISealBox> Boxes);

    sealed class Ring
    {
        readonly Dictionary<string, Ready> keys;

        public Ring(IReadOnlyList<EnvelopeKey> keys, IndexChain indexes)
        {
            this.keys = keys.ToDictionary(k => k.Id, k => new Ready(k, new Pool<ISealBox>(() => k.Cipher.Box(k.Key))), StringComparer.Ordinal);
            Newest = this.keys[keys[^1].Id];
            Indexes = indexes;
        }

        public Ready Newest { get; }

        public IndexChain Indexes { get; }

        public Ready? Find(string id) => keys.GetValueOrDefault(id);
    }
}
