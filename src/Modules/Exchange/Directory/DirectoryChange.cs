using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>Makes the next directory out of the one in force. What comes out is signed by nobody yet.</summary>
static class DirectoryChange
{
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
        return before.Members.Count(m => m.IsGovernment) <= 2
            ? Error.Conflict("directory.too-few", "区域至少要有两个成员", "A region has at least two members")
            : Next(before, [.. before.Members.Where(m => m.NodeId != nodeId)], now);
    }

    /// <param name="overlap">How long the key before it goes on being accepted; nothing when it may be in wrong hands.</param>
    public static Result<DirectoryDocument> ReplaceKey(DirectoryDocument before, string nodeId, MemberKey key, TimeSpan overlap, long now)
    {
        if (before.Members.FirstOrDefault(m => m.NodeId == nodeId) is not { } member)
            return Error.NotFound("directory.not-a-member", $"{nodeId} 不是区域成员", $"{nodeId} is not a member of the region");
        if (before.Members.SelectMany(m => m.Keys).Any(k => k.Kid == key.Kid))
            return Error.Conflict("directory.key-already", "名录中已有这把密钥", "The directory holds this key already");
        var end = now + (long)overlap.TotalMilliseconds;
        var keys = member.Keys.Select(k => k.Use == key.Use && k.NotAfter > end ? k with { NotAfter = Math.Max(end, k.NotBefore) } : k);
        return Next(before, [.. before.Members.Select(m => m.NodeId == nodeId ? m with { Keys = [.. keys, key] } : m)], now);
    }

    /// <summary>A majority of the governments signs what comes next, each with any key of documents that it has then.</summary>
    static DirectoryDocument Next(DirectoryDocument before, IReadOnlyList<MemberEntry> members, long now)
    {
        var governments = members.Where(m => m.IsGovernment).ToList();
        return before with
        {
            Version = before.Version + 1,
            ValidFrom = now,
            Members = members,
            Quorum = new Quorum((governments.Count / 2) + 1, [.. governments.SelectMany(m => m.Keys).Where(k => k.SignsDocuments && k.NotAfter > now).Select(k => k.Kid)]),
        };
    }
}
