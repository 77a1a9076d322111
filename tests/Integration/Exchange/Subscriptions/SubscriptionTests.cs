using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Shanghai is told of what changes in Anhui: at least once, in order, and only for as long as agreement and consent hold.</summary>
public sealed class SubscriptionTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_true_comes_first_and_then_each_change_and_nothing_else(bool postgres)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, "TONGBAN_TEST_POSTGRES is not set");
        await using var region = await TwoNodes.Start(postgres: postgres);
        var id = (await Begin(region)).Value;
        Assert.Equal(["J340199-2015-000001"], await States(region, id, 1));
        region.Write("djjg = '别处'"); // a field that was not asked for
        region.Write("djzh = '补领'");
        region.Write("djzh = '补领'");
        Assert.Equal(["J340199-2015-000001", "补领"], await States(region, id, 2));
        // No longer there is a change too.
        region.Write("zt = '已离婚'");
        Assert.Equal(["J340199-2015-000001", "补领", "nothing"], await States(region, id, 3));
        var changes = await Changes(region, id);
        Assert.Equal([1, 2, 3], changes.Select(c => c.Offset));
        Assert.All(changes.Take(2), c => Assert.Equal(["registerNumber", "state"], c.Rows.Single().Keys.Order()));
        // Both logs hold each, and both count it.
        Assert.Equal(3, region.Get<TransparencyLog>(Anhui).Size);
        Assert.Equal(3, region.Get<TransparencyLog>(Shanghai).Size);
        foreach (var node in new[] { Anhui, Shanghai })
        {
            Assert.Equal(3, (await region.Get<TransparencyLog>(node).Metering(-1, 100, AgreementId, Ct)).Sum(m => m.Metering.Units));
            Assert.All(changes, c => Assert.NotEmpty(c.ExchangeId));
        }
        Assert.Equal(3, region.Get<AgreementBook>(Anhui).UsedToday(AgreementId));
    }

    [Fact]
    public async Task After_an_outage_all_that_happened_comes_in_order_and_a_replay_doubles_nothing()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var id = (await Begin(region)).Value;
        await States(region, id, 1);
        await region.Stop(Shanghai);
        for (var i = 1; i <= 3; i++)
        {
            region.Write($"djzh = '状态{i}'");
            await Until(region, w => w.Offset == i + 1);
        }
        await Until(region, w => w.Code == "peer.unreachable");
        // The provider is restarted too: what it saw it still knows.
        await region.Stop(Anhui);
        await region.Run(Anhui);
        await region.Run(Shanghai);
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal(["J340199-2015-000001", "状态1", "状态2", "状态3"], await States(region, id, 4));

        // As when the consumer went back to a backup: it asks again from the second on.
        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), async db =>
        {
            await db.Set<TakenChangeRow>().Where(c => c.Offset > 1).ExecuteDeleteAsync(Ct);
            return await db.Set<SubscriptionRow>().ExecuteUpdateAsync(s => s.SetProperty(x => x.Offset, 1), Ct);
        });
        using var steward = new Browser(Role.Steward);
        var page = region.Url(Shanghai) + "/console/subscriptions";
        Assert.Contains($"/console/subscriptions/{id}/decide", await steward.Read(page), StringComparison.Ordinal);
        Assert.Equal(303, (int)(await steward.Submit(page, $"/console/subscriptions/{id}/decide", ("move", "replay"))).StatusCode);
        Assert.Equal(["J340199-2015-000001", "状态1", "状态2", "状态3"], await States(region, id, 4));
        var leaves = await region.Get<TransparencyLog>(Shanghai).Metering(-1, 100, AgreementId, Ct);
        Assert.Equal(4, leaves.Count);
        Assert.Equal(4, (await region.Get<TransparencyLog>(Anhui).Metering(-1, 100, AgreementId, Ct)).Count);
    }

    [Fact]
    public async Task A_consent_that_is_taken_back_ends_it_and_what_waited_never_leaves()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband, Item, "D1", "registerNumber", "state");
        var id = (await Begin(region, consent)).Value;
        await States(region, id, 1);
        region.Get<ConsentBook>(Anhui).Revoke(Shanghai, consent);
        region.Write("djzh = '秘密'");
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal("consent.revoked", (await Until(region, w => w.State == WatchState.Ended && w.EndTold)).Code);
        Assert.Equal("consent.revoked", (await Mine(region)).Code);
        Assert.Single(await Changes(region, id));
        Assert.Equal(1, region.Get<TransparencyLog>(Anhui).Size);
    }

    [Fact]
    public async Task It_waits_while_the_use_is_suspended_and_ends_with_the_agreement()
    {
        await using var region = await TwoNodes.Start();
        var id = (await Begin(region)).Value;
        await States(region, id, 1);
        var transfer = TransferRow.New(DspSide.Provider, "340000", "", Shanghai, "/dsp", AgreementId, 1);
        async Task Become(TransferState state, bool isNew = false)
        {
            await region.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
            {
                _ = isNew ? db.Add(transfer) : db.Attach(transfer);
                transfer.Become(state, Anhui, 1);
                return db.SaveChangesAsync(Ct);
            });
            await region.Get<AgreementBook>(Anhui).Load(Ct);
        }
        await Become(TransferState.Suspended, isNew: true);
        region.Write("djzh = '停后'");
        Assert.Equal("agreement.suspended", (await region.Get<AnswerQuery>(Anhui).Look(Shanghai, QueryMessage.Parse(region.Get<IVault>(Anhui).TryOpen((await Watches(region))[0].Query, WatchRow.SealContext).Value).Value, Ct)).Error?.Code);
        Assert.Single(await Changes(region, id));
        await Become(TransferState.Started);
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal(["J340199-2015-000001", "停后"], await States(region, id, 2));

        region.Get<AgreementBook>(Anhui).End(AgreementId, 1);
        region.Write("djzh = '终止后'");
        Assert.Equal("agreement.terminated", (await Until(region, w => w.State == WatchState.Ended && w.EndTold)).Code);
        Assert.Equal(2, (await Changes(region, id)).Count);
    }

    /// <summary>The agreement is for two hours.</summary>
    [Theory]
    [InlineData("subscription.over", 300, 30, 31)]
    [InlineData("consent.expired", 60, 300, 61)]
    [InlineData("agreement.expired", 300, 300, 121)]
    public async Task It_ends_by_itself_with_whichever_runs_out_first(string code, int consentMinutes, int untilMinutes, int passed)
    {
        await using var region = await TwoNodes.Start();
        var consent = (await region.As<IConsents, Result<ConsentGiven>>(Shanghai, Actor.Node("test"), c => c.Attest(new ConsentRequest("subject-1", Husband, Item, new Words("户口迁移", "Household move"), "D1", Shanghai,
            [new ConsentSource(Anhui, Marriage, ["registerNumber", "state"])], 2, TimeSpan.FromMinutes(consentMinutes)), Ct))).Value.ConsentId;
        var id = (await region.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s =>
            s.Subscribe(Question(consent, "registerNumber", "state"), region.Clock.GetUtcNow().AddMinutes(untilMinutes), Ct))).Value;
        await States(region, id, 1);
        region.Clock.Ahead += TimeSpan.FromMinutes(passed - 2);
        region.Write("djzh = '到期前'");
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal(["J340199-2015-000001", "到期前"], await States(region, id, 2));
        region.Clock.Ahead += TimeSpan.FromMinutes(2);
        region.Write("djzh = '到期后'");
        region.Get<WatchSignal>(Anhui).Raise();
        Assert.Equal(code, (await Until(region, w => w.State == WatchState.Ended && w.EndTold)).Code);
        Assert.Equal(code, (await Mine(region)).Code);
        Assert.Equal(2, (await Changes(region, id)).Count);
        Assert.Equal(2, region.Get<TransparencyLog>(Anhui).Size);
    }

    [Fact]
    public async Task Nobody_subscribes_to_what_was_not_granted()
    {
        await using var region = await TwoNodes.Start();
        var quota = Question(null, "name") with { Resource = "police.identity" };
        Assert.Equal("agreement.no-subscription", (await Begin(region, quota)).Error?.Code);
        Assert.Equal("agreement.field-not-covered", (await Begin(region, Question(await region.Consent(Husband), "wifeName"))).Error?.Code);
        Assert.Equal("consent.holder", (await Begin(region, Question(await region.Consent(Wife, Item, "D1", "registerNumber", "state"), "registerNumber", "state"))).Error?.Code);
        Assert.Equal(0, await region.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<WatchRow>().CountAsync(Ct)));
        // Another member neither sees it nor ends it.
        var id = (await Begin(region)).Value;
        await States(region, id, 1);
        foreach (var path in new[] { $"/peer/subscriptions/{id}/end", $"/peer/subscriptions/{id}/replay" })
        {
            var foreign = await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, path, "{\"v\":1,\"from\":1}"u8.ToArray(), Ct, key: region.Keys(Hub).Signing);
            Assert.Equal("subscription.none", foreign.Error?.Code);
        }
        Assert.Equal(WatchState.Active, (await Until(region, _ => true)).State);
    }

    [Fact]
    public async Task A_lying_provider_puts_nothing_in()
    {
        await using var region = await TwoNodes.Start();
        var id = (await Begin(region)).Value;
        var before = await Changes(region, id, 1);
        byte[] Answer(string exchange, string rows, string resource = Marriage) => QueryAnswer.Write(exchange, Anhui, "340000-civil", resource, region.Clock.GetUtcNow().ToUnixTimeMilliseconds(), 7, System.Text.Encoding.UTF8.GetBytes(rows));
        const string good = """[{"registerNumber":"1","state":"伪"}]""";
        var other = Guid.NewGuid().ToString("N");
        foreach (var (what, message, code) in new (string, ChangesMessage, string?)[]
        {
            ("too early", new(id, [new(3, Answer(other, good))]), null),
            ("before", new(id, [new(1, Answer(other, good))]), null),
            ("other fields", new(id, [new(2, Answer(other, """[{"registerNumber":"1"}]"""))]), "answer.other-fields"),
            ("more fields", new(id, [new(2, Answer(other, """[{"registerNumber":"1","state":"x","wifeName":"y"}]"""))]), "answer.other-fields"),
            ("another resource", new(id, [new(2, Answer(other, good, "police.identity"))]), "answer.not-to-this"),
            ("an exchange of before", new(id, [new(2, Answer(before[0].ExchangeId, good))]), "exchange.repeated"),
            ("nobody's", new(other, [new(1, Answer(other, good))]), "subscription.none"),
            ("garbage", new(id, [new(2, "{}"u8.ToArray())]), "answer.malformed"),
        })
        {
            var sent = await region.Get<PeerClient>(Anhui).Send(Shanghai, HttpMethod.Post, "/peer/changes", message.ToJson(), Ct);
            Assert.True(sent.Error?.Code == code, $"{what}: {sent.Error?.Code}");
            if (code is null)
                Assert.Equal(1, NumberMessage.Read(sent.Value.Body, "taken"));
        }
        // Of a member that is not its provider.
        var foreign = await region.Get<PeerClient>(Anhui).Send(Shanghai, HttpMethod.Post, "/peer/changes", new ChangesMessage(id, [new(2, Answer(other, good))]).ToJson(), Ct, key: region.Keys(Hub).Signing);
        Assert.Equal("subscription.none", foreign.Error?.Code);
        Assert.Equal(before.Select(c => c.ExchangeId), (await Changes(region, id)).Select(c => c.ExchangeId));
        Assert.Equal(1, region.Get<TransparencyLog>(Shanghai).Size);
    }

    [Fact]
    public async Task What_is_refused_again_and_again_is_blocked_and_shown_and_holds_up_no_other()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var stuck = (await Begin(region)).Value;
        await States(region, stuck, 1);
        // As if the consumer's row could not be read: it refuses each change of this one.
        byte[] query = [];
        async Task Break(Func<byte[], byte[]> change) => await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), async db =>
        {
            var row = await db.Set<SubscriptionRow>().SingleAsync(s => s.Id == stuck, Ct);
            row.Query = change(query = row.Query);
            return await db.SaveChangesAsync(Ct);
        });
        var vault = region.Get<IVault>(Shanghai);
        var whole = query;
        await Break(now =>
        {
            whole = now;
            var message = QueryMessage.Parse(vault.TryOpen(now, SubscriptionRow.SealContext).Value).Value;
            return vault.Seal((message with { Fields = ["registerNumber"] }).ToJson(), SubscriptionRow.SealContext);
        });
        var other = (await Begin(region)).Value;
        await States(region, other, 1);
        region.Write("djzh = '变更'");
        for (var i = 0; i < 8; i++)
        {
            region.Clock.Ahead += TimeSpan.FromMinutes(2);
            region.Get<WatchSignal>(Anhui).Raise();
            var at = i + 1;
            await Until(region, w => w.Id == stuck && (w.Attempts >= at || w.State == WatchState.Blocked));
        }
        Assert.Equal("answer.other-fields", (await Until(region, w => w.Id == stuck && w.State == WatchState.Blocked)).Code);
        Assert.Equal(["J340199-2015-000001", "变更"], await States(region, other, 2));

        using var steward = new Browser(Role.Steward);
        var page = region.Url(Anhui) + "/console/subscriptions?side=given";
        Assert.Contains("对方多次拒收", await steward.Read(page), StringComparison.Ordinal);
        await Break(_ => whole);
        Assert.Equal(303, (int)(await steward.Submit(page, $"/console/subscriptions/{stuck}/decide", ("move", "retry"))).StatusCode);
        Assert.Equal(["J340199-2015-000001", "变更"], await States(region, stuck, 2));
        using var auditor = new Browser(Role.Auditor);
        Assert.DoesNotContain("/decide", await auditor.Read(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_steward_subscribes_where_the_law_is_the_basis_and_reading_what_came_is_recorded()
    {
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var terms = new AgreementTerms("ag-law", Anhui, Shanghai, Marriage, 1, ["registerNumber", "state"], [Item], true, new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")),
            now - 1000, now + 3600_000, 100, RetentionDays: 3, FenPerCall: 150, Subscription: true);
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.Equal(1, (await region.Get<AgreementBook>(node).Import([region.Sign(terms, Anhui, Shanghai)], Ct)).Value);
        await region.Register(Anhui, Marriage, DataRights.Operator, Anhui);
        _ = await region.Get<Catalogues>(Shanghai).Of(Anhui, Ct);
        using var steward = new Browser(Role.Steward);
        var page = region.Url(Shanghai) + "/console/agreements/ag-law";
        // Under the other one, which rests on consent, there is no form.
        Assert.DoesNotContain($"/console/agreements/{AgreementId}/subscriptions", await steward.Read(region.Url(Shanghai) + $"/console/agreements/{AgreementId}"), StringComparison.Ordinal);
        var until = region.Clock.GetUtcNow().AddDays(5).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        (string, string)[] fields = [("p.citizenId", Husband), ("purpose", Item), ("until", until)];
        Assert.Equal(400, (int)(await steward.Submit(page, "/console/agreements/ag-law/subscriptions", fields)).StatusCode);
        Assert.Equal(303, (int)(await steward.Submit(page, "/console/agreements/ag-law/subscriptions", [.. fields, ("case", "C-1")])).StatusCode);
        var mine = await Mine(region);
        await States(region, mine.Id, 1);
        var before = region.Get<TransparencyLog>(Shanghai).Size;
        var shown = await steward.Read(region.Url(Shanghai) + $"/console/subscriptions/{mine.Id}");
        Assert.Contains("J340199-2015-000001", shown, StringComparison.Ordinal);
        Assert.Equal(before + 1, region.Get<TransparencyLog>(Shanghai).Size);
        Assert.Contains((await region.Get<TransparencyLog>(Shanghai).BySubject(mine.SubjectKey, cancel: Ct)).Select(l => System.Text.Encoding.UTF8.GetString(l.Data)), l => l.Contains(ExchangeLeaf.StaffRead, StringComparison.Ordinal));

        // Both sides see what was used, and what it costs.
        foreach (var node in new[] { Anhui, Shanghai })
        {
            var used = await steward.Read(region.Url(node) + "/console/agreements/ag-law");
            Assert.Contains($">{Tongban.Web.Formats.Money(150)}<", used, StringComparison.Ordinal);
            Assert.Contains($">{Tongban.Web.Formats.Money(0)}<", used, StringComparison.Ordinal);
        }

        // Kept for three days, as was agreed.
        region.Clock.Ahead += TimeSpan.FromDays(3) + TimeSpan.FromMinutes(20);
        region.Get<WatchSignal>(Shanghai).Raise();
        for (var i = 0; i < 400 && (await Changes(region, mine.Id)).Count > 0; i++)
            await Task.Delay(25, Ct);
        Assert.Empty(await Changes(region, mine.Id));
    }

    internal static Task<Result<string>> Begin(TwoNodes region, ExchangeQuestion question) =>
        region.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(question, region.Clock.GetUtcNow().AddHours(1), Ct));

    internal static async Task<Result<string>> Begin(TwoNodes region, string? consent = null) =>
        await Begin(region, Question(consent ?? await region.Consent(Husband, Item, "D1", "registerNumber", "state"), "registerNumber", "state"));

    internal static Task<IReadOnlyList<FactChange>> Changes(TwoNodes region, string id) => region.As<ISubscriptions, IReadOnlyList<FactChange>>(Shanghai, Actor.Node("test"), s => s.Changes(id, 0, Ct));

    internal static async Task<IReadOnlyList<FactChange>> Changes(TwoNodes region, string id, int count)
    {
        IReadOnlyList<FactChange> changes = [];
        for (var i = 0; i < 400; i++)
        {
            changes = await Changes(region, id);
            if (changes.Count >= count)
                return changes;
            await Task.Delay(25, Ct);
        }
        Assert.Fail($"{changes.Count} changes, not {count}; the provider: {Shown(await Watches(region))}");
        return changes;
    }

    static string Shown(IEnumerable<WatchRow> rows) => string.Join("; ", rows.Select(r => $"{r.State} {r.Acked} of {r.Offset}, {r.Code}, attempt {r.Attempts}"));

    internal static async Task<IEnumerable<string?>> States(TwoNodes region, string id, int count) => (await Changes(region, id, count)).Select(c => c.Rows.Count == 0 ? "nothing" : c.Rows.Single()["registerNumber"]);

    internal static Task<List<WatchRow>> Watches(TwoNodes region) => region.As<NodeDb, List<WatchRow>>(Anhui, Actor.Node("test"), db => db.Set<WatchRow>().AsNoTracking().ToListAsync(Ct));

    static Task<SubscriptionRow> Mine(TwoNodes region) => region.As<NodeDb, SubscriptionRow>(Shanghai, Actor.Node("test"), db => db.Set<SubscriptionRow>().AsNoTracking().SingleAsync(Ct));

    internal static async Task<WatchRow> Until(TwoNodes region, Func<WatchRow, bool> holds)
    {
        List<WatchRow> rows = [];
        for (var i = 0; i < 400; i++)
        {
            rows = await Watches(region);
            if (rows.Find(r => holds(r)) is { } found)
                return found;
            await Task.Delay(25, Ct);
        }
        Assert.Fail($"The provider never came so far: {Shown(rows)}");
        return rows[0];
    }
}
