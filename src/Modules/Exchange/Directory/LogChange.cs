using System.Text.Json;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>What a proposed directory does to members' logs, judged by what this node saw of them as a witness.</summary>
static class LogChange
{
    /// <summary>The epoch that ends, with its last checkpoint; null when the change is anything but one more epoch under the same key.</summary>
    public static (EndedLog Ended, Checkpoint Seen)? Epoch(MemberLog? before, MemberLog? after)
    {
        if (before is null || after?.Ended is not [.., var ended] || ended.Origin != before.Origin || ended.VKey != before.VKey)
            return null;
        if (JsonSerializer.Serialize(after.Ended.SkipLast(1)) != JsonSerializer.Serialize(before.Ended ?? []) || NoteKey.Parse(before.VKey) is not { Ok: true } key || NoteKey.Parse(after.VKey) is not { Ok: true } next)
            return null;
        return next.Value.Key.Kid == key.Value.Key.Kid && next.Value.Name == after.Origin && after.Origin != before.Origin && Checkpoint.Verify(ended.Checkpoint, key.Value) is { Ok: true } seen
            ? (ended, seen.Value.Checkpoint)
            : null;
    }

    /// <summary>
    /// Null when the proposal hides nothing that this node cosigned. A log that is said to have ended earlier than it was seen, or at something
    /// else, would make what came after never have been: <c>directory.epoch-hides</c>.
    /// </summary>
    /// <param name="witnessed">The last checkpoint cosigned here of a log, by its origin.</param>
    public static async Task<Error?> Hides(DirectoryDocument before, DirectoryDocument after, Func<string, Task<LogHead?>> witnessed)
    {
        foreach (var member in after.Members)
        {
            var known = before.Members.FirstOrDefault(m => m.NodeId == member.NodeId)?.Log;
            if (known is null || known.Origin == member.Log?.Origin || await witnessed(known.Origin) is not { } held)
                continue;
            if (Epoch(known, member.Log) is not var (_, seen) || seen.Size < held.Size || (seen.Size == held.Size && !seen.Root.AsSpan().SequenceEqual(held.Checkpoint.Root)))
            {
                return Error.Conflict("directory.epoch-hides", $"本节点为 {known.Origin} 见证过 {held.Size} 条，提案不承认", $"This node cosigned {held.Size} leaves of {known.Origin}, and the proposal does not admit them",
                    "请勿签署；请该节点按见证方所见重新提出", "Do not sign; let that node propose again from what its witnesses saw");
            }
        }
        return null;
    }
}
