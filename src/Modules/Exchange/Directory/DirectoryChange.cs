using System.Text.Json;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Makes the next directory out of the one in force. What comes out is signed by nobody yet.</summary>
static class DirectoryChange
{
    const long Year = 365L * 24 * 3600 * 1000;

    public static Result<DirectoryDocument> Admit(DirectoryDocument before, MemberEntry newcomer, long now)
    {
        if (before.Members.Any(m => m.NodeId == newcomer.NodeId))
            return Error.Conflict("directory.member-already", $"{newcomer.NodeId} 已是成员", $"{newcomer.NodeId} is a member already");
        if (before.Members.SelectMany(m => m.Keys).Select(k => k.Kid).Intersect(newcomer.Keys.Select(k => k.Kid)).Any())
            return Error.Conflict("directory.key-of-another", "申请中的密钥已属于其他成员", "A key of the application belongs to another member");
        return Next(before, [.. before.Members, newcomer], now);
    }

    public static Result<DirectoryDocument> Remove(DirectoryDocument before, string nodeId, long now)
    {
        if (before.Members.FirstOrDefault(m => m.NodeId == nodeId) is not { } leaving)
            return Error.NotFound("directory.not-a-member", $"{nodeId} 不是区域成员", $"{nodeId} is not a member of the region");
        if (leaving.IsHub)
            return Error.Conflict("directory.hub-stays", "枢纽不能这样移除", "The hub cannot be removed in this way");
        return leaving.IsGovernment && before.Members.Count(m => m.IsGovernment) <= 2
            ? Error.Conflict("directory.too-few", "区域至少要有两个政府成员", "A region has at least two governments")
            : Next(before, [.. before.Members.Where(m => m.NodeId != nodeId)], now);
    }

    /// <param name="overlap">How long the key before it goes on being accepted; nothing when it may be in wrong hands.</param>
    /// <param name="distrustedFrom">Since when those before it may have been in wrong hands; null when they are only worn.</param>
    public static Result<DirectoryDocument> ReplaceKey(DirectoryDocument before, string nodeId, MemberKey key, TimeSpan overlap, long now, long? distrustedFrom = null)
    {
        if (before.Members.FirstOrDefault(m => m.NodeId == nodeId) is not { } member)
            return Error.NotFound("directory.not-a-member", $"{nodeId} 不是区域成员", $"{nodeId} is not a member of the region");
        if (before.Members.SelectMany(m => m.Keys).Any(k => k.Kid == key.Kid))
            return Error.Conflict("directory.key-already", "名录中已有这把密钥", "The directory holds this key already");
        if (distrustedFrom > now)
            return InTheFuture();
        var end = now + (long)overlap.TotalMilliseconds;
        var keys = member.Keys.Select(k => k.Use == key.Use && k.NotAfter > end ? k with { NotAfter = Math.Max(end, k.NotBefore) } : k)
            .Select(k => distrustedFrom is { } from && k.Use == key.Use && k.NotAfter > from ? Distrusted(k, from) : k);
        return Next(before, [.. before.Members.Select(m => m.NodeId == nodeId ? m with { Keys = [.. keys, key] } : m)], now);
    }

    /// <summary>
    /// Nobody relies on a key any more, from an instant that may lie in the past. It may be moved further back when more is known, never
    /// forward: what was refused once is not made good again.
    /// </summary>
    public static Result<DirectoryDocument> Distrust(DirectoryDocument before, string kid, long from, long now)
    {
        if (before.Members.SelectMany(m => m.Keys).FirstOrDefault(k => k.Kid == kid) is not { } key)
            return Error.NotFound("directory.no-such-key", "名录中没有这把密钥", "The directory holds no such key");
        if (from > now)
            return InTheFuture();
        if (key.DistrustedFrom <= from)
            return Error.Conflict("directory.distrusted-already", "这把密钥已自更早的时刻起不可信", "The key is distrusted from an earlier moment already");
        // The hub's word is what keeps every node fresh: it must have another key first.
        if (before.Members.Single(m => m.Keys.Contains(key)) is { IsHub: true } hub && !hub.Keys.Any(k => k.Kid != kid && k.SignsDocuments && k.IsInForce(now)))
            return Error.Conflict("directory.hub-needs-key", "枢纽须先换上另一把密钥", "The hub must have another key first", "请枢纽先提出更换密钥", "Let the hub propose a new one first");
        return Next(before, [.. before.Members.Select(m => m with { Keys = [.. m.Keys.Select(k => k.Kid == kid ? Distrusted(k, from) : k)] })], now);
    }

    /// <summary>Its period ends then, too, so that nodes of an older version, which do not know of distrust, take nothing it signs from then on.</summary>
    static MemberKey Distrusted(MemberKey key, long from) => key with { DistrustedFrom = from, NotAfter = Math.Min(key.NotAfter, Math.Max(from, key.NotBefore)) };

