using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// A node's secrets in one encrypted file: signing key, log key, named keys, envelope keys, blind-index key.
/// The passphrase is stretched once, at open. Safe for concurrent use within a process; one process writes it.
/// </summary>
public sealed class Keystore
{
    /// <summary>OWASP's floor for PBKDF2-HMAC-SHA-256 (2023).</summary>
    public const int DefaultIterations = 600_000;

    const string Following = "-next";

    readonly Lock gate = new();
    readonly string path;
    readonly KeystoreFile.Lid lid;
    readonly KeystoreContent content;
    // Replaced as a whole when a key is added: it is read for every message without the lock.
    volatile Dictionary<string, NodeKey> keys = [];
    Vault vault;

    Keystore(string path, KeystoreFile.Lid lid, KeystoreContent content)
    {
        this.path = path;
        this.lid = lid;
        this.content = content;
        foreach (var (use, jwk) in content.Keys)
            keys.Add(use, NodeKey.Read(jwk).Value);
        vault = MakeVault();
    }

    /// <summary>Signs documents and tokens, and messages too unless there is a key of their own (ECDSA P-256, which everybody's software verifies).</summary>
    public NodeKey Signing => keys["signing"];

    /// <summary>Signs messages to other nodes, in the suite that the region's members agreed on.</summary>
    public NodeKey Messages => keys.GetValueOrDefault("messages") ?? Signing;

    /// <summary>Signs this node's checkpoints (Ed25519).</summary>
    public NodeKey Log => keys["log"];

    /// <summary>Cosigns other nodes' checkpoints (Ed25519).</summary>
    public NodeKey Witness => keys["witness"];

    /// <summary>Opens what any key of this store sealed; seals with the newest.</summary>
    public Vault Vault => vault;

    /// <summary>The key for another use, such as <c>oidc</c> or <c>certificates</c>; made and stored durably when it is first asked for.</summary>
    public NodeKey Named(string use, ISignatureSuite suite)
    {
        lock (gate)
        {
            if (keys.TryGetValue(use, out var key))
                return key.Suite == suite ? key : throw new InvalidOperationException($"The keystore's key '{use}' is of suite {key.Suite.Name}, not {suite.Name}");
            return Add(use, suite.Generate());
        }
    }

    /// <summary>
    /// Makes the key that is to follow that of a use: <c>signing</c> or <c>messages</c>. It signs nothing before
    /// <see cref="Promote"/>. Asked again, the same key, unless another suite is wanted.
    /// </summary>
    public NodeKey Prepare(string use, ISignatureSuite suite)
    {
        lock (gate)
            return Prepared(use) is { } key && key.Suite == suite ? key : Add(use + Following, suite.Generate());
    }

    /// <summary>The key made by <see cref="Prepare"/> that waits to be published; null when none does.</summary>
    public NodeKey? Prepared(string use) => keys.GetValueOrDefault(use + Following);

    /// <summary>The prepared key takes its place, durably; the one before it is forgotten. Only once everybody trusts it.</summary>
    public void Promote(string use)
    {
        lock (gate)
        {
            if (Prepared(use) is not { } key)
                return;
            content.Keys[use] = key.Secret;
            content.Keys.Remove(use + Following);
            Save();
            var next = new Dictionary<string, NodeKey>(keys) { [use] = key };
            next.Remove(use + Following);
            keys = next;
        }
    }

    NodeKey Add(string use, NodeKey key)
    {
        content.Keys[use] = key.Secret;
        Save();
        keys = new Dictionary<string, NodeKey>(keys) { [use] = key };
        return key;
    }

    /// <summary>Gives messages a key of their own; the directory must publish it before it signs anything.</summary>
    public NodeKey SignMessagesWith(ISignatureSuite suite) => Named("messages", suite);

    /// <summary>A secret that needs no storage of its own: HKDF of the store's root under a purpose. The same purpose gives the same bytes.</summary>
    public byte[] Secret(string purpose, int length = 32) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Base64Url.DecodeFromChars(content.Root), length, info: Encoding.UTF8.GetBytes(purpose));

    /// <summary>Adds a newer envelope key; from the return on, <see cref="Vault"/> seals with it. Rows sealed before still open.</summary>
    public string RotateEnvelope()
    {
        lock (gate)
        {
            var id = $"k{content.Envelopes.Count + 1}";
            content.Envelopes.Add(new(id, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))));
            Save();
            vault = MakeVault();
            return id;
        }
    }

    /// <summary>Makes a new store. Fails with <c>keystore.exists</c> rather than overwrite keys.</summary>
    public static Result<Keystore> Create(string path, string passphrase, int iterations = DefaultIterations)
    {
        if (File.Exists(path))
            return Error.Conflict("keystore.exists", "密钥库文件已存在，不会覆盖", "The keystore file exists and is not overwritten", "请另选路径，或打开现有密钥库", "Choose another path, or open the existing one");
        if (passphrase.Length == 0)
            return Error.Invalid("keystore.passphrase-empty", "密钥库口令不能为空", "The keystore's passphrase must not be empty");
        var content = KeystoreContent.Fresh();
        var store = new Keystore(path, KeystoreFile.NewLid(passphrase, iterations), content);
        store.Save();
        return store;
    }

    /// <summary>Fails with <c>keystore.missing</c>, <c>keystore.damaged</c> or <c>keystore.passphrase-wrong</c>.</summary>
    public static Result<Keystore> Open(string path, string passphrase)
    {
        if (!File.Exists(path))
            return Error.NotFound("keystore.missing", "找不到密钥库文件", "There is no keystore file");
        var read = KeystoreFile.Read(File.ReadAllBytes(path), passphrase);
        return read.Ok ? new Keystore(path, read.Value.Lid, read.Value.Content) : read.Error;
    }

    public static Result<Keystore> OpenOrCreate(string path, string passphrase, int iterations = DefaultIterations) =>
        File.Exists(path) ? Open(path, passphrase) : Create(path, passphrase, iterations);

    Vault MakeVault() => new(
        [.. content.Envelopes.Select(e => new EnvelopeKey(e.Id, Base64Url.DecodeFromChars(e.Key)))],
        Base64Url.DecodeFromChars(content.BlindIndex));

    void Save() => AtomicFile.Write(path, KeystoreFile.Write(lid, content));
}

/// <summary>What the file holds, as JSON inside the encryption. Names are part of the format.</summary>
sealed record KeystoreContent(
    Dictionary<string, Jwk> Keys,
    List<KeystoreContent.Envelope> Envelopes,
    string BlindIndex,
    string Root)
{
    public sealed record Envelope(string Id, string Key);

    public static KeystoreContent Fresh() => new(
        new()
        {
            ["signing"] = SignatureSuites.EcdsaP256.Generate().Secret,
            ["log"] = SignatureSuites.Ed25519.Generate().Secret,
            ["witness"] = SignatureSuites.Ed25519.Generate().Secret,
        },
        [new("k1", Random())],
        Random(),
        Random());

    public override string ToString() => "KeystoreContent";

    static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
