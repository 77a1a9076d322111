using System.Text.Json;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>A member's way to the proposals at the hub.</summary>
sealed class HubProposals(RegionDirectory directory, FollowDirectory follow, WitnessLogs witness, StandardBook standards, PeerClient peers, Keystore keys)
{
    const string Path = "/peer/directory/proposals";

    public async Task<Result<IReadOnlyList<Proposal>>> Waiting(CancellationToken ct)
    {
        if (Hub is not { } hub)
            return NoHub;
        var answer = await peers.Send(hub.NodeId, HttpMethod.Get, Path, default, ct);
        if (!answer.Ok)
            return ForAdministrators(answer.Error);
        try
        {
            return JsonSerializer.Deserialize<List<Proposal>>(answer.Value.Body, DirectoryDocument.Json) is { } all && all.TrueForAll(p => p is { Id: not null, ProposedBy: not null, Signers: not null, Document: not null })
                ? all
                : Odd;
        }
        catch (JsonException)
        {
            return Odd;
        }
    }

    /// <summary>Signs a next directory and hands it to the hub; a proposal that waits already gets this node's signature added.</summary>
    public async Task<Result<Done>> Sign(SignedDocument document, CancellationToken ct)
    {
        if (Hub is not { } hub)
            return NoHub;
        if (Proposal.Read(JsonSerializer.Serialize(document)) is not var (_, content))
            return Odd;
        if (ReadInFull.Refuses<DirectoryDocument>(document.UnverifiedPayload, NotRead) is { } unread)
            return unread;
        if (await LogChange.Hides(directory.Trusted.Document, content, origin => witness.Last(origin, ct)) is { } hides)
            return hides;
        if (await standards.Refuses(directory.Trusted.Document.Standard, content.Standard, ct) is { } unfit)
            return unfit;
        var signed = document.Sign(keys.Signing, TrustedDirectory.DocumentType);
        // By the new directory's own rule the key that takes the old one's place counts, and not the old one.
        if (keys.Prepared(OwnKeys.Signing) is { } next)
            signed = signed.Sign(next, TrustedDirectory.DocumentType);
        var text = JsonSerializer.SerializeToUtf8Bytes(signed);
        var sent = await peers.Send(hub.NodeId, HttpMethod.Post, Path, text, ct);
        if (!sent.Ok)
            return ForAdministrators(sent.Error);
        // It may be in force by this signature: whoever gave it should see that.
        await follow.Once(ct);
        return Done.It;
    }

    /// <summary>The next one is made from the one in force: what this node does not know of that would be gone.</summary>
    public async Task<Result<Done>> Propose(DirectoryDocument next, CancellationToken ct) =>
        JsonSerializer.Deserialize<SignedDocument>(directory.Trusted.Text) is { } present && ReadInFull.Refuses<DirectoryDocument>(present.UnverifiedPayload, NotRead) is { } unread
            ? unread
            : await Sign(SignedDocument.Of(next), ct);

    const string NotRead = "directory.not-read";

    MemberEntry? Hub => directory.Trusted.Document.Members.FirstOrDefault(m => m.IsHub);

    /// <summary>What a resident is told to do while a node is away is nothing to an administrator.</summary>
    static Error ForAdministrators(Error refused) => refused.Code == "peer.unreachable"
        ? refused with { Todo = "请检查与枢纽的网络，恢复后再试；现行名录和密钥照旧有效", TodoEn = "Check the network to the hub and try again when it is back; the directory in force and its keys hold as before" }
        : refused;

    static readonly Error NoHub = Error.Unavailable("directory.no-hub", "名录中没有枢纽", "The directory names no hub");
    static readonly Error Odd = Error.Unavailable("directory.proposals-malformed", "枢纽的回答无法读取", "The hub's answer cannot be read");
}
