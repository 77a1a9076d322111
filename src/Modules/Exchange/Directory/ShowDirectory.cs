using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>Members and their keys, and what is proposed to change, in words, with who has signed it.</summary>
static class ShowDirectory
{
    public static async Task<IResult> Handle(NodeIdentity node, RegionDirectory directory, FollowDirectory follow, HubProposals hub, StandardBook standards, TimeProvider clock, CancellationToken ct)
    {
        // Whoever looks sees what is in force now, not what was half a minute ago. The page says when the hub last confirmed it.
        await follow.Once(ct);
        var trusted = directory.Trusted;
        var now = clock.NowMs();
        var waiting = await hub.Waiting(ct);
        return Page.Of<DirectoryPage>(new
        {
            trusted.Document.Version,
            directory.ConfirmedAt,
            NodeId = node.Id,
            Votes = trusted.Find(node.Id)?.IsGovernment == true,
            Quorum = trusted.Document.Quorum.K,
            Members = (IReadOnlyList<DirectoryPage.MemberRow>)[.. trusted.Document.Members.Select(m => new DirectoryPage.MemberRow(
                m.NodeId, m.Name, ClassWords.Of(m), m.Endpoint, m.IsHub, [.. m.Keys.OrderByDescending(k => k.NotBefore).Select(k => new DirectoryPage.KeyRow(k.Kid, k.Alg, k.SignsDocuments, k.NotAfter, k.IsInForce(now), k.DistrustedFrom))],
                m.Log is { } log ? new(log.Origin, log.Seals == true, log.Sm2 is not null) : null))],
            Proposals = waiting.Ok ? await Rows(waiting.Value, trusted, standards, now, ct) : [],
            Unreachable = waiting.Ok ? null : waiting.Error,
        });
    }

    static async Task<IReadOnlyList<DirectoryPage.ProposalRow>> Rows(IReadOnlyList<Proposal> proposals, TrustedDirectory trusted, StandardBook standards, long now, CancellationToken ct)
    {
        var rows = new List<DirectoryPage.ProposalRow>();
        foreach (var proposal in proposals)
        {
            if (Proposal.Read(proposal.Document) is not var (signed, content))
                continue;
            // Judged here, not believed: neither what changes nor who signed is taken from the hub's word.
            rows.Add(new DirectoryPage.ProposalRow(
                Proposal.IdOf(signed), Name(trusted, proposal.ProposedBy), proposal.ProposedAt,
                [.. DirectoryDifferences.Between(trusted.Document, content), .. await Standard(trusted.Document.Standard, content.Standard, standards, ct)],
                [.. trusted.Signers(proposal.Document, now)], [.. trusted.Signers(proposal.Document, now).Select(s => Name(trusted, s))]));
        }
        return rows;
    }

    const int MostTold = 100;

    /// <summary>What a proposed data standard changes: read from the document that has the named hash.</summary>
    static async Task<IEnumerable<Words>> Standard(StandardReference? before, StandardReference? after, StandardBook standards, CancellationToken ct)
    {
        if (after is null || after == before)
            return [];
        if (await standards.Refuses(before, after, ct) is { } refused)
            return [new($"注意：{refused.Detail}，请勿签署", $"Beware: {refused.DetailEn}; do not sign")];
        var next = await standards.Document(after.Sha256, ct);
        var present = before is null ? null : (StandardDocument?)(await standards.Document(before.Sha256, ct)).Value;
        var told = StandardChange.Told(present, next.Value);
        return told.Count <= MostTold ? told : [.. told.Take(MostTold), new($"另有 {told.Count - MostTold} 处改动", $"and {told.Count - MostTold} more changes")];
    }

    static Words Name(TrustedDirectory trusted, string nodeId) => trusted.Find(nodeId)?.Name ?? new Words(nodeId, nodeId);
}
