using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Somebody consents for the holder: the artefact says under which mandate, the provider checks it, and its end ends what rests on it.</summary>
public sealed class MandateTests
{
    /// <summary>Acts for the husband.</summary>
    static readonly string Guardian = CitizenId.Make("340199", new DateOnly(1960, 1, 2), 33).ToString();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<TwoNodes> Start(Acting acting) => TwoNodes.Start(also: builder =>
    {
        builder.Services.AddSingleton(acting);
        builder.Services.AddScoped<IIdentities, Acts>();
    });

    [Fact]
    public async Task The_consent_names_the_mandate_and_whoever_acted_only_under_a_salt_that_stays_here()
    {
        await using var region = await Start(new Acting());
        var until = region.Clock.GetUtcNow().AddMinutes(30).ToUnixTimeMilliseconds();
        region.Get<Acting>(Shanghai).Mandate = new("guardian", "m-1", ["*"], until, Guardian);
        var consent = await region.Consent(Husband);
        var secret = await region.Secret(consent);
        var artefact = ConsentArtefact.Verify(secret.Token, region.Get<RegionDirectory>(Anhui).Trusted).Value;
        Assert.Equal(("guardian", "m-1", until, until), (artefact.Mandate!.Kind, artefact.Mandate.Reference, artefact.Mandate.Until, artefact.Until));
        Assert.True(Commitment.Opens(artefact.Mandate.Actor, Convert.FromBase64String(secret.ActorSalt!), System.Text.Encoding.UTF8.GetBytes(Guardian)));
        Assert.True((await region.Ask(Question(consent))).Ok);

        var leaf = (await region.Get<TransparencyLog>(Anhui).Leaves(0, 1, Ct)).Single();
        Assert.Equal("guardian/m-1", LeafFacts.Read(Anhui, 0, leaf.At, leaf.Data)!.Mandate);
        Assert.DoesNotContain(Guardian, System.Text.Encoding.UTF8.GetString(leaf.Data));
        Assert.DoesNotContain(secret.ActorSalt!, region.Message(secret).Consent!);
        // Nothing is attested that no provider would take.
        region.Get<Acting>(Shanghai).Mandate = new("guardian", "m-1", ["another"], until, Guardian);
        var refused = await region.As<IConsents, Result<ConsentGiven>>(Shanghai, Actor.Node("test"), c => c.Attest(
            new ConsentRequest("subject-1", Husband, Item, new Words("户口迁移", "Household move"), "D1", Shanghai, [new ConsentSource(Anhui, Marriage, ["state"])], 2, TimeSpan.FromHours(1)), Ct));
        Assert.Equal("consent.mandate-limits", refused.Error?.Code);
    }

    [Fact]
    public async Task The_provider_looks_at_the_mandates_time_limits_and_level_itself()
    {
        await using var region = await TwoNodes.Start();
        var secret = await region.Secret(await region.Consent(Husband));
        var good = ConsentArtefact.Verify(secret.Token, region.Get<RegionDirectory>(Shanghai).Trusted).Value;
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        async Task<string?> With(ConsentMandate mandate, int level = 2)
        {
            var message = region.Message(secret) with { Consent = (good with { Mandate = mandate, Level = level }).Sign(region.Keys(Shanghai).Signing) };
            return (await region.Get<AnswerQuery>(Anhui).Answer(Shanghai, [new(message.ToJson(), null)], Ct))[0].Error?.Code;
        }
        var fits = new ConsentMandate("agent", "m-1", [Item], now + 60_000, "someone");
        Assert.Null(await With(fits));
        Assert.Null(await With(fits with { Purposes = ["*"] }));
        Assert.Equal("consent.mandate-ended", await With(fits with { Until = now }));
        Assert.Equal("consent.mandate-limits", await With(fits with { Purposes = [RelatedItem] }));
        Assert.Equal("consent.level", await With(fits, level: 1));
        foreach (var odd in new[] { fits with { Kind = "friend" }, fits with { Reference = "" }, fits with { Purposes = [] }, fits with { Actor = "" }, fits with { Reference = new string('m', 65) } })
            Assert.Equal("consent.malformed", await With(odd));
    }

    [Fact]
    public async Task When_the_mandate_is_ended_its_queries_and_subscriptions_stop_and_others_go_on()
    {
        await using var region = await Start(new Acting());
        var acting = region.Get<Acting>(Shanghai);
        var own = await region.Consent(Husband);
        acting.Mandate = new("guardian", "m-1", ["*"], region.Clock.GetUtcNow().AddDays(30).ToUnixTimeMilliseconds(), Guardian);
        var consent = await region.Consent(Husband, Item, "D1", "registerNumber", "state");
        acting.Mandate = null;
        var token = await region.Secret(consent);
        Assert.True((await region.Ask(Question(consent, "state"))).Ok);
        var id = (await region.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(Question(consent, "state"), region.Clock.GetUtcNow().AddHours(1), Ct))).Value;
        await Soon.Holds(async () => await Changes(region, id) == 1, Ct);

        await using (var scope = region.App(Shanghai).Services.AsNode("test"))
        {
            scope.ServiceProvider.GetRequiredService<Outbox>().Publish(new MandateEnded("m-1", 1));
            await scope.ServiceProvider.GetRequiredService<NodeDb>().SaveChangesAsync(Ct);
        }
        await Soon.Holds(async () => (await region.Ask(Question(consent, "state"))).Error?.Code == "consent.revoked", Ct);
        // The provider refuses of itself, and the subscription is over.
        await Soon.Holds(async () => (await region.Get<AnswerQuery>(Anhui).Answer(Shanghai, [new((region.Message(token) with { Fields = ["state"] }).ToJson(), null)], Ct))[0].Error?.Code == "consent.revoked", Ct);
        await Soon.Holds(async () => await region.As<NodeDb, bool>(Anhui, Actor.Node("test"), db => db.Set<WatchRow>().AnyAsync(w => w.State == WatchState.Ended && w.Code == "consent.revoked", Ct)), Ct);
        region.Write("zt = '变更'");
        Assert.True((await region.Ask(Question(own))).Ok);
        Assert.Equal(1, await Changes(region, id));
    }

    static async Task<int> Changes(TwoNodes region, string id) => (await region.As<ISubscriptions, IReadOnlyList<FactChange>>(Shanghai, Actor.Node("test"), s => s.Changes(id, 0, Ct))).Count;

    public sealed class Acting
    {
        public ActingMandate? Mandate { get; set; }
    }

    sealed class Acts(Acting acting, IVault vault) : IIdentities
    {
        public Task<Result<Person>> Subject(CancellationToken ct) => throw new NotSupportedException();

        public Task<Person?> ActingPerson(CancellationToken ct) => Task.FromResult<Person?>(null);

        public Task<ActingMandate?> Mandate(CancellationToken ct) => Task.FromResult(acting.Mandate);

        public string KeyOf(string citizenIdOrCreditCode) => vault.BlindIndex(AnswerQuery.PersonContext, citizenIdOrCreditCode);

        public string LastingKeyOf(string citizenIdOrCreditCode) => vault.LastingIndex(AnswerQuery.PersonContext, citizenIdOrCreditCode);
    }
}
