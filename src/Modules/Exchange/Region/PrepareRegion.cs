using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

public static partial class ExchangeModule
{
    public const string KeystoreFileName = "keys.tbk";
    public const string LogFileName = "log.db";
    const string PassphraseFileName = "passphrase";

    /// <summary>A node of a region that is being set up.</summary>
    /// <param name="Folder">The node's data folder.</param>
    public sealed record RegionNode(string Id, string Division, Words Name, string Endpoint, bool IsHub, string Folder)
    {
        /// <summary>Its log seals what it answers.</summary>
        public bool Seals { get; init; }

        internal bool IsGovernment => !IsHub && NodeIds.IsGovernment(Id);
    }

    /// <summary>What setting up did.</summary>
    /// <param name="Fresh">False when the region was set up before and nothing changed.</param>
    public sealed record PreparedRegion(bool Fresh, long DirectoryVersion, int Agreements);

    /// <summary>
    /// Opens a node's keystore. The passphrase is in <c>TONGBAN_PASSPHRASE</c>, or in the file <c>passphrase</c> of the
    /// folder (sample regions: a random one, mode 600). Keys in a token are found through <c>TONGBAN_PKCS11_MODULE</c>, <c>_TOKEN</c>, <c>_PIN</c>.
    /// </summary>
    public static Result<Keystore> OpenKeystore(string folder) => WithPassphrase(folder, (path, passphrase) => Pkcs11Token.FromEnvironment().Then(token => Keystore.Open(path, passphrase, token)));

    /// <summary>The same for a node that is being installed: its keystore is made when there is none.</summary>
    public static Result<Keystore> InstallKeystore(string folder) => WithPassphrase(folder, (path, passphrase) => Pkcs11Token.FromEnvironment().Then(token => Keystore.OpenOrCreate(path, passphrase, token: token)));

    static Result<Keystore> WithPassphrase(string folder, Func<string, string, Result<Keystore>> open)
    {
        var passphrase = Environment.GetEnvironmentVariable("TONGBAN_PASSPHRASE");
        var file = Path.Combine(folder, PassphraseFileName);
        if (string.IsNullOrEmpty(passphrase) && File.Exists(file))
            passphrase = File.ReadAllText(file).Trim();
        if (string.IsNullOrEmpty(passphrase))
        {
            return Error.Invalid("keystore.no-passphrase", "没有提供密钥库口令", "No passphrase for the keystore was given", "TONGBAN_PASSPHRASE",
                $"请设置环境变量 TONGBAN_PASSPHRASE,或在 {folder} 中放置 {PassphraseFileName} 文件", $"Set TONGBAN_PASSPHRASE, or place a file {PassphraseFileName} in {folder}");
        }
        return open(Path.Combine(folder, KeystoreFileName), passphrase);
    }

    /// <summary>
    /// Sets up a sample region: keystores, the first directory signed by its governments, and agreements between every two
    /// nodes on every resource, signed by both. A second call leaves keys alone and writes only what changed.
    /// </summary>
    /// <param name="sharedFolder">The product's data folder: resources, departments, items.</param>
    /// <param name="messages">The suite messages are signed in, where it is another than that of documents; null leaves it as it is.</param>
    public static PreparedRegion PrepareRegion(IReadOnlyList<RegionNode> nodes, string sharedFolder, TimeProvider clock, ISignatureSuite? messages = null)
    {
        var keys = nodes.ToDictionary(n => n.Id, n => SampleKeys(n.Folder));
        if (messages is not null)
        {
            foreach (var each in keys.Values.Where(k => k.Messages.Suite != messages))
            {
                each.SignMessagesWith(messages);
                if (messages == SignatureSuites.Sm2)
                    each.SignCheckpointsInSm2();
            }
        }
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var standard = StandardDocument.Shipped(sharedFolder, nodes[0].Id[..nodes[0].Id.IndexOf('/', StringComparison.Ordinal)]).ToBytes();
        var (document, directoryIsNew) = SampleRegionDirectory.Prepare(nodes, keys, new StandardReference(1, StandardDocument.HashOf(standard)), now);
        foreach (var node in nodes)
        {
            WriteIfOther(Path.Combine(node.Folder, RegionDirectory.FileName), document.Text);
            WriteIfOther(Path.Combine(node.Folder, StandardBook.FileName), Encoding.UTF8.GetString(standard));
        }
        var governments = nodes.Where(n => n.IsGovernment).ToList();
        var agreements = SampleAgreements.Prepare(governments, keys, sharedFolder, now);
        return new PreparedRegion(directoryIsNew, document.Document.Version, agreements);
    }

