using System.Net;
using System.Web;
using Xunit;

namespace Tongban.Tests.Integration.Identity;

/// <summary>Two nodes on one host: a person of Anhui signs in at Shanghai with the account of Anhui.</summary>
public sealed class AbroadTests : IAsyncLifetime
{
    const string Spouse = "12000000004";
    const string SpouseId = "340299198711059023";

    readonly Members members = new();
    IdentityHost shanghai = null!;
    IdentityHost anhui = null!;

    public async ValueTask InitializeAsync()
    {
        shanghai = await IdentityHost.Start("310000", members);
        anhui = await IdentityHost.Start("340000", members);
    }

    public async ValueTask DisposeAsync()
    {
        await shanghai.DisposeAsync();
        await anhui.DisposeAsync();
    }

    async Task<HttpResponseMessage> ToAnhui(Browser browser, string back = "/test/me") =>
        await browser.Submit(shanghai.Url("/signin?return=" + Uri.EscapeDataString(back)), "/signin/province", ("node", "CN-YRD/340000"));

    /// <summary>Goes to Anhui and signs in there; the answer leads back to Shanghai's callback.</summary>
    async Task<Uri> Callback(Browser browser)
    {
        using var away = await ToAnhui(browser);
        using var form = await browser.Follow(away);
        using var signedIn = await browser.Submit(form, "/signin", ("account", Spouse), ("password", Browser.Demo));
        using var authorized = await browser.Get(anhui.Url(signedIn.Headers.Location!.ToString()));
        return authorized.Headers.Location!;
    }

    [Fact]
    public async Task The_person_is_the_same_here_with_a_key_of_this_nodes_own()
    {
        using var browser = new Browser();
        using var arrived = await browser.Get((await Callback(browser)).ToString());
        Assert.Equal("/test/me", arrived.Headers.Location!.ToString());
        var here = await browser.Me(shanghai);
        Assert.Equal(("Resident", "苏婉清", SpouseId, 2), (here.Role, here.Name, here.CitizenId, here.Level));
        Assert.Equal(shanghai.KeyOf(SpouseId), here.SubjectKey);
        var there = await browser.Me(anhui);
        Assert.Equal("苏婉清", there.Name);
        Assert.NotEqual(there.SubjectKey, here.SubjectKey);
    }

    [Fact]
    public async Task A_callback_in_a_browser_that_did_not_begin_it_signs_nobody_in()
    {
        using var victim = new Browser();
        using var attacker = new Browser();
        var callback = await Callback(attacker);
        using var answer = await victim.Get(callback.ToString());
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("None", (await victim.Me(shanghai)).Role);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("code")]
    [InlineData("iss")]
    public async Task A_callback_with_a_changed_parameter_signs_nobody_in(string name)
    {
        using var browser = new Browser();
        var callback = new UriBuilder(await Callback(browser));
        var query = HttpUtility.ParseQueryString(callback.Query);
        query[name] = name == "iss" ? shanghai.Node.PublicUrl : "x" + query[name];
        callback.Query = query.ToString();
        using var answer = await browser.Get(callback.Uri.ToString());
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("None", (await browser.Me(shanghai)).Role);
    }

    [Fact]
    public async Task A_node_whose_key_is_not_the_directorys_learns_nothing()
    {
        using var browser = new Browser();
        var callback = (await Callback(browser)).ToString();
        members.Replace(members.Find("CN-YRD/310000")! with { SigningKeys = members.Find("CN-YRD/340000")!.SigningKeys });
        using var answer = await browser.Get(callback);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("None", (await browser.Me(shanghai)).Role);
    }

    [Fact]
    public async Task A_callback_works_once()
    {
        using var browser = new Browser();
        var callback = (await Callback(browser)).ToString();
        (await browser.Get(callback)).Dispose();
        using var again = await browser.Get(callback);
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
    }

    [Fact]
    public async Task A_silent_home_node_is_said_in_words()
    {
        using var browser = new Browser();
        var callback = (await Callback(browser)).ToString();
        await anhui.DisposeAsync();
        using var answer = await browser.Get(callback);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("安徽省", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        anhui = await IdentityHost.Start("340000");
    }

    [Fact]
    public async Task The_citizen_id_travels_between_the_nodes_and_never_in_an_address()
    {
        using var browser = new Browser();
        using var away = await ToAnhui(browser);
        var callback = await Callback(browser);
        Assert.DoesNotContain(SpouseId, away.Headers.Location!.ToString() + callback, StringComparison.Ordinal);
        Assert.DoesNotContain(Spouse, away.Headers.Location + callback.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_sign_in_while_home_still_knows_the_person_asks_for_no_password()
    {
        using var browser = new Browser();
        (await browser.Get((await Callback(browser)).ToString())).Dispose();
        using var away = await ToAnhui(browser);
        using var home = await browser.Get(away.Headers.Location!.ToString());
        Assert.StartsWith(shanghai.Url("/signin/callback"), home.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_out_here_leads_home_to_sign_out_there_too()
    {
        using var browser = new Browser();
        (await browser.Get((await Callback(browser)).ToString())).Dispose();
        using var left = await browser.Submit(shanghai.Url("/account"), "/signout");
        Assert.Equal("None", (await browser.Me(shanghai)).Role);
        Assert.StartsWith(anhui.Url("/oidc/logout"), left.Headers.Location!.ToString(), StringComparison.Ordinal);
        using var both = await browser.Submit(left.Headers.Location.ToString(), "/oidc/logout", ("end", "yes"));
        Assert.Equal(shanghai.Url("/"), both.Headers.Location!.ToString());
        Assert.Equal("None", (await browser.Me(anhui)).Role);
    }
}
