using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>A directory whose signatures were checked, ready for look-ups. Immutable; safe for concurrent use.</summary>
sealed class TrustedDirectory
{
    /// <summary>The <c>typ</c> of its signatures.</summary>
    public const string DocumentType = "tb-directory+jws";

    public const string LacksQuorum = "directory.quorum";

    readonly FrozenDictionary<string, MemberEntry> byNode;
    readonly FrozenDictionary<string, KeyOfMember> byKid;

    TrustedDirectory(DirectoryDocument document, string text, string hash, Dictionary<string, KeyOfMember> keys)
    {
        Document = document;
        Text = text;
        Hash = hash;
        byNode = document.Members.ToFrozenDictionary(m => m.NodeId, StringComparer.Ordinal);
        byKid = keys.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public DirectoryDocument Document { get; }

    /// <summary>The signed document as it was received.</summary>
    public string Text { get; }

    /// <summary>SHA-256 of what was signed, hex; two documents of one version with different hashes are a fork.</summary>
    public string Hash { get; }

    public MemberEntry? Find(string nodeId) => byNode.GetValueOrDefault(nodeId);

    /// <summary>Whose key it is that signed a message, while the key and the directory are in force.</summary>
    public KeyOfMember? Key(string kid, long now) =>
        Document.ValidFrom <= now && now < Document.ValidUntil && byKid.TryGetValue(kid, out var key) && key.Entry.IsInForce(now) ? key : null;

    /// <summary>The key a document of any age was signed with: agreements and consents outlive a key's period, but not the trust in it.</summary>
    /// <inheritdoc cref="MemberKey.Vouches" path="/param"/>
    public KeyOfMember? KeyOfAnyTime(string kid, long? shownAt = null) =>
        byKid.GetValueOrDefault(kid) is { Entry.SignsDocuments: true } key && key.Entry.Vouches(shownAt) ? key : null;

    /// <summary>Whether a paper with these signatures, seen at this moment, rests on no key that was distrusted by then.</summary>
    public bool Vouch(IEnumerable<string> kids, long shownAt) => kids.All(kid => byKid.GetValueOrDefault(kid) is not { } key || key.Entry.Vouches(shownAt));

    public Member MemberOf(MemberEntry entry, long now) => new(
        entry.NodeId, entry.Division, entry.Name, entry.Endpoint, entry.IsHub,
        [.. entry.Keys.Where(k => k.SignsDocuments && k.IsInForce(now)).Select(k => JsonSerializer.Serialize(k.Jwk.WithoutSecret()))],
        DocumentKeys(entry))
    {
        Class = NodeIds.ClassOf(entry.NodeId),
    };

    public static IReadOnlyList<DocumentKey> DocumentKeys(MemberEntry entry) =>
        [.. entry.Keys.Where(k => k.SignsDocuments).Select(k => new DocumentKey(JsonSerializer.Serialize(k.Jwk.WithoutSecret()), k.NotBefore, k.NotAfter, k.DistrustedFrom))];

    /// <summary>One that this node took before and keeps in its own database. Its signers were judged then, by the directory before it.</summary>
    public static Result<TrustedDirectory> Kept(string text) => Read(text).Map(read => read.directory);

    /// <summary>The first directory: placed in the node's folder at installation, and trusted because of that. It must still be whole and signed by its own quorum.</summary>
    public static Result<TrustedDirectory> Pin(string text) =>
        Read(text).Then<TrustedDirectory>(read => read.directory.Quorate(read.document, now: null) is { } error ? error : read.directory);

    /// <summary>Takes this one's place if it may: newer, of the same region, and signed by a quorum of the keys trusted now.</summary>
    /// <returns>This directory when the other is the same; the new one otherwise.</returns>
    public Result<TrustedDirectory> Succeed(string text, long now)
    {
        var read = Read(text);
        if (!read.Ok)
            return read.Error;
        var (next, document) = read.Value;
        if (next.Document.Region != Document.Region)
            return Error.Forbidden("directory.other-region", "这是另一个区域的名录", "This is the directory of another region");
        if (next.Document.Version < Document.Version)
        {
            return Error.Conflict("directory.roll-back", $"名录版本 {next.Document.Version} 低于已信任的版本 {Document.Version}，已拒绝",
                $"Directory version {next.Document.Version} is lower than the trusted version {Document.Version}; refused",
                "请核实枢纽是否被替换", "Find out whether the hub was replaced");
        }
        if (next.Document.Version == Document.Version)
        {
            return next.Hash == Hash ? this : Error.Conflict("directory.fork", $"名录版本 {Document.Version} 出现了两份不同的内容，已拒绝",
                $"There are two different directories of version {Document.Version}; refused", "请立即通知联盟安全负责人", "Tell the alliance's security officer at once");
        }
        return Quorate(document, now) is { } error ? error : next;
    }

    /// <summary>
    /// The version after this one, which this node missed. Who signed it is judged by the time at which it began, since some of their keys may
    /// have been replaced meanwhile; so it may be old, and that the last of them is the present one is the hub's signed answer to say.
    /// </summary>
    public Result<TrustedDirectory> Follow(string text)
    {
        var read = Read(text);
        if (!read.Ok)
            return read.Error;
        var (next, document) = read.Value;
        if (next.Document.Region != Document.Region || next.Document.Version <= Document.Version || next.Document.ValidFrom < Document.ValidFrom)
            return Malformed("不是下一版", "not the next version", "version");
        return Quorate(document, next.Document.ValidFrom) is { } error ? error : next;
    }

    /// <summary>Members whose signature of a next directory would count now. Empty when it cannot be read or a signature is wrong.</summary>
    public IReadOnlyList<string> Signers(string text, long? now)
    {
        var read = Read(text);
        if (!read.Ok)
            return [];
        var verified = read.Value.document.Verify(DocumentType, kid => Signer(kid, now), 0);
        return verified.Ok ? [.. verified.Value.Signers.Keys.Order(StringComparer.Ordinal)] : [];
    }

    /// <param name="now">When what it signs is judged: a key that was replaced has no voice once its overlap is over. Null for the first one, of any age.</param>
    SignerKey? Signer(string kid, long? now) =>
        Document.Quorum.Kids.Contains(kid) && KeyOfAnyTime(kid) is { } key && (now is null || key.Entry.IsInForce(now.Value)) ? new SignerKey(key.Member.NodeId, key.Key) : null;

    /// <summary>Whether enough of this directory's members signed it; each member counts once, however many keys it has.</summary>
    Error? Quorate(SignedDocument document, long? now)
    {
        var verified = document.Verify(
            DocumentType,
            kid => Signer(kid, now),
            Document.Quorum.K);
        return verified.Ok ? null : Error.Forbidden(LacksQuorum,
            $"名录没有足够成员的有效签名，需要 {Document.Quorum.K} 个（{verified.Error.Code}）", $"The directory lacks valid signatures of {Document.Quorum.K} members ({verified.Error.Code})",
            "请向枢纽重新获取", "Fetch it from the hub again");
    }

    static Result<(TrustedDirectory directory, SignedDocument document)> Read(string text)
    {
        SignedDocument? signed;
        DirectoryDocument? document;
        try
        {
            signed = JsonSerializer.Deserialize<SignedDocument>(text);
            document = signed is { Payload: not null, Signatures: not null }
                ? JsonSerializer.Deserialize<DirectoryDocument>(signed.UnverifiedPayload, DirectoryDocument.Json)
                : null;
        }
        catch (JsonException e)
        {
            return Malformed($"第 {e.LineNumber + 1} 行", $"line {e.LineNumber + 1}", e.Path);
        }
        if (document is not { Region: not null, Members: not null, Quorum: { Kids: not null, K: > 0 } })
            return Malformed("缺少必要的内容", "something is missing", null);
        if (document.Standard is { } standard && (standard is not { Version: > 0, Sha256.Length: 64 } || !standard.Sha256.All(char.IsAsciiHexDigitLower)))
            return Malformed("数据标准的指纹", "the fingerprint of the data standard", "standard");
        var keys = new Dictionary<string, KeyOfMember>(StringComparer.Ordinal);
        var (nodes, endpoints) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        foreach (var member in document.Members)
        {
            if (member is not { NodeId: not null, Division: not null, Name: { Zh: not null, En: not null }, Endpoint: not null, Roles: not null, Keys: not null } || member.Keys.Any(k => k is not { Kid: not null, Jwk: not null }))
                return Malformed("成员缺少必要的内容", "a member lacks something", "members");
            if (member.Log is { } log && (log is not { Origin: not null, VKey: not null } || (log.Ended ?? []).Any(e => e is not { Origin: not null, VKey: not null, Checkpoint: not null, Reason: not null })))
                return Malformed($"成员 {member.NodeId} 的日志", $"the log of member {member.NodeId}", "members");
            if (member.Log is { } kept && !kept.IsOf(member.NodeId))
                return Malformed($"成员 {member.NodeId} 的日志不是它自己的", $"the log of member {member.NodeId} is not its own", "members");
            if (!member.HasRolesOfItsClass || (member.IsSociety && member.Keys.Any(k => document.Quorum.Kids.Contains(k.Kid))))
                return Malformed($"成员 {member.NodeId} 的角色与其类别不符", $"member {member.NodeId} has a role that its class may not have", "members");
            if (!nodes.Add(member.NodeId) || !endpoints.Add(member.Endpoint) || !Uri.TryCreate(member.Endpoint, UriKind.Absolute, out _) || member.Endpoint.EndsWith('/'))
                return Malformed($"成员 {member.NodeId}", $"member {member.NodeId}", "members");
            foreach (var entry in member.Keys)
            {
                var key = PublicKey.Read(entry.Jwk);
                if (!key.Ok)
                    return key.Error;
                if (key.Value.Kid != entry.Kid || key.Value.Suite.Name != entry.Alg || !keys.TryAdd(entry.Kid, new KeyOfMember(member, entry, key.Value)))
                    return Malformed($"密钥 {entry.Kid}", $"key {entry.Kid}", "members");
            }
        }
        var hash = Convert.ToHexStringLower(SHA256.HashData(signed!.UnverifiedPayload));
        return (new TrustedDirectory(document, text, hash, keys), signed);
    }

    static Error Malformed(string why, string whyEn, string? where) =>
        Error.Invalid("directory.malformed", $"名录格式错误：{why}", $"The directory is malformed: {whyEn}", where, "请向枢纽重新获取", "Fetch it from the hub again");
}

/// <param name="Key">Kept as an object: importing a key costs about three verifications.</param>
sealed record KeyOfMember(MemberEntry Member, MemberKey Entry, PublicKey Key);
