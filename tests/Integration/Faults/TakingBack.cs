using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Tests.Integration.Exchange;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Faults;

/// <summary>What was granted is taken back by the form on the page, and the next query is refused.</summary>
public sealed class TakingBack : IAsyncLifetime
{
    TwoNodes nodes = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => nodes = await TwoNodes.Start(also: b => b.Services.AddSingleton<IStartupFilter, ActAs>());

    public ValueTask DisposeAsync() => nodes.DisposeAsync();

    [Fact]
    public async Task A_person_withdraws_consent_and_the_next_query_is_refused_on_both_sides()
    {
        var consent = await nodes.Consent(Husband);
        Assert.True((await nodes.Ask(Question(consent))).Ok);
        var secret = await nodes.Secret(consent);

        Assert.Equal(303, await Submit(Shanghai, Role.Resident, "/my/consents", $"/my/consents/{consent}/revoke"));

        var refused = await nodes.Ask(Question(consent));
        Assert.Equal("consent.revoked", refused.Error?.Code);
        Assert.NotEmpty(refused.Error!.Next.Zh);
        // Anhui hears within seconds: it refuses even a consumer that keeps the token and goes on.
        await Soon.Holds(() => nodes.Get<ConsentBook>(Anhui).Verify(secret.Token).Error?.Code == "consent.revoked", Ct);
        // A second time is a conflict, and changes nothing.
        Assert.Equal(409, await Submit(Shanghai, Role.Resident, "/my/consents", $"/my/consents/{consent}/revoke", given: true));
    }

    [Fact]
    public async Task A_steward_terminates_an_agreement_and_the_next_query_is_refused_on_both_sides()
    {
        var consent = await nodes.Consent(Husband);
        Assert.True((await nodes.Ask(Question(consent))).Ok);
        var page = $"/console/agreements/{AgreementId}";

        // Without a reason nothing happens.
        Assert.Equal(400, await Submit(Anhui, Role.Steward, page, page + "/terminate", ("reason", "")));
        Assert.True((await nodes.Ask(Question(consent))).Ok);
        Assert.Equal(303, await Submit(Anhui, Role.Steward, page, page + "/terminate", ("reason", "双方不再需要")));

        var refused = await nodes.Ask(Question(consent));
        Assert.Equal("agreement.terminated", refused.Error?.Code);
        // The consumer hears, and then does not even ask.
        await Soon.Holds(() => nodes.Get<AgreementBook>(Shanghai).Find(AgreementId)?.TerminatedAt is not null, Ct);
        Assert.Equal("agreement.terminated", (await nodes.Ask(Question(consent))).Error?.Code);
    }

    [Fact]
    public async Task Nobody_but_a_steward_terminates_and_nobody_withdraws_for_another()
    {
        var consent = await nodes.Consent(Husband);
        var page = $"/console/agreements/{AgreementId}";
        Assert.Equal(403, await Submit(Anhui, Role.Auditor, page, page + "/terminate", given: true, ("reason", "想停就停")));
        Assert.Equal(404, await Submit(Shanghai, Role.EnterpriseStaff, "/my/consents", $"/my/consents/{consent}/revoke", given: true));
        Assert.True((await nodes.Ask(Question(consent))).Ok);
    }

    Task<int> Submit(string node, Role role, string page, string action, params (string Name, string Value)[] fields) => Submit(node, role, page, action, false, fields);

    /// <summary>Opens the page as the role and sends the form for <paramref name="action"/> that is on it.</summary>
    /// <param name="given">The form is not on this person's page: it is made up, with the token of the page.</param>
    async Task<int> Submit(string node, Role role, string page, string action, bool given, params (string Name, string Value)[] fields)
    {
        using var browser = new Browser(role);
        var (at, made) = (nodes.Url(node) + page, fields.ToList());
        if (given)
            made.AddRange([("revision", "1"), (OnceFilter.Header, Guid.NewGuid().ToString("N"))]);
        using var answer = await (given ? browser.MakeUp(at, action, [.. made]) : browser.Submit(at, action, fields));
        return (int)answer.StatusCode;
    }
}
