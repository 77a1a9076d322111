using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Two stewards come to an agreement on the pages of their consoles.</summary>
public sealed class StewardNegotiates : IAsyncLifetime
{
    TwoNodes nodes = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => nodes = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());

    public ValueTask DisposeAsync() => nodes.DisposeAsync();

    async Task<(int Status, string? To)> Submit(string node, string page, string action, params (string Name, string Value)[] fields)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(nodes.Url(node) + page, action, fields);
        return ((int)answer.StatusCode, answer.Headers.Location?.OriginalString);
    }

    async Task<string> PageWith(string node, string page, string text)
    {
        var html = "";
        using var steward = new Browser(Role.Steward);
        for (var i = 0; i < 400; i++)
        {
            html = await steward.Read(nodes.Url(node) + page);
            if (html.Contains(text, StringComparison.Ordinal))
                return html;
            await Task.Delay(50, Ct);
        }
        Assert.Fail($"{page} does not say: {text}");
        return html;
    }

    async Task<string> Only(string node) => $"/console/negotiations/{await nodes.As<NodeDb, string>(node, Actor.Node("test"), db => db.Set<NegotiationRow>().Select(n => n.Id).SingleAsync(Ct))}";

    static (string, string)[] Terms(string quota) =>
        [("fields", "registerNumber"), ("fields", "wifeName"), ("purposes", Item), ("case", "true"), ("basis", "consent"), ("basisText", ""), ("basisTextEn", ""), ("until", ""), ("quota", quota), ("rate", "3"), ("retention", "30"), ("noOnward", "true"), ("place", ""), ("fee", "")];

    [Fact]
    public async Task Two_stewards_come_to_an_agreement_use_it_suspend_it_and_both_pages_say_so()
    {
        var key = Uri.EscapeDataString(ShowNegotiations.Key(Anhui, Marriage));
        var fresh = $"/console/negotiations/new?resource={key}";
        Assert.Equal(400, (await Submit(Shanghai, fresh, "/console/negotiations", [.. Terms("0")])).Status);
        Assert.Equal(400, (await Submit(Shanghai, fresh, "/console/negotiations", [.. Terms("5").Where(t => t.Item1 != "fields")])).Status);
        var (status, ours) = await Submit(Shanghai, fresh, "/console/negotiations", Terms("500"));
        Assert.Equal(303, status);
        await PageWith(Anhui, "/console/agreements", "1 项待本节点处理");

        // Anhui offers less; Shanghai takes it; the rest follows by itself.
        var theirs = await Only(Anhui);
        Assert.Contains("500 次", await PageWith(Anhui, theirs, "同意并签署"));
        var stale = await PageWith(Shanghai, ours!, "使用方已提出");
        Assert.Contains("上海市 想使用本节点的资源", await PageWith(Anhui, theirs, "改为提出"));
        Assert.Equal(303, (await Submit(Anhui, theirs, theirs + "/decide", [.. Terms("2"), ("move", "Offer")])).Status);
        Assert.Contains("2 次", await PageWith(Shanghai, ours!, "接受"));
        // What was decided on what is no longer on the table is not taken.
        Assert.Equal(409, (await Submit(Shanghai, ours!, ours + "/decide", ("move", "Accept"), ("offer", "urn:tongban:offer:old"))).Status);
        Assert.Equal(303, (await Submit(Shanghai, ours!, ours + "/decide", ("move", "Accept"))).Status);
        await PageWith(Shanghai, ours!, "已生效");
        await PageWith(Anhui, theirs, "已生效");
        var agreement = $"/console/agreements/{nodes.Get<AgreementBook>(Shanghai).All.Single(a => a.Terms.NoOnwardUse).Id}";
        Assert.Contains("不得转给其他成员", await PageWith(Anhui, agreement, "每分钟最多"));

        // A transfer: begun here, suspended there, and what was suspended is refused.
        var consent = await nodes.Consent(Husband, Item, "D1", "registerNumber", "wifeName");
        Assert.True((await nodes.Ask(Question(consent, "registerNumber", "wifeName"))).Ok);
        Assert.Equal(303, (await Submit(Shanghai, agreement, agreement + "/transfers")).Status);
        await PageWith(Anhui, agreement, "使用中");
        await PageWith(Shanghai, agreement, "使用中");
        var transfer = $"/console/transfers/{await nodes.As<NodeDb, string>(Anhui, Actor.Node("test"), db => db.Set<TransferRow>().Select(t => t.Id).SingleAsync(Ct))}/decide";
        Assert.Equal(400, (await Submit(Anhui, agreement, transfer, ("move", "Suspend"))).Status);
        Assert.Equal(303, (await Submit(Anhui, agreement, transfer, ("move", "Suspend"), ("reason", "核查使用情况"))).Status);
        await PageWith(Shanghai, agreement, "核查使用情况");
        await PageWith(Anhui, "/console/agreements", "已暂停");
        Assert.False((await nodes.Ask(Question(consent, "registerNumber", "wifeName"))).Ok);
        Assert.Equal(303, (await Submit(Anhui, agreement, transfer, ("move", "Start"))).Status);
        await PageWith(Shanghai, agreement, "使用中");
        Assert.True((await nodes.Ask(Question(consent, "registerNumber", "wifeName"))).Ok);
    }

    [Fact]
    public async Task A_request_that_is_not_answered_in_time_is_overdue_on_both_sides()
    {
        var fresh = $"/console/negotiations/new?resource={Uri.EscapeDataString(ShowNegotiations.Key(Anhui, Marriage))}";
        await Submit(Shanghai, fresh, "/console/negotiations", Terms("5"));
        foreach (var node in new[] { Shanghai, Anhui })
        {
            Assert.Contains("还剩 10 个工作日", await PageWith(node, "/console/negotiations", "使用方已提出"));
            Assert.DoesNotContain("使用方已提出", await PageWith(node, "/console/negotiations?state=overdue", "没有协商"));
        }
        nodes.Clock.Ahead = TimeSpan.FromDays(40);
        foreach (var node in new[] { Shanghai, Anhui })
            Assert.Contains("已超期", await PageWith(node, "/console/negotiations?state=overdue", "使用方已提出"));
    }

    [Fact]
    public async Task An_auditor_sees_and_decides_nothing_and_a_steward_ends_a_negotiation_with_a_reason()
    {
        var fresh = $"/console/negotiations/new?resource={Uri.EscapeDataString(ShowNegotiations.Key(Anhui, Marriage))}";
        var (_, ours) = await Submit(Shanghai, fresh, "/console/negotiations", Terms("5"));
        await PageWith(Anhui, "/console/negotiations", "上海市");
        var theirs = await Only(Anhui);
        using var auditor = new Browser(Role.Auditor);
        Assert.DoesNotContain("/decide", await auditor.Read(nodes.Url(Anhui) + theirs), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await auditor.Get(nodes.Url(Anhui) + fresh)).StatusCode);
        Assert.Equal(400, (await Submit(Anhui, theirs, theirs + "/decide", ("move", "Terminate"), ("reason", ""))).Status);
        Assert.Equal(303, (await Submit(Anhui, theirs, theirs + "/decide", ("move", "Terminate"), ("reason", "用途不明"))).Status);
        Assert.Contains("安徽省", await PageWith(Shanghai, ours!, "用途不明"));
        using var steward = new Browser(Role.Steward);
        Assert.Equal(HttpStatusCode.NotFound, (await steward.Get(nodes.Url(Shanghai) + "/console/negotiations/none")).StatusCode);
        // By switch in English.
        steward.Cookies.Add(new Uri(nodes.Url(Shanghai)), new Cookie("tb-lang", "en"));
        foreach (var (page, says) in new[] { ("/console/negotiations", "Other side"), (ours!, "Ended by"), (fresh, "Queries a day"), ($"/console/agreements/{AgreementId}", "What was agreed") })
            Assert.Contains(says, await steward.Read(nodes.Url(Shanghai) + page), StringComparison.Ordinal);
    }
}
