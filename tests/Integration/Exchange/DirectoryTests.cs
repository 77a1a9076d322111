using System.Text.Json;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

public class DirectoryTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static long Now(TwoNodes region) => region.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task A_key_that_has_ended_has_no_voice_in_the_directory()
    {
        await using var region = await TwoNodes.Start();
        var now = Now(region);
        var kid = region.Keys(Anhui).Signing.Kid;
        var first = region.Get<RegionDirectory>(Shanghai).Trusted.Document;
        var second = first with { Version = 2, Members = [.. first.Members.Select(m => m with { Keys = [.. m.Keys.Select(k => k.Kid == kid ? k with { NotAfter = now + 10_000 } : k)] })] };
        var trusted = TrustedDirectory.Pin(region.Sign(second, Shanghai, Anhui)).Value;
        var third = region.Sign(second with { Version = 3 }, Shanghai, Anhui);

        Assert.True(trusted.Succeed(third, now).Ok);
        Assert.Equal([Anhui, Shanghai], trusted.Signers(third, now).OrderDescending());
        Assert.Equal("directory.quorum", trusted.Succeed(third, now + 20_000).Error?.Code);
        Assert.Equal([Shanghai], trusted.Signers(third, now + 20_000));
    }

    [Fact]
    public async Task Nodes_follow_the_hub_and_refuse_roll_back_fork_and_too_few_signatures()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var first = region.Get<RegionDirectory>(Shanghai).Trusted;
        var moved = first.Document with { Version = 2, Members = [.. first.Document.Members.Select(m => m.NodeId == Anhui ? m with { Name = new Words("安徽", "Anhui 2") } : m)] };

        var unsigned = region.Sign(moved, Shanghai);
        Assert.Equal("directory.quorum", first.Succeed(unsigned, Now(region)).Error?.Code);
        Assert.Equal("directory.quorum", first.Succeed(region.Sign(moved, Shanghai, Shanghai), Now(region)).Error?.Code);
        Assert.Equal("directory.quorum", first.Succeed(region.Sign(moved, Shanghai, Hub), Now(region)).Error?.Code);

        File.WriteAllText(Path.Combine(region.FolderOf(Hub), RegionDirectory.FileName), region.Sign(moved, Shanghai, Anhui));
        await Soon.Holds(() => region.Get<RegionDirectory>(Shanghai).Trusted.Document.Version == 2, Ct);
        Assert.Equal("Anhui 2", region.Get<RegionDirectory>(Shanghai).Find(Anhui)!.Name.En);

        // The hub is given the old one again: neither it nor anybody else goes back, restart or not.
        File.WriteAllText(Path.Combine(region.FolderOf(Hub), RegionDirectory.FileName), first.Text);
        await Soon.Holds(() => region.Get<RegionDirectory>(Hub).Refused?.Why.Code == "directory.roll-back", Ct);
        await region.Stop(Shanghai);
        await region.Run(Shanghai);
        Assert.Equal(2, region.Get<RegionDirectory>(Shanghai).Trusted.Document.Version);

        var other = moved with { ValidUntil = moved.ValidUntil - 1 };
        Assert.Equal("directory.fork", region.Get<RegionDirectory>(Shanghai).Trusted.Succeed(region.Sign(other, Shanghai, Anhui), Now(region)).Error?.Code);
        var elsewhere = moved with { Region = "CN-PRD", Version = 3 };
        Assert.Equal("directory.other-region", first.Succeed(region.Sign(elsewhere, Shanghai, Anhui), Now(region)).Error?.Code);
    }

    [Fact]
    public async Task A_key_taken_out_of_the_directory_is_refused_within_the_period()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var consent = await region.Consent(Husband);
        Assert.True((await region.Ask(Question(consent))).Ok);
        var first = region.Get<RegionDirectory>(Shanghai).Trusted.Document;
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var without = first with
        {
            Version = 2,
            Members = [.. first.Members.Select(m => m.NodeId == Shanghai ? m with { Keys = [.. m.Keys.Select(k => k with { NotAfter = now })] } : m)],
        };

        File.WriteAllText(Path.Combine(region.FolderOf(Hub), RegionDirectory.FileName), region.Sign(without, Shanghai, Anhui));
        await Soon.Holds(() => region.Get<RegionDirectory>(Anhui).Trusted.Document.Version == 2, Ct);

        Assert.Equal("signature.unknown-key", (await region.Ask(Question(consent))).Error?.Code);
    }

    [Fact]
    public void A_damaged_directory_is_refused_and_nothing_throws()
    {
        foreach (var text in new[] { "", "{}", "[]", "{\"payload\":\"\",\"signatures\":[]}", "{\"payload\":\"e30\",\"signatures\":[]}", "{\"payload\":\"###\",\"signatures\":[]}" })
            Assert.Equal("directory.malformed", TrustedDirectory.Pin(text).Error?.Code);
    }
}