    static Keystore SampleKeys(string folder)
    {
        var passphrase = Path.Combine(folder, PassphraseFileName);
        if (!File.Exists(passphrase))
        {
            System.IO.Directory.CreateDirectory(folder);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new StreamWriter(passphrase, options);
            file.Write(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        }
        var store = Path.Combine(folder, KeystoreFileName);
        // The passphrase has 256 random bits: stretching it would only slow the start.
        return Need(File.Exists(store) ? OpenKeystore(folder) : Keystore.Create(store, File.ReadAllText(passphrase).Trim(), iterations: 1000, Need(Pkcs11Token.FromEnvironment())));
    }

    internal static void WriteIfOther(string file, string text)
    {
        if (!File.Exists(file) || File.ReadAllText(file) != text)
            File.WriteAllText(file, text);
    }
}

/// <summary>The directory of a sample region; a new version when the nodes or their keys changed.</summary>
static class SampleRegionDirectory
{
    const long Year = 365L * 24 * 3600 * 1000;

    public static (TrustedDirectory Trusted, bool Fresh) Prepare(IReadOnlyList<ExchangeModule.RegionNode> nodes, IReadOnlyDictionary<string, Keystore> keys, StandardReference standard, long now)
    {
        var hub = nodes.Single(n => n.IsHub);
        var file = Path.Combine(hub.Folder, RegionDirectory.FileName);
        var before = File.Exists(file) && TrustedDirectory.Pin(File.ReadAllText(file)) is { Ok: true } pinned ? pinned.Value : null;
        // Who joined or left since by the members' vote stays in or out.
        if (before?.Document.Standard is not null && nodes.All(n => before.Find(n.Id) is null || Matches(before, n, keys[n.Id])))
            return (before, false);
        // Of a region that has a standard by its members' vote that one stays.
        var document = Compose(nodes, keys, (before?.Document.Version ?? 0) + 1, now) with { Standard = before?.Document.Standard ?? standard };
        var signed = SignedDocument.Of(document);
        foreach (var node in nodes.Where(n => n.IsGovernment))
            signed = signed.Sign(keys[node.Id].Signing, TrustedDirectory.DocumentType);
        return (TrustedDirectory.Pin(JsonSerializer.Serialize(signed)).Value, true);
    }

    static bool Matches(TrustedDirectory directory, ExchangeModule.RegionNode node, Keystore keys) =>
        directory.Find(node.Id) is { } entry && entry.Endpoint == node.Endpoint && entry.Keys.Any(k => k.Kid == keys.Signing.Kid) && entry.Keys.Any(k => k.Kid == keys.Messages.Kid) && entry.Log?.VKey == LogKey(node.Id, keys);

    public static DirectoryDocument Compose(IReadOnlyList<ExchangeModule.RegionNode> nodes, IReadOnlyDictionary<string, Keystore> keys, long version, long now)
    {
        var governments = nodes.Where(n => n.IsGovernment).ToList();
        return new DirectoryDocument(
            nodes[0].Id[..nodes[0].Id.IndexOf('/', StringComparison.Ordinal)],
            version,
            now - 24L * 3600 * 1000,
            now + 10 * Year,
            [.. nodes.Select(n => Entry(n, keys[n.Id], now))],
            new Quorum(governments.Count / 2 + 1, [.. governments.Select(n => keys[n.Id].Signing.Kid)]));
    }

    static MemberEntry Entry(ExchangeModule.RegionNode node, Keystore keys, long now) => new(
        node.Id,
        node.Division,
        node.Name,
        node.Endpoint,
        MemberEntry.RoleOf(node.Id) is { } only ? [only] : [node.IsHub ? "hub" : "government", "witness"],
        [Key(keys.Signing, null, now), .. keys.Messages == keys.Signing ? [] : new[] { Key(keys.Messages, MemberKey.ForMessages, now) }],
        new MemberLog(WitnessLogs.OriginOf(node.Id), LogKey(node.Id, keys), Seals: node.Seals ? true : null, Sm2: WitnessLogs.Sm2Of(node.Id, keys)),
        NodeIds.IsGovernment(node.Id) ? NoteKey.Of(WitnessLogs.NameOf(node.Id), keys.Witness.Public, NoteKeyKind.CosignatureV1).Text : null);

    static MemberKey Key(NodeKey key, string? use, long now) => new(key.Kid, key.Public.Jwk, key.Suite.Name, now - 24L * 3600 * 1000, now + 10 * Year, use);

    static string LogKey(string nodeId, Keystore keys) => NoteKey.Of(WitnessLogs.OriginOf(nodeId), keys.Log.Public).Text;
}

/// <summary>Agreements of a sample region: every government may ask every other, and itself, for every resource, for the items of the region.</summary>
static class SampleAgreements
{
    const long Year = 365L * 24 * 3600 * 1000;

