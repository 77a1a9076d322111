using System.Net;
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
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>One-time and periodic consents: the provider counts the answers in its own log.</summary>
public sealed class ConsentUseTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static async Task<string> Consent(TwoNodes region, ConsentFetch? fetch, string purpose = Item, int? life = null)
    {
        var given = await region.As<IConsents, Result<ConsentGiven>>(Shanghai, Actor.Node("test"), c => c.Attest(
            new ConsentRequest("subject-1", Husband, purpose, new Words("户口迁移", "Household move"), "D1", Shanghai,
                [new ConsentSource(Anhui, Marriage, ["registerNumber", "registeredOn", "state"])], 2, TimeSpan.FromDays(40))
            { Fetch = fetch, DataLifeDays = life }, Ct));
        return given.Value.ConsentId;
    }

    static ExchangeQuestion About(string consent, string person, string purpose) =>
        Question(consent) with { Purpose = purpose, Parameters = new Dictionary<string, string> { ["citizenId"] = person }, SubjectKey = person == Husband ? "subject-1" : "subject-2" };

    /// <summary>One that outlasts the tests' days.</summary>
    static async Task AgreeForLong(TwoNodes region)
    {
        var terms = region.Get<AgreementBook>(Anhui).Find(AgreementId)!.Terms;
        var document = region.Sign(terms with { Id = "ag-long", ValidUntil = terms.ValidUntil + 100 * 24L * 3600 * 1000 }, Anhui, Shanghai);
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.True((await region.Get<AgreementBook>(node).Import([document], Ct)).Ok);
    }

    static async Task Pass(TwoNodes region, TimeSpan time)
    {
        region.Clock.Ahead += time;
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.True((await region.Get<RegionDirectory>(node).Offer(region.Get<RegionDirectory>(node).Trusted.Text, Ct)).Ok);
    }

    static void Move(TwoNodes region, string from, string to) =>
        File.Move(Path.Combine(region.FolderOf(Anhui), "departments", from), Path.Combine(region.FolderOf(Anhui), "departments", to));

    static async Task Audited(TwoNodes region)
    {
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.All(await ExchangeModule.AuditNode(region.Get<IServiceProvider>(node), ct: Ct), f => Assert.True(f.Ok, f.Words.En));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Once_is_once_for_the_holder_and_once_for_whom_the_law_adds_and_a_restart_changes_nothing(bool postgres)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, "TONGBAN_TEST_POSTGRES is not set");
        await using var region = await TwoNodes.Start(postgres: postgres);
        var consent = await Consent(region, ConsentFetch.OneTime, RelatedItem);
        // What gave nothing uses nothing up: neither what was refused nor what the department did not answer.
        Assert.Equal("agreement.field-not-covered", (await region.Ask(About(consent, Husband, RelatedItem) with { Fields = ["wifeName"] })).Error?.Code);
        Move(region, "civil.db", "away.db");
        Assert.Equal("connector.source-unavailable", (await region.Ask(About(consent, Husband, RelatedItem))).Error?.Code);
        Move(region, "away.db", "civil.db");

        Assert.True((await region.Ask(About(consent, Husband, RelatedItem))).Ok);
        Assert.Equal("consent.used", (await region.Ask(About(consent, Husband, RelatedItem))).Error?.Code);
        Assert.True((await region.Ask(About(consent, Wife, RelatedItem))).Ok);
        Assert.Equal("consent.used", (await region.Ask(About(consent, Wife, RelatedItem))).Error?.Code);
        await region.Stop(Anhui);
        await region.Run(Anhui);
        Assert.Equal("consent.used", (await region.Ask(About(consent, Husband, RelatedItem))).Error?.Code);
        Assert.Equal("consent.used", (await region.Ask(About(consent, Wife, RelatedItem))).Error?.Code);
        Assert.Equal(2, region.Get<AgreementBook>(Anhui).UsedToday(AgreementId));
        // A consent of its own is one more.
        Assert.True((await region.Ask(About(await Consent(region, ConsentFetch.OneTime, RelatedItem), Husband, RelatedItem))).Ok);
        await Audited(region);
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_is_answered()
    {
        await using var region = await TwoNodes.Start();
        for (var round = 0; round < 5; round++)
        {
            var consent = await Consent(region, ConsentFetch.OneTime);
            var asked = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => region.Ask(Question(consent))));
            Assert.Single(asked, a => a.Ok);
            Assert.All(asked.Where(a => !a.Ok), a => Assert.Equal("consent.used", a.Error?.Code));
            // Beside each other in one message, and on ways of their own.
            var secret = await region.Secret(await Consent(region, ConsentFetch.OneTime));
            var own = Enumerable.Range(0, 10).Select(_ => new AnswerQuery.Asked(region.Message(secret).ToJson(), null)).ToList();
            var answers = region.Get<AnswerQuery>(Anhui);
            var given = (await Task.WhenAll(answers.Answer(Shanghai, own, Ct), Task.Run(() => answers.Answer(Shanghai, [new(region.Message(secret).ToJson(), null)], Ct), Ct))).SelectMany(g => g).ToList();
            Assert.Single(given, a => a.Ok);
            Assert.All(given.Where(a => !a.Ok), a => Assert.Equal("consent.used", a.Error?.Code));
        }
        // Who came too late used up nobody's quota.
        Assert.Equal(10, region.Get<AgreementBook>(Anhui).UsedToday(AgreementId));
        Assert.Equal(10, (await region.Get<TransparencyLog>(Anhui).Metering(-1, 1000, AgreementId, Ct)).Sum(m => m.Metering.Units));
    }

    [Fact]
    public async Task An_answer_lost_on_its_way_was_given_and_the_person_consents_anew()
    {
        var losing = new Losing();
        await using var region = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter>(losing));
        var consent = await Consent(region, ConsentFetch.OneTime);
        losing.Next = true;
        Assert.Equal(ErrorKind.Unavailable, (await region.Ask(Question(consent))).Error?.Kind);
        Assert.False(losing.Next);
        Assert.Equal("consent.used", (await region.Ask(Question(consent))).Error?.Code);
        // The same question under its own id is answered no second time either.
        var given = (await region.Get<TransparencyLog>(Anhui).Leaves(0, 10, Ct)).Select(l => LeafFacts.Read(Anhui, l.Index, l.At, l.Data)).OfType<LeafFacts>().Single(f => f.Outcome == "answered");
        var again = region.Message(await region.Secret(consent)) with { ExchangeId = given.ExchangeId, Fields = ["registerNumber", "registeredOn"] };
        Assert.Equal("exchange.repeated", (await region.Get<AnswerQuery>(Anhui).Answer(Shanghai, [new(again.ToJson(), null)], Ct))[0].Error?.Code);
        Assert.True((await region.Ask(Question(await Consent(region, ConsentFetch.OneTime)))).Ok);
        await Audited(region);
    }

    [Fact]
    public async Task Stopped_between_its_place_and_its_answer_an_exchange_goes_on_under_its_id_and_no_other_takes_the_place()
    {
        await using var region = await TwoNodes.Start();
        var secret = await region.Secret(await Consent(region, ConsentFetch.OneTime));
        var (first, other) = (region.Message(secret), region.Message(secret));
        var artefact = ConsentArtefact.Verify(secret.Token, region.Get<RegionDirectory>(Anhui).Trusted).Value;
        var use = new ConsentUses.Use(artefact, Marriage, false, Shanghai, first.ExchangeId, region.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Null(await region.Get<ConsentUses>(Anhui).Take(use, Ct));
        await region.Stop(Anhui);
        await region.Run(Anhui);
        var answers = region.Get<AnswerQuery>(Anhui);
        Assert.Equal("consent.used", (await answers.Answer(Shanghai, [new(other.ToJson(), null)], Ct))[0].Error?.Code);
        Assert.True((await answers.Answer(Shanghai, [new(first.ToJson(), null)], Ct))[0].Ok);
        Assert.Equal("exchange.repeated", (await answers.Answer(Shanghai, [new(first.ToJson(), null)], Ct))[0].Error?.Code);
    }

    [Fact]
    public async Task One_that_stopped_and_was_overtaken_still_has_its_place_and_takes_no_second()
    {
        await using var region = await TwoNodes.Start();
        var secret = await region.Secret(await Consent(region, new ConsentFetch(ConsentFetch.Periodic, 3, ConsentFetch.Day)));
        var artefact = ConsentArtefact.Verify(secret.Token, region.Get<RegionDirectory>(Anhui).Trusted).Value;
        var (uses, at) = (region.Get<ConsentUses>(Anhui), region.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        ConsentUses.Use Of(string id) => new(artefact, Marriage, false, Shanghai, id, at);
        foreach (var id in new[] { "exchange-000000001", "exchange-000000002", "exchange-000000001" })
            Assert.Null(await uses.Take(Of(id), Ct));
        var log = region.Get<TransparencyLog>(Anhui);
        Assert.NotNull(await log.Find(ConsentUses.Place(Of("").Period, 1), Ct));
        Assert.Null(await log.Find(ConsentUses.Place(Of("").Period, 2), Ct));
    }

    /// <summary>An answer costs the same however many were given before it: what stands in the log of the earlier ones is not read for each.</summary>
    [Fact]
    public async Task The_places_of_a_period_are_read_once()
    {
        await using var region = await TwoNodes.Start();
        var secret = await region.Secret(await Consent(region, new ConsentFetch(ConsentFetch.Periodic, 4, ConsentFetch.Day)));
        var artefact = ConsentArtefact.Verify(secret.Token, region.Get<RegionDirectory>(Anhui).Trusted).Value;
        var at = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        ConsentUses.Use Of(string id) => new(artefact, Marriage, false, Shanghai, id, at);
        Assert.Null(await region.Get<ConsentUses>(Anhui).Take(Of("exchange-000000001"), Ct));
        await region.Stop(Anhui);
        await region.Run(Anhui);
        var uses = region.Get<ConsentUses>(Anhui);
        Assert.Null(await uses.Take(Of("exchange-000000002"), Ct));
        // From here on the log could not tell who took them; reading settles what waits in its journal.
        Assert.Equal(2, (await region.Get<TransparencyLog>(Anhui).Leaves(0, 10, Ct)).Count);
        await LogTests.Execute(Path.Combine(region.FolderOf(Anhui), ExchangeModule.LogFileName), "UPDATE leaves SET data = x'7b7d'");
        foreach (var id in new[] { "exchange-000000001", "exchange-000000002", "exchange-000000003", "exchange-000000003" })
            Assert.Null(await uses.Take(Of(id), Ct));
        Assert.Equal(3, region.Get<TransparencyLog>(Anhui).Size);
    }

    [Fact]
    public async Task Periodic_is_so_many_in_each_period_counted_anew_in_the_next()
    {
        await using var region = await TwoNodes.Start();
        await AgreeForLong(region);
        var consent = await Consent(region, new ConsentFetch(ConsentFetch.Periodic, 3, ConsentFetch.Day));
        async Task<string?> Ask() => (await region.Ask(Question(consent))).Error?.Code;
        Assert.Equal(new string?[] { null, null, null, "consent.frequency" }, new[] { await Ask(), await Ask(), await Ask(), await Ask() });
        await region.Stop(Anhui);
        await region.Run(Anhui);
        Assert.Equal("consent.frequency", await Ask());
        await Pass(region, TimeSpan.FromDays(1));
        var asked = await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => Ask()));
        Assert.Equal(3, asked.Count(code => code is null));
        Assert.Equal("consent.frequency", await Ask());
        await Audited(region);
        var at = new DateTimeOffset(2026, 11, 30, 23, 59, 0, TimeSpan.FromHours(8)).ToUnixTimeMilliseconds();
        Assert.Equal(["2026-11-30", "2026-12-01"], new[] { 0, 60_000 }.Select(ms => ConsentUses.PeriodOf(new(ConsentFetch.Periodic, 1, ConsentFetch.Day), at + ms)));
        Assert.Equal(["2026-11", "2026-12"], new[] { 0, 60_000 }.Select(ms => ConsentUses.PeriodOf(new(ConsentFetch.Periodic, 1, ConsentFetch.Month), at + ms)));
    }

    [Fact]
    public async Task A_standing_question_keeps_to_the_frequency_and_rests_on_no_consent_to_one_answer()
    {
        await using var region = await TwoNodes.Start();
        await AgreeForLong(region);
        Task<Result<string>> Begin(string consent) => region.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(Question(consent), region.Clock.GetUtcNow().AddDays(30), Ct));
        Assert.Equal("consent.once-only", (await Begin(await Consent(region, ConsentFetch.OneTime))).Error?.Code);

        var id = (await Begin(await Consent(region, new ConsentFetch(ConsentFetch.Periodic, 1, ConsentFetch.Day), life: 7))).Value;
        Task<IReadOnlyList<FactChange>> Changes() => region.As<ISubscriptions, IReadOnlyList<FactChange>>(Shanghai, Actor.Node("test"), s => s.Changes(id, 0, Ct));
        await Soon.Holds(async () => (await Changes()).Count == 1, Ct);
        region.Write("djzh = '变更'");
        Task<WatchRow> Watch() => region.As<NodeDb, WatchRow>(Anhui, Actor.Node("test"), db => db.Set<WatchRow>().AsNoTracking().SingleAsync(Ct));
        await Soon.Holds(async () => (await Watch()).Code == "consent.frequency", Ct);
        Assert.Equal(WatchState.Active, (await Watch()).State);
        Assert.Single(await Changes());
        await Pass(region, TimeSpan.FromDays(1));
        region.Get<WatchSignal>(Anhui).Raise();
        await Soon.Holds(async () => (await Changes()).Count == 2, Ct);
        // What it brought is kept as long as the person said.
        var kept = await region.As<NodeDb, List<TakenChangeRow>>(Shanghai, Actor.Node("test"), db => db.Set<TakenChangeRow>().AsNoTracking().ToListAsync(Ct));
        Assert.All(kept, c => Assert.Equal(c.TakenAt + 7 * 24L * 3600 * 1000, c.DeleteAt));
    }

    [Fact]
    public async Task What_a_consent_says_is_kept_to_and_what_is_not_understood_is_refused()
    {
        await using var region = await TwoNodes.Start();
        var answer = await region.Ask(Question(await Consent(region, ConsentFetch.OneTime, life: 30)));
        Assert.Equal(answer.Value.AsOf.AddDays(30), answer.Value.DeleteAt);
        Assert.Null((await region.Ask(Question(await Consent(region, null)))).Value.DeleteAt);
        var secret = await region.Secret(await Consent(region, ConsentFetch.OneTime));
        var good = ConsentArtefact.Verify(secret.Token, region.Get<RegionDirectory>(Shanghai).Trusted).Value;
        foreach (var odd in new[]
        {
            good with { Fetch = new("twice") }, good with { Fetch = new(ConsentFetch.Once, 2) }, good with { Fetch = new(ConsentFetch.Periodic, 0, ConsentFetch.Day) }, good with { Fetch = new(ConsentFetch.Periodic, 5) },
            good with { Fetch = new(ConsentFetch.Periodic, 5, "hour") }, good with { Fetch = new(ConsentFetch.Periodic, ConsentFetch.MostAtAll + 1, ConsentFetch.Day) }, good with { DataLifeDays = 0 }, good with { Id = new string('a', 65) },
        })
        {
            var message = region.Message(secret) with { Consent = odd.Sign(region.Keys(Shanghai).Signing) };
            Assert.Equal("consent.malformed", (await region.Get<AnswerQuery>(Anhui).Answer(Shanghai, [new(message.ToJson(), null)], Ct))[0].Error?.Code);
        }
    }

    /// <summary>Hangs up instead of answering, once the node has done all it does to answer.</summary>
    sealed class Losing : IStartupFilter
    {
        public bool Next { get; set; }

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (http, then) =>
            {
                if (!Next || http.Request.Path != "/peer/sealed")
                {
                    await then(http);
                    return;
                }
                http.Response.Body = new MemoryStream();
                await then(http);
                Next = false;
                http.Abort();
            });
            next(app);
        };
    }
}
