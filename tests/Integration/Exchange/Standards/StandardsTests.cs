using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Standards;

/// <summary>The region's data standard: proposed by one, in force by a majority, and the same at every node.</summary>
public sealed class StandardsTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    const string NoFemale = "list,name,nameEn,source,code,codeName,codeNameEn,from,until\r\nperson.sex,性别,Sex,GB/T 2261.1,男,男,Male,,\r\nperson.sex,,,,女,女,Female,,2020-01-01\r\nperson.sex,,,,女性,女性,Female,,\r\n";

    static async Task<(int Status, string Page)> Send(TwoNodes nodes, string node, Role role, string page, string action, params (string, string)[] fields)
    {
        using var browser = new Browser(role);
        using var answer = await browser.Submit(nodes.Url(node) + page, action, fields);
        return ((int)answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Ct)));
    }

    [Fact]
    public async Task A_new_version_is_shown_with_who_breaks_and_holds_everywhere_once_a_majority_signed()
    {
        var register = await CodedRegister.Start(hub: true);
        await using var nodes = register.Nodes;
        await register.Ready();
        Assert.Equal("女 1991-06-02", await register.Ask(Wife));
        Assert.Equal((1, 1), (nodes.Get<StandardBook>(Anhui).InForce!.Version, nodes.Get<StandardBook>(Shanghai).InForce!.Version));
        const string list = "/console/standards/lists/person.sex";
        Assert.Contains("本地代码，经对照", await register.PageOf(Anhui, list), StringComparison.Ordinal);

        var (_, change) = await Send(nodes, Anhui, Role.Steward, list, "/console/standards/propose", ("text", NoFemale), ("step", "look"));
        Assert.Contains("性别的“女 女”自 2020-01-01 起停用", change, StringComparison.Ordinal);
        Assert.Contains("civil.coded/1 · sex", change, StringComparison.Ordinal);
        Assert.Contains("用到已停用的代码：女", change, StringComparison.Ordinal);
        // Not proposed by looking.
        Assert.True((await nodes.Get<HubProposals>(Shanghai).Waiting(Ct)).Value.Count == 0);
        Assert.Equal(303, (await Send(nodes, Anhui, Role.Steward, list, "/console/standards/propose", ("text", NoFemale), ("step", "propose"))).Status);
        // One signature of two: in force nowhere.
        var waiting = (await nodes.Get<HubProposals>(Shanghai).Waiting(Ct)).Value.Single();
        Assert.Equal([Anhui], waiting.Signers);
        Assert.Equal("女 1991-06-02", await register.Ask(Wife));
        using (var administrator = new Browser(Role.Administrator))
        {
            var page = await administrator.Read(nodes.Url(Shanghai) + "/console/directory");
            Assert.Contains("数据标准改为第 2 版", page, StringComparison.Ordinal);
            Assert.Contains("性别的“女 女”自 2020-01-01 起停用", page, StringComparison.Ordinal);
        }
        Assert.Equal(303, (await Send(nodes, Shanghai, Role.Administrator, "/console/directory", $"/console/directory/proposals/{waiting.Id}/sign")).Status);
        foreach (var node in new[] { Shanghai, Anhui, Hub })
        {
            for (var i = 0; i < 200 && nodes.Get<StandardBook>(node).InForce!.Version != 2; i++)
                await Task.Delay(50, Ct);
            Assert.Equal(2, nodes.Get<StandardBook>(node).InForce!.Version);
        }
        // The department's mapping gives a code that ended: an error until the steward brought it up to the list, not a wrong code.
        Assert.Equal("mapping.code-ended", await register.Ask(Wife));
        Assert.Equal("男 1990-05-01", await register.Ask(Husband));
        Assert.Contains("用到已停用的代码：女", await register.PageOf(Anhui, "/console/mappings"), StringComparison.Ordinal);
        Assert.Empty(await register.Map("publish", "1,男\r\n2,女性"));
        Assert.Equal("女性 1991-06-02", await register.Ask(Wife));
        // After a restart it is still in force, and both versions are there to be looked at.
        await nodes.Stop(Anhui);
        await nodes.Run(Anhui);
        Assert.Equal("女性 1991-06-02", await register.Ask(Wife));
        Assert.Equal([2, 1], (await nodes.Get<StandardBook>(Anhui).History(Ct)).Select(h => h.Version));
        Assert.Contains("自数据标准第 2 版", await register.PageOf(Anhui, list), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_can_forge_one_alone()
    {
        var register = await CodedRegister.Start(hub: true);
        await using var nodes = register.Nodes;
        var before = nodes.Get<StandardBook>(Anhui);
        var present = nodes.Get<RegionDirectory>(Anhui).Trusted.Document;
        // A document that the hub does not hold, one whose hash is another, one that forgets a list: none is taken or signed.
        var forged = before.InForce! with { Version = 2, Lists = [.. before.InForce.Lists.Skip(1)], Elements = [.. before.InForce.Elements.Where(e => e.List != before.InForce.Lists[0].List)] };
        var bytes = forged.ToBytes();
        var named = new StandardReference(2, StandardDocument.HashOf(bytes));
        var peers = nodes.Get<PeerClient>(Anhui);
        Assert.Equal("standard.not-held", (await nodes.Get<HubProposals>(Anhui).Propose(DirectoryChange.Standardise(present, named, 1), Ct)).Error?.Code);
        Assert.Equal("standard.hash", (await peers.Send(Hub, HttpMethod.Put, StandardBook.Path + new string('0', 64), bytes, Ct)).Error?.Code);
        Assert.True((await peers.Send(Hub, HttpMethod.Put, StandardBook.Path + named.Sha256, bytes, Ct)).Ok);
        Assert.Equal("standard.not-following", (await nodes.Get<HubProposals>(Anhui).Propose(DirectoryChange.Standardise(present, named, 1), Ct)).Error?.Code);
        // The hub looks for itself, at whoever does not ask first.
        var unsigned = nodes.Sign(DirectoryChange.Standardise(present, named, nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds()), Anhui);
        Assert.Equal("standard.not-following", (await peers.Send(Hub, HttpMethod.Post, "/peer/directory/proposals", Encoding.UTF8.GetBytes(unsigned), Ct)).Error?.Code);
        // What a member hands over does not pile up.
        for (var i = 0; i < 8; i++)
        {
            var more = (forged with { Version = 3 + i }).ToBytes();
            Assert.True((await peers.Send(Hub, HttpMethod.Put, StandardBook.Path + StandardDocument.HashOf(more), more, Ct)).Ok);
        }
        Assert.InRange(await nodes.As<NodeDb, int>(Hub, Actor.Node("test"), db => db.Set<StandardRow>().CountAsync(s => s.NamedAt == null, Ct)), 1, 5);
        Assert.Equal(1, before.InForce!.Version);
    }

    [Fact]
    public async Task The_register_is_searched_and_comes_out_as_csv()
    {
        var register = await CodedRegister.Start();
        await using var nodes = register.Nodes;
        Assert.Contains("person.marital-state", await register.PageOf(Shanghai, "/console/standards?q=" + Uri.EscapeDataString("婚姻")), StringComparison.Ordinal);
        Assert.Contains("person.sex", await register.PageOf(Shanghai, "/console/standards?kind=lists&q=female"), StringComparison.Ordinal);
        Assert.Contains("没有符合的", await register.PageOf(Shanghai, "/console/standards?q=zzz"), StringComparison.Ordinal);
        Assert.Contains("police.identity", await register.PageOf(Anhui, "/console/standards/elements/person.sex"), StringComparison.Ordinal);
        Assert.Contains("person.sex,性别,Sex,", await register.PageOf(Shanghai, "/console/standards/csv/lists"), StringComparison.Ordinal);
        Assert.Contains("第 2 行第 1 列", (await Send(nodes, Shanghai, Role.Steward, "/console/standards/lists/person.sex", "/console/standards/propose", ("text", "list,name,nameEn,source,code,codeName,codeNameEn,from,until\r\nA B,x,,,1,x,,,"), ("step", "look"))).Page, StringComparison.Ordinal);
    }
}