    /// <summary>The member's log goes on under another name, and the directory says at what it ended before. Fails when that is no checkpoint of the log.</summary>
    public static Result<DirectoryDocument> OpenEpoch(DirectoryDocument before, string nodeId, string checkpoint, string reason, long now)
    {
        if (before.Members.FirstOrDefault(m => m.NodeId == nodeId) is not { Log: { } log } member || NoteKey.Parse(log.VKey) is not { Ok: true } key)
            return Error.NotFound("directory.not-a-member", $"{nodeId} 不是区域成员，或没有日志", $"{nodeId} is not a member of the region, or has no log");
        var verified = Checkpoint.Verify(checkpoint, key.Value);
        if (!verified.Ok)
            return verified.Error;
        var ended = new EndedLog(log.Origin, log.VKey, checkpoint, reason);
        var origin = LogEpoch.Origin(WitnessLogs.OriginOf(nodeId), (log.Ended?.Count ?? 0) + 2);
        var sm2 = log.Sm2 is { } vkey && NoteKey.Parse(vkey) is { Ok: true, Value: var second } ? NoteKey.Of(origin, second.Key, NoteKeyKind.Sm2).Text : null;
        var next = new MemberLog(origin, NoteKey.Of(origin, key.Value.Key).Text, [.. log.Ended ?? [], ended], log.Seals, sm2);
        return Next(before, [.. before.Members.Select(m => m == member ? m with { Log = next } : m)], now);
    }

    /// <summary>How a member's log vouches for its answers: sealed by it or signed one by one, and with which second key on its checkpoints.</summary>
    /// <param name="sm2">Signs its checkpoints in SM2 as well; null leaves what is.</param>
    public static Result<DirectoryDocument> Seal(DirectoryDocument before, string nodeId, bool seals, PublicKey? sm2, long now)
    {
        if (before.Members.FirstOrDefault(m => m.NodeId == nodeId) is not { Log: { } log } member)
            return Error.NotFound("directory.not-a-member", $"{nodeId} 不是区域成员，或没有日志", $"{nodeId} is not a member of the region, or has no log");
        var next = log with { Seals = seals ? true : null, Sm2 = sm2 is null ? log.Sm2 : NoteKey.Of(log.Origin, sm2, NoteKeyKind.Sm2).Text };
        return next == log
            ? Error.Conflict("directory.log-already", "名录中已是如此", "The directory says so already")
            : Next(before, [.. before.Members.Select(m => m == member ? m with { Log = next } : m)], now);
    }

    /// <summary>The same members, and another data standard.</summary>
    public static DirectoryDocument Standardise(DirectoryDocument before, StandardReference standard, long now) => Next(before, before.Members, now) with { Standard = standard };

    static Error InTheFuture() => Error.Invalid("directory.distrust-later", "起始时刻不能晚于现在", "The moment must not lie in the future", "from");

    /// <summary>A majority of the governments signs what comes next, each with any key of documents that it has then.</summary>
    static DirectoryDocument Next(DirectoryDocument before, IReadOnlyList<MemberEntry> members, long now)
    {
        return before with
        {
            Version = before.Version + 1,
            ValidFrom = now,
            // Whoever changes anything sees to it that there is a time after: once it is over, nothing can be proposed any more.
            ValidUntil = before.ValidUntil - now < Year ? now + (10 * Year) : before.ValidUntil,
            Members = members,
            Quorum = QuorumOf(members, now),
        };
    }

    static Quorum QuorumOf(IReadOnlyList<MemberEntry> members, long now)
    {
        var governments = members.Where(m => m.IsGovernment).ToList();
        return new Quorum((governments.Count / 2) + 1, [.. governments.SelectMany(m => m.Keys).Where(k => k.SignsDocuments && k.NotAfter > now && k.DistrustedFrom is null).Select(k => k.Kid)]);
    }

    /// <summary>Whether it changes this member's own entry and nothing else, which whoever has no vote may ask for too: a hub or a company replaces its key like any other.</summary>
    public static bool IsOfOwnEntry(DirectoryDocument before, DirectoryDocument next, string nodeId)
    {
        static string Written<T>(T what) => JsonSerializer.Serialize(what, DirectoryDocument.Json);
        return next.Members.FirstOrDefault(m => m.NodeId == nodeId) is { } own && before.Members.FirstOrDefault(m => m.NodeId == nodeId) is { } was
            && Written(own) != Written(was) && own.Roles.SequenceEqual(was.Roles) && next.Standard == before.Standard
            && Written(before.Members.Select(m => m.NodeId == nodeId ? own : m)) == Written(next.Members) && Written(QuorumOf(next.Members, next.ValidFrom)) == Written(next.Quorum);
    }
}
