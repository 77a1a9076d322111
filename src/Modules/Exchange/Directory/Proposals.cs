using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>A next directory that waits at the hub for the signatures of members, until one of its version is in force.</summary>
[NoRowRule("The public directory of the region's governments; about no person.")]
sealed class ProposalRow
{
    /// <summary>SHA-256 of what is signed, hex.</summary>
    public required string Id { get; set; }

    public long Version { get; set; }

    /// <summary>With the signatures there are so far.</summary>
    public required string Document { get; set; }

    public required string ProposedBy { get; set; }

    public long ProposedAt { get; set; }

    public long Revision { get; set; }
}

/// <param name="Signers">Members whose signature is on it.</param>
sealed record Proposal(string Id, string ProposedBy, long ProposedAt, IReadOnlyList<string> Signers, string Document)
{
    public static string IdOf(SignedDocument document) => Convert.ToHexStringLower(SHA256.HashData(document.UnverifiedPayload));

    /// <summary>Null when it cannot be read.</summary>
    public static (SignedDocument Signed, DirectoryDocument Content)? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<SignedDocument>(text) is { Payload: not null, Signatures: not null } signed && TrustedDirectory.Kept(text) is { Ok: true, Value: var read }
                ? (signed, read.Document)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The hub gives members the proposals that wait.</summary>
static class GiveProposals
{
    public static async Task<IResult> Handle(NodeDb db, RegionDirectory directory, TimeProvider clock, CancellationToken ct)
    {
        var version = directory.Trusted.Document.Version + 1;
        var rows = await db.Set<ProposalRow>().AsNoTracking().Where(p => p.Version == version).OrderBy(p => p.ProposedAt).ThenBy(p => p.Id).Take(TakeProposal.MostShown).ToListAsync(ct);
        return Results.Json(rows.Select(p => new Proposal(p.Id, p.ProposedBy, p.ProposedAt, directory.Trusted.Signers(p.Document, clock.NowMs()), p.Document)), DirectoryDocument.Json);
    }
}

/// <summary>
/// The hub takes a proposal, or one more signature of it, from a member. As soon as enough members signed, both by the
/// directory in force and by the new one's own rule, the new one is in force.
/// </summary>
static class TakeProposal
{
    public const int MostShown = 100;

    /// <summary>Of one member: however many it makes, none of another's is kept out, least of all the one that removes it.</summary>
    const int MostOfOne = 5;

    public static async Task<IResult> Handle(HttpContext http, NodeDb db, NodeIdentity node, RegionDirectory directory, StandardBook standards, TimeProvider clock, CancellationToken ct)
    {
        if (!node.IsHub)
            return Error.NotFound("hub.elsewhere", "这个节点不是枢纽", "This node is not the hub").AsResult();
        var peer = http.Peer();
        if (Proposal.Read(System.Text.Encoding.UTF8.GetString(peer.Body.Span)) is not var (signed, content))
            return Malformed.AsResult();
        if (content.Version != directory.Trusted.Document.Version + 1 || content.Region != node.Region)
        {
            return Error.Conflict("directory.version", $"现行名录已是第 {directory.Trusted.Document.Version} 版，提案须是其下一版", $"The directory in force is version {directory.Trusted.Document.Version}; a proposal must be the next one",
                "请按现行名录重新提出", "Propose again from the directory in force").AsResult();
        }
        if (!directory.Trusted.Signers(JsonSerializer.Serialize(signed), clock.NowMs()).Contains(peer.From.NodeId) && !DirectoryChange.IsOfOwnEntry(directory.Trusted.Document, content, peer.From.NodeId))
        {
            return Error.Forbidden("directory.unsigned", "提案没有送交方自己的有效签名，而其改动不止于送交方自己的登记", "The proposal lacks the valid signature of the member that sent it, and changes more than that member's own entry",
                "没有表决权的成员只能提出更改自己的登记", "A member without a vote may only propose to change its own entry").AsResult();
        }
        if (await standards.Refuses(directory.Trusted.Document.Standard, content.Standard, ct) is { } unfit)
            return unfit.AsResult();
        return await Keep(signed, content, peer.From.NodeId, db, node, directory, clock, ct);
    }

    static async Task<IResult> Keep(SignedDocument signed, DirectoryDocument content, string from, NodeDb db, NodeIdentity node, RegionDirectory directory, TimeProvider clock, CancellationToken ct)
    {
        var id = Proposal.IdOf(signed);
        var row = await db.Set<ProposalRow>().SingleOrDefaultAsync(p => p.Id == id, ct);
        if (row is null)
        {
            if (await db.Set<ProposalRow>().CountAsync(p => p.Version == content.Version && p.ProposedBy == from, ct) >= MostOfOne)
                return Error.Conflict("directory.too-many-proposals", "贵方等待签署的提案太多", "Too many proposals of yours wait", "请先等现有提案签署", "Wait for those that are there").AsResult();
            row = new ProposalRow { Id = id, Version = content.Version, Document = "", ProposedBy = from, ProposedAt = clock.NowMs() };
            db.Add(row);
        }
        row.Document = JsonSerializer.Serialize(Joined(row.Document, signed, directory.Trusted, clock.NowMs()));
        row.Revision++;
        var complete = directory.Trusted.Succeed(row.Document, clock.NowMs()) is { Ok: true } && TrustedDirectory.Pin(row.Document) is { Ok: true };
        // The hub follows its file. It is written before the row, so that a crash leaves no complete proposal behind that nobody acts on.
        if (complete)
            AtomicFile.Write(Path.Combine(node.DataFolder, RegionDirectory.FileName), System.Text.Encoding.UTF8.GetBytes(row.Document));
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return Error.Conflict("directory.proposal-changed", "提案刚刚有变化", "The proposal changed a moment ago", "请重试", "Try again").AsResult();
        if (complete && await directory.Offer(row.Document, ct) is { Ok: false } refused)
            return refused.Error.AsResult();
        return Results.Json(new { id, inForce = complete }, DirectoryDocument.Json);
    }

    /// <summary>One signature of each key that counts now or by the proposal itself, such as a new key beside the one it replaces; what strangers put there is dropped.</summary>
    static SignedDocument Joined(string kept, SignedDocument more, TrustedDirectory trusted, long now)
    {
        var proposed = TrustedDirectory.Kept(JsonSerializer.Serialize(more)).Value;
        var before = kept.Length == 0 ? [] : JsonSerializer.Deserialize<SignedDocument>(kept)!.Signatures;
        var signatures = new Dictionary<string, DocumentSignature>();
        foreach (var signature in before.Concat(more.Signatures))
        {
            var alone = JsonSerializer.Serialize(more with { Signatures = [signature] });
            if (trusted.Signers(alone, now).Count + proposed.Signers(alone, now: null).Count > 0)
                signatures.TryAdd(signature.Protected, signature);
        }
        return more with { Signatures = [.. signatures.Values] };
    }

    static readonly Error Malformed = Error.Invalid("directory.malformed", "这不是一份名录提案", "This is not a proposed directory", "body");
}
