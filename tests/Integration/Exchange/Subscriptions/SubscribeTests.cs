using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>How a subscription begins: under the agreement it was asked from, and whatever becomes of the provider's answer.</summary>
public sealed class SubscribeTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static AgreementTerms ByLaw(TwoNodes region, string id, int minutes, bool subscription = true)
    {
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return new AgreementTerms(id, Anhui, Shanghai, Marriage, 1, ["registerNumber", "state"], [Item], true, new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")), now - 1000, now + (minutes * 60_000L), 100, Subscription: subscription);
    }

    static async Task Agree(TwoNodes region, params AgreementTerms[] agreements)
    {
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.Equal(agreements.Length, (await region.Get<AgreementBook>(node).Import([.. agreements.Select(terms => region.Sign(terms, Anhui, Shanghai))], Ct)).Value);
    }

    [Fact]
    public async Task It_begins_under_the_agreement_whose_page_it_was_asked_from()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        // A question alone would go under the one that holds longer.
        await Agree(region, ByLaw(region, "ag-shorter", 60), ByLaw(region, "ag-longer", 120));
        _ = await region.Get<Catalogues>(Shanghai).Of(Anhui, Ct);
        using var steward = new Browser(Role.Steward);
        var until = region.Clock.GetUtcNow().AddDays(2).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        using var answer = await steward.Submit(
            region.Url(Shanghai) + "/console/agreements/ag-shorter", "/console/agreements/ag-shorter/subscriptions", ("p.citizenId", Husband), ("purpose", Item), ("case", "C-1"), ("until", until));
        Assert.Equal(303, (int)answer.StatusCode);
        Assert.Equal("ag-shorter", (await Mine(region)).AgreementId);
        await SubscriptionTests.States(region, (await Mine(region)).Id, 1);
    }

    [Fact]
    public async Task A_named_agreement_is_asked_under_or_nothing_is()
    {
        await using var region = await TwoNodes.Start();
        await Agree(region, ByLaw(region, "ag-other", 60, subscription: false));
        var question = Question(await region.Consent(Husband, Item, "D1", "registerNumber", "state"), "registerNumber", "state");
        Assert.Equal("agreement.no-subscription", (await SubscriptionTests.Begin(region, question with { AgreementId = "ag-other" })).Error?.Code);
        Assert.Equal("agreement.none", (await SubscriptionTests.Begin(region, question with { AgreementId = "ag-none" })).Error?.Code);
        // Of this node as provider.
        Assert.Equal("agreement.none", (await SubscriptionTests.Begin(region, question with { AgreementId = "ag-self" })).Error?.Code);
        Assert.True((await SubscriptionTests.Begin(region, question with { AgreementId = AgreementId })).Ok);
    }

    [Fact]
    public async Task A_subscription_whose_first_change_was_quicker_than_a_lost_answer_holds()
    {
        var lost = new LostAnswer();
        await using var region = await TwoNodes.Start(also: lost.Join);
        lost.Until = () => Soon.Holds(async () => (await Mine(region)).Offset == 1, Ct);
        var begun = await SubscriptionTests.Begin(region);
        Assert.True(begun.Ok, begun.Error?.DetailEn);
        Assert.Null((await Mine(region)).EndedAt);
        region.Write("djzh = '补领'");
        Assert.Equal(["J340199-2015-000001", "补领"], await SubscriptionTests.States(region, begun.Value, 2));
    }

    [Fact]
    public async Task One_that_was_ended_while_its_answer_was_lost_did_not_begin()
    {
        var lost = new LostAnswer();
        await using var region = await TwoNodes.Start(also: lost.Join);
        lost.Until = async () =>
        {
            await Soon.Holds(async () => (await Mine(region)).Offset == 1, Ct);
            Assert.True((await region.As<ISubscriptions, Result<Done>>(Shanghai, Actor.Node("test"), async s => await s.End((await Mine(region)).Id, Ct))).Ok);
        };
        Assert.False((await SubscriptionTests.Begin(region)).Ok);
        Assert.Equal("subscription.ended", (await Mine(region)).Code);
    }

    static Task<SubscriptionRow> Mine(TwoNodes region) => region.As<NodeDb, SubscriptionRow>(Shanghai, Actor.Node("test"), db => db.Set<SubscriptionRow>().AsNoTracking().SingleAsync(Ct));

    /// <summary>The provider takes the standing question, and its answer is lost after something else has happened.</summary>
    sealed class LostAnswer : IStartupFilter
    {
        public Func<Task> Until { get; set; } = () => Task.CompletedTask;

        /// <summary>Patient with the answer: on a slow machine the first change is slow as well.</summary>
        public void Join(WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter>(this).AddSingleton(new ExchangeOptions { PeerTimeout = TimeSpan.FromMinutes(2), WatchPeriod = TimeSpan.FromMilliseconds(100) });

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (http, rest) =>
            {
                if (http.Request.Path != "/peer/subscriptions")
                {
                    await rest(http);
                    return;
                }
                // Taken into memory, so that nothing of it has left.
                var (body, held) = (http.Response.Body, new MemoryStream());
                http.Response.Body = held;
                await rest(http);
                http.Response.Body = body;
                await Until();
                http.Abort();
            });
            next(app);
        };
    }
}
