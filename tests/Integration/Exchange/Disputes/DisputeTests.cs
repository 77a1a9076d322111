using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Tests.Integration.Exchange.Bulk;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>One fact, one source, and the source answers for it (首问负责): a wrong value is disputed, corrected where it is kept, and all who were given it hear of it.</summary>
public sealed class DisputeTests
{
    const string Filing = "f0000000000000000000000000000001";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wrong_value_is_corrected_at_its_source_and_everybody_who_was_given_it_is_told(bool postgres)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, "TONGBAN_TEST_POSTGRES is not set");
        await using var region = await TwoNodes.Start(also: Steward, postgres: postgres);
        var (first, second, other) = (await Given(region, Husband, "office"), await Given(region, Husband, "office"), await Given(region, Husband, "registerNumber"));
        var wife = await Given(region, Wife, "office");
        using var steward = new Browser(Role.Steward);
        var place = await Place(region, Shanghai, first);
        Assert.Equal(400, (int)(await Raise(region, steward, place, first, Wife)).StatusCode);
        Assert.Equal(303, (int)(await Raise(region, steward, place, first, Husband)).StatusCode);
        var mine = await Until(region, Shanghai, d => d.Side == DspSide.Consumer);
        var theirs = await Until(region, Anhui, d => d is { Side: DspSide.Provider, SeenAt: not null });
        Assert.Equal((mine.Id, "340000-civil", mine.DueOn), (theirs.Id, theirs.Department, theirs.DueOn));

        var page = region.Url(Anhui) + $"/console/disputes/provider/{theirs.Id}";
        var shown = await steward.Read(page);
        Assert.Contains("应为合肥市民政局", shown, StringComparison.Ordinal);
        Task<HttpResponseMessage> Decide(string outcome) => steward.Submit(page, $"/console/disputes/{theirs.Id}/decide", ("outcome", outcome), ("words", "已核对档案并处理"));
        // Said to be corrected while the department's system says the same as before.
        Assert.Equal(409, (int)(await Decide("corrected")).StatusCode);
        region.Write("djjg = '合肥市包河区民政局'");
        Assert.Equal(303, (int)(await Decide("corrected")).StatusCode);
        var closed = await Until(region, Shanghai, d => d.State == DisputeState.Corrected);
        Assert.Equal("已核对档案并处理", DecideDispute.Words(closed, region.Get<IVault>(Shanghai)).Answer);
        // Told are the exchanges that gave this field of this record, also to whoever asked about the other spouse, and no other.
        Assert.Equal(new[] { first, second, wife }.Order(), (await Corrections(region, 3)).Select(c => c.ExchangeId).Order());
        Assert.DoesNotContain((await Corrections(region, 3)).Select(c => c.ExchangeId), id => id == other);
        Assert.Contains("收到的更正", await steward.Read(region.Url(Shanghai) + "/console/disputes?side=consumer"), StringComparison.Ordinal);
        Assert.Equal(409, (int)(await Decide2(region, steward, theirs)).StatusCode);
        // Nothing of it stands in a log but that staff read it.
        foreach (var node in new[] { Anhui, Shanghai })
        {
            foreach (var leaf in await region.Get<TransparencyLog>(node).Leaves(0, 100, Ct))
                Assert.DoesNotContain("民政局", System.Text.Encoding.UTF8.GetString(leaf.Data), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_value_that_stands_is_explained_and_an_overdue_dispute_shows()
    {
        await using var region = await TwoNodes.Start(also: Steward);
        var exchange = await Given(region, Husband, "office");
        using var steward = new Browser(Role.Steward);
        await Raise(region, steward, await Place(region, Shanghai, exchange), exchange, Husband);
        var theirs = await Until(region, Anhui, d => d.Side == DspSide.Provider);
        await region.Pass(TimeSpan.FromDays(40));
        foreach (var (node, side) in new[] { (Anhui, "provider"), (Shanghai, "consumer") })
            Assert.Contains("已超期", await steward.Read(region.Url(node) + $"/console/disputes?side={side}"), StringComparison.Ordinal);
        var page = region.Url(Anhui) + $"/console/disputes/provider/{theirs.Id}";
        Assert.Equal(400, (int)(await steward.Submit(page, $"/console/disputes/{theirs.Id}/decide", ("outcome", "explained"), ("words", ""))).StatusCode);
        Assert.Equal(303, (int)(await steward.Submit(page, $"/console/disputes/{theirs.Id}/decide", ("outcome", "explained"), ("words", "档案如此登记"))).StatusCode);
        await Until(region, Shanghai, d => d.State == DisputeState.Explained);
        Assert.Empty(await Corrections(region, 0));
        // Another department's steward does not see it.
        using var auditor = new Browser(Role.Auditor);
        Assert.DoesNotContain("/decide", await auditor.Read(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_disputes_or_corrects_what_was_not_given_to_them()
    {
        await using var region = await TwoNodes.Start(also: Steward);
        var exchange = await Given(region, Husband, "office");
        var id = Guid.CreateVersion7().ToString("N");
        // A member about an exchange that was not its own, a field that was not given, somebody else.
        foreach (var e in new[]
        {
            new DisputeRaised(id, Guid.NewGuid().ToString("N"), Marriage, "office", Husband, "claim", "D1", 1), new(id, exchange, Marriage, "state", Husband, "claim", "D1", 1),
            new(id, exchange, Marriage, "office", Wife, "claim", "D1", 1), new(id, exchange, "police.identity", "office", Husband, "claim", "D1", 1),
        })
            await region.Publish(Shanghai, Anhui, e, $"forged:{Guid.NewGuid():N}", 1);
        // A provider that never gave it, and one that was not asked.
        await region.Publish(Anhui, Shanghai, new ValueCorrected(id, Marriage, "state", [exchange], 1), "forged:1", 1);
        await region.Publish(Anhui, Shanghai, new ValueCorrected(id, Marriage, "office", [Guid.NewGuid().ToString("N")], 1), "forged:2", 1);
        await region.Publish(Anhui, Shanghai, new DisputeAnswered(id, true, "done", 1), "forged:3", 1);
        // What is said last is handled last.
        await region.Publish(Shanghai, Anhui, new DisputeRaised(id, exchange, Marriage, "office", Husband, "claim", "D1", 1), "true:1", 1);
        var only = await Until(region, Anhui, _ => true);
        Assert.Equal(("office", exchange), (only.Field, only.ExchangeId));
        await region.Publish(Anhui, Shanghai, new ValueCorrected(id, Marriage, "office", [exchange], 1), "true:2", 1);
        Assert.Equal(exchange, Assert.Single(await Corrections(region, 1)).ExchangeId);
        Assert.Equal(0, await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db => db.Set<DisputeRow>().CountAsync(Ct)));
    }

    [Fact]
    public async Task An_overdue_dispute_is_pushed_to_both_sides_stewards_and_stands_at_the_hub_until_it_is_closed()
    {
        await using var region = await TwoNodes.Start(hub: true, also: Steward);
        var exchange = await Given(region, Husband, "office");
        using var steward = new Browser(Role.Steward);
        await Raise(region, steward, await Place(region, Shanghai, exchange), exchange, Husband);
        var theirs = await Until(region, Anhui, d => d.Side == DspSide.Provider);
        await region.Get<PushOverdue>(Shanghai).Once(Ct);
        Assert.DoesNotContain("已超期未答复", await steward.Read(region.Url(Anhui) + "/console/exchange"), StringComparison.Ordinal);

        region.Clock.Ahead = TimeSpan.FromDays(40);
        // The provider hears of it from the first receiver, whatever its own clock does.
        await region.Get<PushOverdue>(Shanghai).Once(Ct);
        await region.Get<PushOverdue>(Shanghai).Once(Ct);
        await Until(region, Anhui, d => d is { Side: DspSide.Provider, OverdueAt: not null });
        foreach (var path in new[] { "/console/exchange", "/console/disputes" })
        {
            foreach (var node in new[] { Anhui, Shanghai })
                Assert.Contains("1 件数据异议已超期未答复", await steward.Read(region.Url(node) + path), StringComparison.Ordinal);
        }
        Task<List<OverdueDisputeRow>> Listed() => region.As<NodeDb, List<OverdueDisputeRow>>(Hub, Actor.Node("test"), db => db.Set<OverdueDisputeRow>().AsNoTracking().ToListAsync(Ct));
        await Holds(async () => (await Listed()).Count == 1);
        var row = (await Listed()).Single();
        Assert.Equal((theirs.Id, Shanghai, Anhui, Marriage, theirs.DueOn, null), (row.DisputeId, row.FirstReceiver, row.Provider, row.Resource, row.DueOn, row.ClosedAt));
        var page = await steward.Read(region.Url(Hub) + "/hub");
        Assert.Contains("超期未答复的数据异议", page, StringComparison.Ordinal);
        Assert.DoesNotContain(exchange, page, StringComparison.Ordinal);

        var open = region.Url(Anhui) + $"/console/disputes/provider/{theirs.Id}";
        Assert.Equal(303, (int)(await steward.Submit(open, $"/console/disputes/{theirs.Id}/decide", ("outcome", "explained"), ("words", "档案如此登记"))).StatusCode);
        await Holds(async () => (await Listed()).Single().ClosedAt is not null);
        Assert.DoesNotContain("超期未答复的数据异议", await steward.Read(region.Url(Hub) + "/hub"), StringComparison.Ordinal);
        Assert.DoesNotContain("已超期未答复", await steward.Read(region.Url(Anhui) + "/console/exchange"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hub_lists_a_thousand_open_ones_of_a_member_and_no_more()
    {
        await using var region = await TwoNodes.Start(hub: true, without: Shanghai);
        Task<T> At<T>(Func<NodeDb, Task<T>> act) => region.As<NodeDb, T>(Hub, Actor.Node("test"), act);
        DisputeOverdue Late(int n, long? closedAt = null) => new($"{n:d16}", Anhui, Marriage, "2026-01-01", 1, closedAt);
        Task Hears(DisputeOverdue e) => At(async db =>
        {
            await new ReceiveOverdue(db, region.Get<NodeIdentity>(Hub), region.Get<RegionDirectory>(Hub), region.Clock).Handle(e, new EventContext("e", Shanghai, region.Clock.GetUtcNow()), Ct);
            return 0;
        });
        await At(db =>
        {
            db.AddRange(Enumerable.Range(0, 999).Select(n => new OverdueDisputeRow { FirstReceiver = Shanghai, DisputeId = $"{n:d16}", Provider = Anhui, Resource = Marriage, DueOn = "2026-01-01" }));
            return db.SaveChangesAsync(Ct);
        });
        Task<int> Listed() => At(db => db.Set<OverdueDisputeRow>().CountAsync(Ct));
        await Hears(Late(999));
        await Hears(Late(1000));
        await Hears(Late(1001, closedAt: 2));
        Assert.Equal(1000, await Listed());
        // One is closed, and there is room again.
        await Hears(Late(3, closedAt: 2));
        await Hears(Late(1000));
        Assert.Equal(1001, await Listed());
    }

    [Fact]
    public async Task An_officer_of_the_node_that_decides_asks_the_one_that_obtained_the_value_and_hears_what_came_of_it()
    {
        await using var region = await TwoNodes.Start(also: Steward);
        var exchange = await Given(region, Husband, "office");
        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
        {
            db.Add(new Tongban.Cases.Filings.Filing
            {
                Id = Filing,
                Number = "S1",
                Division = "310000",
                SubjectKey = "k",
                BaseCode = Item,
                ImplementationCode = "x",
                ItemName = new Words("事项", "Item"),
                DepartmentName = new Words("部门", "Department"),
                OwnerNode = Anhui,
                State = "received",
                Body = "",
                Reference = "D1",
            });
            return db.SaveChangesAsync(Ct);
        });
        var officer = new Actor(Role.Officer, "officer-1", "经办人", "340000", "340000-civil");
        async Task<Result<Done>> Ask(string field = "office", string filing = Filing, string node = Anhui, string subject = "")
        {
            await using var scope = region.App(node).Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(officer);
            var asked = await scope.ServiceProvider.GetRequiredService<IDisputes>().Raise(
                new DisputeClaim(exchange, Marriage, field, [subject.Length > 0 ? subject : Wife, Husband], "应为合肥市民政局，见登记证", "340000202611220001", filing, Shanghai), Ct);
            await scope.ServiceProvider.GetRequiredService<NodeDb>().SaveChangesAsync(Ct);
            return asked;
        }
        // Of a filing that the asker does not decide, and about a field that was not given: not taken up by the node that obtained it, which says so.
        Assert.True((await Ask(filing: "f-none")).Ok);
        Assert.True((await Ask("state")).Ok);
        foreach (var field in new[] { "office", "state" })
        {
            var refused = await Until(region, Anhui, d => d is { Side: DspSide.Consumer, State: DisputeState.Explained } && d.Field == field);
            Assert.Contains("没有受理", DecideDispute.Words(refused, region.Get<IVault>(Anhui)).Answer, StringComparison.Ordinal);
        }
        Assert.Empty(await region.As<NodeDb, List<DisputeRow>>(Shanghai, Actor.Node("test"), db => db.Set<DisputeRow>().ToListAsync(Ct)));
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<DisputeRow>().ExecuteDeleteAsync(Ct));
        Assert.True((await Ask()).Ok);
        Assert.Equal("dispute.open-already", (await Ask()).Error?.Code);
        var mine = await Until(region, Shanghai, d => d.Side == DspSide.Consumer);
        Assert.Equal((Anhui, Anhui, "office"), (mine.AskedBy, mine.Peer, mine.Field));
        var theirs = await Until(region, Anhui, d => d.Side == DspSide.Provider);
        using var steward = new Browser(Role.Steward);
        var page = region.Url(Anhui) + $"/console/disputes/provider/{theirs.Id}";
        Assert.Equal(303, (int)(await steward.Submit(page, $"/console/disputes/{theirs.Id}/decide", ("outcome", "explained"), ("words", "档案如此登记"))).StatusCode);
        await Until(region, Shanghai, d => d.State == DisputeState.Explained);
        await Until(region, Anhui, d => d is { Side: DspSide.Consumer, State: DisputeState.Explained });
        var shown = await region.As<IDisputes, IReadOnlyList<DisputeBrief>>(Anhui, officer, d => d.Of([exchange], Ct));
        Assert.Equal(("office", false), (shown.Single().Field, shown.Single().IsOpen));
        // At the node that obtained it itself an officer's dispute goes straight to the provider.
        Assert.True((await Ask(node: Shanghai)).Ok);
        await Until(region, Anhui, d => d.Side == DspSide.Provider && d.State == DisputeState.Open);
    }

    [Fact]
    public async Task Who_decides_a_filing_that_rests_on_a_corrected_value_hears_of_it()
    {
        await using var region = await TwoNodes.Start();
        var (exchange, other) = (await Given(region, Husband, "office"), await Given(region, Husband, "registerNumber"));
        var words = new Words("事项", "Item");
        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
        {
            // Decided by another node; and by this one, which needs to tell nobody.
            foreach (var (id, owner) in new[] { (Filing, Anhui), ("f0000000000000000000000000000002", Shanghai) })
                db.Add(new Tongban.Cases.Filings.Filing { Id = id, Number = id[^2..], Division = "310000", SubjectKey = "k", BaseCode = Item, ImplementationCode = "x", ItemName = words, DepartmentName = words, OwnerNode = owner, State = "received", Body = "", Reference = "D1" });
            return db.SaveChangesAsync(Ct);
        });
        var evidence = new EvidenceUsed("marriage", exchange, Anhui, words, Marriage, words, 1, [], new Dictionary<string, Words>(), null, 1, 2);
        var nothing = new Dictionary<string, string>();
        var body = new CaseBody(null, nothing, nothing, [new RequirementMet("marriage", words, MetBy.Evidence, evidence, [], null, null)], [], [], [], null, words, words, null, 2);
        var seal = new Tongban.Cases.SealedJson(region.Get<IVault>(Anhui));
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            db.Add(new Case
            {
                Id = Filing,
                Number = "340000202611220001",
                FilingNumber = "01",
                FilingNode = Shanghai,
                BaseCode = Item,
                ImplementationCode = "x",
                ItemName = words,
                Division = "340000",
                Department = "340000-civil",
                DepartmentName = words,
                SubjectKey = "k",
                NameIndex = "n",
                PhoneIndex = "p",
                Applicant = "",
                Body = seal.Seal(body, Dossiers.BodyColumn),
                Course = "",
                Channel = "online",
                State = "received",
            });
            return db.SaveChangesAsync(Ct);
        });
        // Of a filing that another handed in, and of an exchange that the case does not rest on, nothing is taken.
        await region.Publish(Shanghai, Anhui, new CorrectionPassed("f-none", "d1", Anhui, Marriage, "office", [exchange], 1), "forged:1", 1);
        await region.Publish(Shanghai, Anhui, new CorrectionPassed(Filing, "d1", Anhui, Marriage, "registerNumber", [other], 1), "forged:2", 1);
        await Holds(() => region.As<NodeDb, bool>(Anhui, Actor.Node("test"), async db => await db.Set<OutboxRow>().CountAsync(r => r.Stream!.StartsWith(Shanghai + ":forged:") && r.DoneAt != null, Ct) == 2));
        await region.Publish(Anhui, Shanghai, new ValueCorrected("d2", Marriage, "office", [exchange], 1), "true:1", 1);
        var told = Assert.Single(await Corrections(region, 1, Anhui));
        Assert.Equal((exchange, "d2", "office", "340000202611220001", "340000-civil"), (told.ExchangeId, told.DisputeId, told.Field, told.CaseReference, told.Department));
        // The officer sees it beside the fact, also at the node that handed in and decides.
        foreach (var node in new[] { Anhui, Shanghai })
        {
            var shown = await region.As<IDisputes, IReadOnlyList<DisputeBrief>>(node, Actor.Node("test"), d => d.Of([exchange, other], Ct));
            Assert.Equal((exchange, "office", "提供方已更正"), (Assert.Single(shown).ExchangeId, shown[0].Field, shown[0].State.Zh));
        }
    }

    [Fact]
    public async Task What_a_provider_never_gave_is_not_taken_up_and_stays_open_nowhere()
    {
        await using var region = await TwoNodes.Start(also: Steward);
        var exchange = await Given(region, Husband, "office");
        // As where the end of the provider's log was lost: it knows of no such exchange.
        await region.Publish(Shanghai, Anhui, new DisputeRaised("d000000000000001", new string('e', 32), Marriage, "office", Husband, "应为合肥市民政局", "D1", 1), "dispute:d000000000000001", 1);
        await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
        {
            db.Add(Row(region, "d000000000000001", "2099-01-01"));
            return db.SaveChangesAsync(Ct);
        });
        Assert.Equal(DisputeState.Explained, (await Until(region, Shanghai, d => d.State != DisputeState.Open)).State);
        Assert.Empty(await region.As<NodeDb, List<DisputeRow>>(Anhui, Actor.Node("test"), db => db.Set<DisputeRow>().ToListAsync(Ct)));
        Assert.NotEmpty(exchange);
    }

    [Fact]
    public async Task One_that_changes_while_overdue_ones_are_pushed_takes_nothing_of_the_others_with_it()
    {
        await using var region = await TwoNodes.Start();
        string[] ids = ["d000000000000001", "d000000000000002", "d000000000000003"];
        Task<T> Do<T>(Func<NodeDb, Task<T>> act) => region.As(Shanghai, Actor.Node("test"), act);
        Task Sql(string sql) => Do(db => db.Database.ExecuteSqlRawAsync(sql, Ct));
        await Do(db =>
        {
            db.AddRange(ids.Select((id, i) => (object)Row(region, id, $"2020-01-0{i + 1}")));
            return db.SaveChangesAsync(Ct);
        });
        // As where it is answered at that very moment.
        await Sql($"CREATE TRIGGER busy BEFORE UPDATE ON exchange_dispute WHEN OLD.Id = '{ids[0]}' BEGIN SELECT RAISE(IGNORE); END");
        await region.Get<PushOverdue>(Shanghai).Once(Ct);
        Task<List<string>> Overdue() => Do(db => db.Set<DisputeRow>().Where(d => d.OverdueAt != null).OrderBy(d => d.Id).Select(d => d.Id).ToListAsync(Ct));
        Assert.Equal(ids[1..], await Overdue());
        await Sql("DROP TRIGGER busy");
        await region.Get<PushOverdue>(Shanghai).Once(Ct);
        Assert.Equal(ids, await Overdue());
        // To provider and hub, each once.
        var told = await Do(db => db.Set<OutboxRow>().Where(o => o.Stream != null && o.Stream.StartsWith("dispute-overdue:")).GroupBy(o => o.Stream!).Select(g => new { Stream = g.Key, Count = g.Count() }).ToListAsync(Ct));
        Assert.Equal(ids.Select(id => ($"dispute-overdue:{id}", 2)), told.OrderBy(t => t.Stream, StringComparer.Ordinal).Select(t => (t.Stream, t.Count)));
    }

    /// <summary>One that Shanghai raised about the husband, as it holds it.</summary>
    static DisputeRow Row(TwoNodes region, string id, string dueOn) => new()
    {
        Id = id,
        Side = DspSide.Consumer,
        Peer = Anhui,
        ExchangeId = new string('e', 32),
        Resource = Marriage,
        Field = "office",
        CaseReference = "D1",
        Sealed = region.Get<IVault>(Shanghai).Seal(System.Text.Json.JsonSerializer.Serialize(new DisputeWords(Husband, "应为合肥市民政局", null)), DisputeRow.SealContext),
        DueOn = dueOn,
        Division = "310000",
        Department = "",
        SubjectKey = region.Get<IVault>(Shanghai).BlindIndex(AnswerQuery.PersonContext, Husband),
    };

    static async Task Holds(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await holds())
                return;
            await Task.Delay(25, Ct);
        }
        Assert.Fail("It did not come to that.");
    }

    [Fact]
    public async Task Every_exchange_of_one_receiver_is_told_however_many_there_are()
    {
        await using var region = await TwoNodes.Start();
        var key = region.Get<IVault>(Anhui).BlindIndex(AnswerQuery.PersonContext, Husband);
        var log = region.Get<TransparencyLog>(Anhui);
        var queries = Enumerable.Range(0, DecideDispute.MostOfOne + 1).Select(_ => region.Message(null)).ToList();
        var logged = await log.Append([.. queries.Select(q => ExchangeLeaf.Of(
            ExchangeLeaf.Provided, ExchangeLeaf.ReferenceOfProvided(Shanghai, q.ExchangeId), q, "340000-civil", new Metering(AgreementId, Marriage, Shanghai, Anhui, Item, 1, 1, "answered"), meter: false, [], null, 1, null, AgreementBasis.Legal, null, null, key))], Ct);
        Assert.All(logged, l => Assert.True(l.Ok));
        var told = await Told(region, Marriage, "registerNumber", key);
        Assert.Equal([DecideDispute.MostOfOne, 1], told.Select(t => t.Event.ExchangeIds.Count));
        Assert.Equal(queries.Select(q => q.ExchangeId).Order(StringComparer.Ordinal), told.SelectMany(t => t.Event.ExchangeIds).Order(StringComparer.Ordinal));
        Assert.Equal(2, told.Select(t => t.Stream).Distinct().Count());
    }

    [Fact]
    public async Task Who_fetched_the_whole_table_is_told_to_fetch_it_anew()
    {
        await using var nodes = await BulkRegister.Start(rows: 3);
        var id = (await BulkRegister.Fetched(nodes, await BulkRegister.Begin(nodes), r => r.State == BulkState.Done)).Id;
        // Of another field of it, or another table, nobody was given anything; of the last, two years have passed.
        Assert.Empty(await Told(nodes, "civil.adoption", "other", "somebody"));
        Assert.Empty(await Told(nodes, Marriage, "registeredOn", "somebody"));
        Assert.Empty(await Told(nodes, "civil.adoption", "registeredOn", "somebody", TimeSpan.FromDays(731)));
        var told = Assert.Single(await Told(nodes, "civil.adoption", "registeredOn", "somebody", save: true));
        Assert.Equal([id], told.Event.ExchangeIds);
        var correction = Assert.Single(await Corrections(nodes, 1));
        Assert.Equal((id, "registeredOn", ""), (correction.ExchangeId, correction.Field, correction.SubjectKey));
        using var steward = new Browser(Role.Steward);
        Assert.Contains("请重新取数", await steward.Read(nodes.Url(Shanghai) + "/console/disputes?side=consumer"), StringComparison.Ordinal);
    }

    /// <summary>What Anhui tells receivers of a value that it corrected.</summary>
    static async Task<List<(string? Stream, ValueCorrected Event)>> Told(TwoNodes region, string resource, string field, string subject, TimeSpan after = default, bool save = false)
    {
        await using var scope = region.App(Anhui).Services.AsNode("test");
        var (inside, db) = (scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<NodeDb>());
        await DecideDispute.TellReceivers(
            "d000000000000001", resource, field, [subject], (region.Clock.GetUtcNow() + after).ToUnixTimeMilliseconds(), region.Get<TransparencyLog>(Anhui), region.Get<NodeIdentity>(Anhui), inside.GetRequiredService<Outbox>(), region.Get<IServiceScopeFactory>(Anhui), Ct);
        var seal = inside.GetRequiredService<IPayloadSeal>();
        var told = db.ChangeTracker.Entries<OutboxRow>().Select(o => (o.Entity.Stream, System.Text.Json.JsonSerializer.Deserialize<ValueCorrected>(seal.Open(o.Entity.Body), EventTypes.Json)!)).ToList();
        if (save)
            await db.SaveChangesAsync(Ct);
        return told;
    }

    static void Steward(Microsoft.AspNetCore.Builder.WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter, ActAs>();

    static async Task<string> Given(TwoNodes region, string citizenId, string field)
    {
        var subject = region.Get<IVault>(Shanghai).BlindIndex(AnswerQuery.PersonContext, citizenId);
        var consent = await region.Consent(citizenId, Item, "D1", field);
        var asked = Question(consent, field) with { SubjectKey = subject, Parameters = new Dictionary<string, string> { ["citizenId"] = citizenId } };
        var answer = await region.Ask(asked);
        Assert.True(answer.Ok, answer.Error?.DetailEn);
        return answer.Value.ExchangeId;
    }

    static async Task<long> Place(TwoNodes region, string node, string exchange) => (await region.Get<TransparencyLog>(node).Find(ExchangeLeaf.ReferenceOfObtained(exchange), Ct))!.Value.Index;

    static Task<HttpResponseMessage> Raise(TwoNodes region, Browser steward, long place, string exchange, string subject) =>
        steward.Submit(region.Url(Shanghai) + $"/console/exchange/{place}", "/console/disputes", ("exchange", exchange), ("subject", subject), ("field", "office"), ("claim", "应为合肥市民政局，见婚姻登记证"));

    static Task<HttpResponseMessage> Decide2(TwoNodes region, Browser steward, DisputeRow row) =>
        steward.MakeUp(region.Url(Anhui) + "/console/disputes", $"/console/disputes/{row.Id}/decide", ("outcome", "explained"), ("words", "再答一次"), ("revision", "1"), (Tongban.Kernel.Http.OnceFilter.Header, Guid.NewGuid().ToString("N")));

    static async Task<DisputeRow> Until(TwoNodes region, string node, Func<DisputeRow, bool> holds)
    {
        for (var i = 0; i < 400; i++)
        {
            var rows = await region.As<NodeDb, List<DisputeRow>>(node, Actor.Node("test"), db => db.Set<DisputeRow>().AsNoTracking().ToListAsync(Ct));
            if (rows.Find(r => holds(r)) is { } found)
                return found;
            await Task.Delay(25, Ct);
        }
        throw new TimeoutException($"no such dispute at {node}");
    }

    static async Task<List<CorrectionRow>> Corrections(TwoNodes region, int count, string node = Shanghai)
    {
        for (var i = 0; i < 400; i++)
        {
            var rows = await region.As<NodeDb, List<CorrectionRow>>(node, Actor.Node("test"), db => db.Set<CorrectionRow>().AsNoTracking().ToListAsync(Ct));
            if (rows.Count >= count)
                return rows;
            await Task.Delay(25, Ct);
        }
        throw new TimeoutException("the corrections did not come");
    }
}
