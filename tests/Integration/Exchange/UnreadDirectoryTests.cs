using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A directory of a newer version of the product: not signed by a node that does not know all of it, and followed once it is in force.</summary>
public class UnreadDirectoryTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_of_an_entry_that_is_not_known_is_not_signed_and_is_followed_when_it_is_in_force()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var present = region.Get<RegionDirectory>(Anhui).Trusted;
        var next = JsonNode.Parse(SignedDocument.Of(present.Document with { Version = present.Document.Version + 1 }).UnverifiedPayload)!.AsObject();
        next["members"]![1]!["suspendedUntil"] = 1;
        var proposed = SignedDocument.Of(next).Sign(region.Keys(Shanghai).Signing, TrustedDirectory.DocumentType);
        // Shanghai has the newer version already, and knows what it signs.
        Task<Error?> Send(SignedDocument document) => Sent(region, document);
        Assert.Null(await Send(proposed));
        var waiting = Assert.Single((await region.Get<HubProposals>(Anhui).Waiting(Ct)).Value);
        var refused = (await region.Get<HubProposals>(Anhui).Sign(Proposal.Read(waiting.Document)!.Value.Signed, Ct)).Error;
        Assert.Equal("directory.not-read", refused?.Code);
        Assert.Contains("suspendedUntil", refused!.Where, StringComparison.Ordinal);
        Assert.Equal([Shanghai], Assert.Single((await region.Get<HubProposals>(Anhui).Waiting(Ct)).Value).Signers);

        // Two other governments would have signed it: here the second signature is made beside the node.
        Assert.Null(await Send(proposed.Sign(region.Keys(Anhui).Signing, TrustedDirectory.DocumentType)));
        await Soon.Holds(() => new[] { Hub, Shanghai, Anhui }.All(n => region.Get<RegionDirectory>(n).Trusted.Document.Version == present.Document.Version + 1), Ct);
        var answer = await region.Ask(Question(await region.Consent(Husband)));
        Assert.True(answer.Ok, answer.Error?.DetailEn);

        // What it would propose next would lack what it did not read.
        var inForce = region.Get<RegionDirectory>(Anhui).Trusted.Document;
        Assert.Equal("directory.not-read", (await region.Get<HubProposals>(Anhui).Propose(inForce with { Version = inForce.Version + 1 }, Ct)).Error?.Code);
    }

    static async Task<Error?> Sent(TwoNodes region, SignedDocument document) =>
        (await region.Get<PeerClient>(Shanghai).Send(Hub, HttpMethod.Post, "/peer/directory/proposals", JsonSerializer.SerializeToUtf8Bytes(document), Ct)).Error;
}
