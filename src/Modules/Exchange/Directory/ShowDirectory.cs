using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>Members and their keys, and what is proposed to change, in words, with who has signed it.</summary>
static class ShowDirectory
{
    public static async Task<IResult> Handle(NodeIdentity node, RegionDirectory directory, FollowDirectory follow, HubProposals hub, TimeProvider clock, CancellationToken ct)
    {
        // Whoever looks sees what is in force now, not what was half a minute ago. The page says when the hub last confirmed it.
        await follow.Once(ct);
        var trusted = directory.Trusted;
        var now = clock.NowMs();
        var waiting = node.IsHub ? Array.Empty<Proposal>() : await hub.Waiting(ct);
        return Page.Of<DirectoryPage>(new
        {
            trusted.Document.Version,
            directory.ConfirmedAt,
            NodeId = node.Id,
            Quorum = trusted.Document.Quorum.K,
            Members = (IReadOnlyList<DirectoryPage.MemberRow>)[.. trusted.Document.Members.Select(m => new DirectoryPage.MemberRow(
                m.NodeId, m.Name, ClassWords.Of(m), m.Endpoint, m.IsHub, [.. m.Keys.OrderByDescending(k => k.NotBefore).Select(k => new DirectoryPage.KeyRow(k.Kid, k.Alg, k.SignsDocuments, k.NotAfter, k.IsInForce(now), k.DistrustedFrom))]))],
            Proposals = waiting.Ok ? Rows(waiting.Value, trusted, now) : [],
            Unreachable = waiting.Ok ? null : waiting.Error,
        });
    }

    static IReadOnlyList<DirectoryPage.ProposalRow> Rows(IReadOnlyList<Proposal> proposals, TrustedDirectory trusted, long now) =>
    [
        .. from proposal in proposals
           let read = Proposal.Read(proposal.Document)
           where read is not null
           let content = read.Value.Content
           // Judged here, not believed: neither what changes nor who signed is taken from the hub's word.
           select new DirectoryPage.ProposalRow(
               Proposal.IdOf(read.Value.Signed), Name(trusted, proposal.ProposedBy), proposal.ProposedAt,
               DirectoryDifferences.Between(trusted.Document, content), [.. trusted.Signers(proposal.Document, now)], [.. trusted.Signers(proposal.Document, now).Select(s => Name(trusted, s))]),
    ];

    static Words Name(TrustedDirectory trusted, string nodeId) => trusted.Find(nodeId)?.Name ?? new Words(nodeId, nodeId);
}