    public static int Prepare(IReadOnlyList<ExchangeModule.RegionNode> governments, IReadOnlyDictionary<string, Keystore> keys, string sharedFolder, long now)
    {
        var purposes = Purposes(Path.Combine(sharedFolder, "items"));
        var resources = governments.ToDictionary(g => g.Id, g => OwnResources.Read(sharedFolder, g.Division));
        var fingerprint = Fingerprint(resources, purposes, governments.Select(g => keys[g.Id].Signing.Kid));
        var lines = governments.ToDictionary(g => g.Id, _ => new StringBuilder());
        var marks = governments.ToDictionary(g => g.Id, g => Path.Combine(g.Folder, AgreementBook.FileName));
        if (marks.Values.All(f => File.Exists(f) && File.ReadLines(f).FirstOrDefault()?.Contains(fingerprint, StringComparison.Ordinal) == true))
            return marks.Values.Sum(f => File.ReadLines(f).Count() - 1);
        var count = 0;
        foreach (var provider in governments)
        {
            foreach (var consumer in governments)
            {
                foreach (var resource in resources[provider.Id])
                {
                    var line = Sign(Terms(provider, consumer, resource.Definition, purposes, fingerprint, now), keys[provider.Id], provider == consumer ? null : keys[consumer.Id]);
                    lines[provider.Id].Append(line).Append('\n');
                    if (provider != consumer)
                        lines[consumer.Id].Append(line).Append('\n');
                    count++;
                }
            }
        }
        foreach (var (id, text) in lines)
            File.WriteAllText(marks[id], $"# {fingerprint}\n{text}");
        return count;
    }

    static AgreementTerms Terms(ExchangeModule.RegionNode provider, ExchangeModule.RegionNode consumer, ResourceDefinition resource, IReadOnlyList<string> purposes, string fingerprint, long now) => new(
        $"ag-{consumer.Division[..2]}-{provider.Division[..2]}-{resource.Code}-{fingerprint[..6]}",
        provider.Id,
        consumer.Id,
        resource.Code,
        resource.Version,
        [.. resource.Fields.Select(f => f.Name)],
        purposes,
        CaseRequired: true,
        resource.IsPersonal
            ? new AgreementBasis(AgreementBasis.Consent, new Words("当事人授权同意（个人信息保护法第十三条第一款第一项）", "The person's consent (Personal Information Protection Law, art. 13.1(1))"))
            : new AgreementBasis(AgreementBasis.Legal, new Words("政务数据共享条例：履行职责所必需", "Regulations on government data sharing: needed for a duty")),
        now - 24L * 3600 * 1000,
        now + 3 * Year,
        QuotaPerDay: 1_000_000,
        Related: resource.IsPersonal && resource.EvidenceTypes.Any(t => RelatedEvidence.Contains(t)) ? Related : null,
        Subscription: true);

    /// <summary>A spouse's household register and home, for moving to a spouse and for buying a home together.</summary>
    static readonly string[] RelatedEvidence = ["household-register", "property-right"];

    static readonly RelatedBasis Related = new(["990709043000", "992017035000"], new Words(
        "履行法定职责所必需（个人信息保护法第十三条第一款第三项；户口登记条例、住房公积金管理条例）",
        "Needed for a statutory duty (Personal Information Protection Law, art. 13.1(3); regulations on household registration and on the housing fund)"));

    static string Sign(AgreementTerms terms, Keystore provider, Keystore? consumer)
    {
        var signed = SignedDocument.Of(terms).Sign(provider.Signing, Agreement.DocumentType);
        return JsonSerializer.Serialize(consumer is null ? signed : signed.Sign(consumer.Signing, Agreement.DocumentType));
    }

    /// <summary>Base codes of the region's items; any item while there are none.</summary>
    static List<string> Purposes(string folder)
    {
        var codes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in System.IO.Directory.Exists(folder) ? System.IO.Directory.EnumerateFiles(folder, "*.json") : [])
        {
            using var item = JsonDocument.Parse(File.ReadAllBytes(file));
            if (item.RootElement.ValueKind == JsonValueKind.Object && item.RootElement.TryGetProperty("baseCode", out var code) && code.GetString() is { Length: > 0 } text)
                codes.Add(text);
        }
        return codes.Count > 0 ? [.. codes] : ["*"];
    }

    static string Fingerprint(IReadOnlyDictionary<string, IReadOnlyList<OwnResource>> resources, IReadOnlyList<string> purposes, IEnumerable<string> kids)
    {
        var text = new StringBuilder("3|").AppendJoin(',', purposes).Append('|').AppendJoin(',', kids);
        foreach (var (id, list) in resources.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            foreach (var resource in list)
                text.Append('|').Append(id).Append(JsonSerializer.Serialize(resource.Definition, DirectoryDocument.Json));
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
