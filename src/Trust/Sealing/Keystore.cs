using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// A node's secrets in one encrypted file: signing key, log key, named keys, envelope keys, blind-index keys.
/// The passphrase is stretched once, at open. Safe for concurrent use, also by several processes (replicas, commands): whoever changes it
/// holds a lock file, reads what is there and writes it whole; <see cref="Refresh"/> reads what others changed.
/// </summary>
public sealed class Keystore
{
    /// <summary>OWASP's floor for PBKDF2-HMAC-SHA-256 (2023).</summary>
    public const int DefaultIterations = 600_000;

    const string Following = "-next";
    static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30);

    readonly Lock gate = new();
    readonly string path;
    readonly KeystoreFile.Lid lid;
    readonly IKeyToken? token;
    KeystoreContent content;
    (DateTime, long) stamp;
    // Replaced as a whole when a key is added: it is read for every message without the lock.
    volatile Dictionary<string, NodeKey> keys = [];

    Keystore(string path, KeystoreFile.Lid lid, KeystoreContent content, IKeyToken? token)
    {
        (this.path, this.lid, this.content, this.token) = (path, lid, content, token);
        Vault = new Vault(content.EnvelopeKeys(), content.Indexes());
        keys = Read(content);
    }

    /// <summary>Signs documents and tokens, and messages too unless there is a key of their own (ECDSA P-256, which everybody's software verifies).</summary>
    public NodeKey Signing => keys["signing"];

    /// <summary>Signs messages to other nodes, in the suite that the region's members agreed on.</summary>
    public NodeKey Messages => keys.GetValueOrDefault("messages") ?? Signing;

    /// <summary>Signs this node's checkpoints (Ed25519).</summary>
    public NodeKey Log => keys["log"];

    /// <summary>Signs them in SM2 as well; null where the member does not use that suite.</summary>
    public NodeKey? LogInSm2 => keys.GetValueOrDefault(LogSm2);

    const string LogSm2 = "log-sm2";

    /// <summary>Gives checkpoints a second signature in SM2; the directory must publish its key before others ask for it.</summary>
    public NodeKey SignCheckpointsInSm2() => Named(LogSm2, SignatureSuites.Sm2);

    /// <summary>Cosigns other nodes' checkpoints (Ed25519).</summary>
    public NodeKey Witness => keys["witness"];

    /// <summary>Opens what any key of this store sealed; seals with the newest. One object for the store's whole life.</summary>
    public Vault Vault { get; }

    /// <summary>Every key by use, to be shown: public parts only.</summary>
    public IReadOnlyList<(string Use, PublicKey Key, bool InToken)> Held =>
        [.. keys.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => (k.Key, k.Value.Public, k.Value.InToken))];

    /// <summary>Envelope keys, oldest first; the last one seals.</summary>
    public IReadOnlyList<(string Id, SealCipher Cipher)> Envelopes
    {
        get
        {
            lock (gate)
                return [.. content.EnvelopeKeys().Select(e => (e.Id, e.Cipher))];
        }
    }

    /// <summary>The key for another use, such as <c>oidc</c> or <c>certificates</c>; made and stored durably when it is first asked for.</summary>
    public NodeKey Named(string use, ISignatureSuite suite) => keys.TryGetValue(use, out var known) ? OfSuite(use, known, suite) : Change(() =>
        keys.TryGetValue(use, out var made) ? OfSuite(use, made, suite) : Add(use, suite));

    static NodeKey OfSuite(string use, NodeKey key, ISignatureSuite suite) =>
        key.Suite == suite ? key : throw new InvalidOperationException($"The keystore's key '{use}' is of suite {key.Suite.Name}, not {suite.Name}");

    /// <summary>
    /// Makes the key that is to follow that of a use: <c>signing</c> or <c>messages</c>. It signs nothing before
    /// <see cref="Promote"/>. Asked again, the same key, unless another suite is wanted. Made in the token where there is one that can.
    /// </summary>
    public NodeKey Prepare(string use, ISignatureSuite suite) => Change(() =>
        Prepared(use) is { } key && key.Suite == suite && (key.InToken || token?.Makes(suite) != true) ? key : Add(use + Following, suite));

    /// <summary>The key made by <see cref="Prepare"/> that waits to be published; null when none does.</summary>
    public NodeKey? Prepared(string use) => keys.GetValueOrDefault(use + Following);

    /// <summary>The prepared key takes its place, durably; the one before it is forgotten. Only once everybody trusts it.</summary>
    public void Promote(string use) => Change(() =>
    {
        var next = use + Following;
        if (content.Keys.Remove(next, out var secret))
        {
            content.InToken?.Remove(use);
            content.Keys[use] = secret;
        }
        else if (content.InToken is { } places && places.Remove(next, out var place))
        {
            content.Keys.Remove(use);
            places[use] = place;
        }
        return Done.It;
    });

    NodeKey Add(string use, ISignatureSuite suite)
    {
        if (token?.Makes(suite) == true)
        {
            // Named after its use, and after the moment, since a token keeps what came before.
            var label = $"tongban {use} {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
            var key = token.Generate(label, suite);
            content = content with { InToken = content.InToken ?? [] };
            content.InToken![use] = new(label, key.Public.Jwk);
            content.Keys.Remove(use);
            return Kept(use, key);
        }
        var made = suite.Generate();
        content.InToken?.Remove(use);
        content.Keys[use] = made.Secret;
        return Kept(use, made);
    }

    NodeKey Kept(string use, NodeKey key)
    {
        keys = new Dictionary<string, NodeKey>(keys) { [use] = key };
        return key;
    }

    /// <summary>Gives messages a key of their own; the directory must publish it before it signs anything.</summary>
    public NodeKey SignMessagesWith(ISignatureSuite suite) => Named("messages", suite);

    /// <summary>A secret that needs no storage of its own: HKDF of the store's root under a purpose. The same purpose gives the same bytes.</summary>
    public byte[] Secret(string purpose, int length = 32) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Base64Url.DecodeFromChars(content.Root), length, info: Encoding.UTF8.GetBytes(purpose));

    /// <summary>Adds a newer envelope key, of the same cipher unless another is named; from the return on, <see cref="Vault"/> seals with it. Rows sealed before still open.</summary>
    public string RotateEnvelope(SealCipher? cipher = null) => Change(() =>
    {
        // Stores made before keys could be retired counted nothing, and held all they ever had.
        var number = Math.Max(content.EnvelopesMade, content.Envelopes.Count) + 1;
        content = content with { EnvelopesMade = number };
        content.Envelopes.Add(KeystoreContent.NewEnvelope(number, cipher ?? Vault.Cipher));
        return $"k{number}";
    });

    /// <summary>Seals with this cipher from now on: a newer envelope key is added only when the newest is of another.</summary>
    public void SealWith(SealCipher cipher)
    {
        if (Vault.Cipher != cipher)
            RotateEnvelope(cipher);
    }

    /// <summary>
    /// Forgets an old envelope key, for good. The caller has made sure that nothing is sealed with it any more.
    /// Fails with <c>keystore.key-in-use</c> for the newest, <c>keystore.key-unknown</c>, and <c>keystore.key-lately-used</c>.
    /// </summary>
    /// <param name="rest">How long the key that followed must have been there: replicas go on sealing for seconds, cookies sealed before live for minutes.</param>
    public Result<Done> RetireEnvelope(string id, TimeSpan rest) => Change<Result<Done>>(() =>
    {
        if (content.Envelopes.FindIndex(e => e.Id == id) is >= 0 and var at)
        {
            if (at == content.Envelopes.Count - 1)
                return Error.Conflict("keystore.key-in-use", $"{id} 是当前的封存密钥，不能停用", $"{id} is the envelope key in use and cannot be retired", "请先用 tongban keys rotate 换上新的密钥", "Put a newer one in its place first: tongban keys rotate");
            if (content.Envelopes[at + 1].MadeAt + rest.TotalMilliseconds > TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
                return Error.Conflict("keystore.key-lately-used", $"{id} 的后继密钥启用不久，其他副本可能还在用 {id}", $"The key after {id} is too new: another replica may still seal with {id}", $"请在换用 {rest.TotalMinutes:F0} 分钟之后再停用", $"Retire it {rest.TotalMinutes:F0} minutes after the rotation");
            content.Envelopes.RemoveAt(at);
            return Done.It;
        }
        return Error.NotFound("keystore.key-unknown", $"密钥库中没有封存密钥 {id}", $"The keystore has no envelope key {id}");
    });

    /// <summary>
    /// Adds a newer key of the blind index. From the return on both forms are looked for; rows are written with the new one from
    /// <paramref name="from"/> on, when every replica has read it. Fails with <c>keystore.index-changing</c> while an older form may still be stored.
    /// </summary>
    /// <returns>Its name, such as <c>i2</c>.</returns>
    public Result<string> RotateIndex(DateTimeOffset from) => Change<Result<string>>(() =>
    {
        var indexes = content.Indexes();
        if (indexes.Changing)
        {
            return Error.Conflict("keystore.index-changing", $"上一次更换盲索引密钥还没有完成：i{indexes.Oldest} 尚未停用", $"The blind index's key is still being replaced: i{indexes.Oldest} is not retired",
                $"请等重新索引完成后运行 tongban keys retire i{indexes.Oldest}", $"Wait for the job, then run tongban keys retire i{indexes.Oldest}");
        }
        content = content with { IndexLinks = [.. content.IndexLinks ?? [], KeystoreContent.NewIndexLink(from)], OldestIndex = indexes.Newest };
        return $"i{indexes.Newest + 1}";
    });

    /// <summary>
    /// Nothing is looked for any more in the form of an older key. The caller has made sure that nothing is stored in it. The key itself stays,
    /// as the inner part of the newest form. Fails with <c>keystore.key-in-use</c>, <c>keystore.key-unknown</c>, <c>keystore.key-lately-used</c>.
    /// </summary>
    /// <param name="rest">How long rows must have been written with the newest.</param>
    public Result<Done> RetireIndex(string id, TimeSpan rest) => Change<Result<Done>>(() =>
    {
        var indexes = content.Indexes();
        if (id == $"i{indexes.Newest}")
            return Error.Conflict("keystore.key-in-use", $"{id} 是当前的盲索引密钥，不能停用", $"{id} is the key of the blind index in use and cannot be retired", "请先用 tongban keys rotate index 换上新的密钥", "Put a newer one in its place first: tongban keys rotate index");
        if (!indexes.Changing || id != $"i{indexes.Oldest}")
            return Error.NotFound("keystore.key-unknown", $"没有待停用的盲索引密钥 {id}", $"There is no key {id} of the blind index to retire");
        if (indexes.From + rest > TimeProvider.System.GetUtcNow())
            return Error.Conflict("keystore.key-lately-used", $"{id} 的后继密钥启用不久，其他副本可能还在用 {id}", $"The key after {id} is too new: another replica may still write with {id}", $"请在换用 {rest.TotalMinutes:F0} 分钟之后再停用", $"Retire it {rest.TotalMinutes:F0} minutes after the rotation");
        content = content with { OldestIndex = indexes.Newest };
        return Done.It;
    });

    /// <summary>Takes in what another process changed. Cheap when nothing did: it looks at the file's time and length.</summary>
    public void Refresh()
    {
        lock (gate)
        {
            if (Stamp() != stamp)
                Reload();
        }
    }

    /// <summary>Makes a new store. Fails with <c>keystore.exists</c> rather than overwrite keys.</summary>
    public static Result<Keystore> Create(string path, string passphrase, int iterations = DefaultIterations, IKeyToken? token = null)
    {
        if (File.Exists(path))
            return Error.Conflict("keystore.exists", "密钥库文件已存在，不会覆盖", "The keystore file exists and is not overwritten", "请另选路径，或打开现有密钥库", "Choose another path, or open the existing one");
        if (passphrase.Length == 0)
            return Error.Invalid("keystore.passphrase-empty", "密钥库口令不能为空", "The keystore's passphrase must not be empty");
        var store = new Keystore(path, KeystoreFile.NewLid(passphrase, iterations), KeystoreContent.Fresh(), token);
        if (token is not null)
        {
            foreach (var (use, key) in store.keys.Where(k => token.Makes(k.Value.Suite)))
                store.Add(use, key.Suite);
            store.keys = store.Read(store.content);
        }
        store.Save();
        return store;
    }

    /// <summary>Fails with <c>keystore.missing</c>, <c>keystore.damaged</c>, <c>keystore.passphrase-wrong</c>, or <c>token.…</c> when a key lies in a token that is not there.</summary>
    public static Result<Keystore> Open(string path, string passphrase, IKeyToken? token = null)
    {
        if (!File.Exists(path))
            return Error.NotFound("keystore.missing", "找不到密钥库文件", "There is no keystore file");
        var read = KeystoreFile.Read(File.ReadAllBytes(path), passphrase);
        if (!read.Ok)
            return read.Error;
        foreach (var (use, place) in read.Value.Content.InToken ?? [])
        {
            if (token is null)
                return Error.Unavailable("token.not-configured", $"密钥“{use}”在密码设备中，但没有配置 PKCS#11 模块", $"The key '{use}' lies in a token, and no PKCS #11 module is configured", "请设置 TONGBAN_PKCS11_MODULE、TONGBAN_PKCS11_TOKEN 和 TONGBAN_PKCS11_PIN", "Set TONGBAN_PKCS11_MODULE, TONGBAN_PKCS11_TOKEN and TONGBAN_PKCS11_PIN");
            if (token.Find(place.Label, place.Public) is { Ok: false } missing)
                return missing.Error;
        }
        var store = new Keystore(path, read.Value.Lid, read.Value.Content, token);
        store.stamp = store.Stamp();
        return store;
    }

    public static Result<Keystore> OpenOrCreate(string path, string passphrase, int iterations = DefaultIterations, IKeyToken? token = null) =>
        File.Exists(path) ? Open(path, passphrase, token) : Create(path, passphrase, iterations, token);

    /// <summary>One change at a time over all processes, on what is there now, durable when it returns.</summary>
    T Change<T>(Func<T> change)
    {
        lock (gate)
        {
            using var held = HoldFile();
            if (Stamp() != stamp)
                Reload();
            var outcome = change();
            Save();
            Adopt(content);
            return outcome;
        }
    }

    FileStream HoldFile()
    {
        for (var waited = Stopwatch.StartNew(); ; Thread.Sleep(10))
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path + ".lock") && waited.Elapsed < LockPatience)
            {
                // Another process writes; it takes milliseconds.
            }
        }
    }

    void Reload()
    {
        var now = Stamp();
        var read = KeystoreFile.Read(File.ReadAllBytes(path), lid);
        if (!read.Ok)
            throw new InvalidOperationException($"The keystore was changed and cannot be read again [{read.Error.Code}]; restart the node with its passphrase.");
        Adopt(read.Value.Content);
        stamp = now;
    }

    void Adopt(KeystoreContent now)
    {
        content = now;
        keys = Read(now);
        Vault.Replace(now.EnvelopeKeys(), now.Indexes());
    }

    /// <summary>Keys that were read before are kept as objects: importing one costs more than using it.</summary>
    Dictionary<string, NodeKey> Read(KeystoreContent from)
    {
        var known = keys.Values.DistinctBy(k => k.Kid).ToDictionary(k => k.Kid, StringComparer.Ordinal);
        var read = from.Keys.ToDictionary(k => k.Key, k => known.GetValueOrDefault(k.Value.Thumbprint()) ?? NodeKey.Read(k.Value).Value);
        foreach (var (use, place) in from.InToken ?? [])
            read[use] = known.GetValueOrDefault(place.Public.Thumbprint()) ?? token!.Find(place.Label, place.Public).Value;
        return read;
    }

    (DateTime, long) Stamp() => new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;

    void Save()
    {
        AtomicFile.Write(path, KeystoreFile.Write(lid, content));
        stamp = Stamp();
    }
}
