using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Identity.Accounts;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Xunit;

namespace Tongban.Tests.Integration.Identity;

public class SignInTests(SignInTests.Fixture fixture) : IClassFixture<SignInTests.Fixture>
{
    public sealed class Fixture : IAsyncLifetime
    {
        internal IdentityHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await IdentityHost.Start();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }

    const string Worker = "12000000002";
    const string Buyer = "12000000008";
    const string Sponsor = "12000000003";
    const string Daughter = "12000000007";

    IdentityHost Host => fixture.Host;

    [Fact]
    public async Task A_resident_signs_in_and_is_the_person()
    {
        using var browser = new Browser();
        using var answer = await browser.SignIn(Host, Worker);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var me = await browser.Me(Host);
        Assert.Equal(("Resident", "程远航", "34019919850312901X", 2), (me.Role, me.Name, me.CitizenId, me.Level));
        Assert.Equal(Host.KeyOf("34019919850312901x"), me.SubjectKey);
    }

    [Theory]
    [InlineData("/signin", "12000000002", "hrss")]
    [InlineData("/console/signin", "hrss", "12000000002")]
    public async Task The_sign_in_pages_of_a_demonstration_name_its_accounts(string page, string here, string elsewhere)
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri(Host.Url(page)));
        Assert.Contains($"<dt class=\"mono\">{here}</dt>", text, StringComparison.Ordinal);
        Assert.DoesNotContain($"<dt class=\"mono\">{elsewhere}</dt>", text, StringComparison.Ordinal);
        Assert.Contains(Browser.Demo, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_session_cookie_is_of_this_node_and_port_and_no_script_reads_it()
    {
        using var browser = new Browser();
        using var answer = await browser.SignIn(Host, Worker);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.Contains("310000", StringComparison.Ordinal) && !c.Contains("tb-", StringComparison.Ordinal));
        var port = new Uri(Host.Node.PublicUrl).Port;
        Assert.StartsWith($"tongban-310000-{port}=", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("expires", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_wrong_password_and_a_missing_account_get_the_same_words()
    {
        using var browser = new Browser();
        using var wrong = await browser.SignIn(Host, Sponsor, "not the password");
        using var missing = await browser.SignIn(Host, "13900000000", "not the password");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal(wrong.StatusCode, missing.StatusCode);
        Assert.Equal(Words(await wrong.Content.ReadAsStringAsync()), Words(await missing.Content.ReadAsStringAsync()));
        Assert.Equal("None", (await browser.Me(Host)).Role);

        static string Words(string html) => html[html.IndexOf("class=\"errors\"", StringComparison.Ordinal)..html.IndexOf("</ul>", html.IndexOf("class=\"errors\"", StringComparison.Ordinal), StringComparison.Ordinal)];
    }

    [Fact]
    public async Task A_staff_login_longer_than_any_is_refused_like_a_wrong_one()
    {
        using var browser = new Browser();
        foreach (var login in new[] { "nobody", new string('n', 65) })
        {
            using var refused = await browser.SignInStaff(Host, login, "not the password");
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("账号或密码不对", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    /// <summary>A sample region turned into a real node by its settings keeps the accounts; their password is published.</summary>
    [Fact]
    public async Task The_published_password_opens_nothing_outside_a_demonstration()
    {
        await using var host = await IdentityHost.Start();
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.Nobody);
        Task<Result<AccountRow>> Check(bool demo) => ActivatorUtilities.CreateInstance<Credentials>(scope.ServiceProvider, host.Node with { Demo = demo })
            .Check([AccountRow.StaffKey("admin")], "Tongban-demo-2026", IPAddress.Loopback, TestContext.Current.CancellationToken);
        Assert.True((await Check(true)).Ok);
        Assert.Equal("signin.refused", (await Check(false)).Error?.Code);
    }

    [Fact]
    public async Task Five_wrong_tries_lock_for_fifteen_minutes_even_against_the_right_password()
    {
        await using var host = await IdentityHost.Start();
        using var browser = new Browser();
        for (var i = 0; i < 5; i++)
            (await browser.SignIn(host, Buyer, $"wrong number {i}")).Dispose();
        using var locked = await browser.SignIn(host, Buyer);
        Assert.Equal(HttpStatusCode.BadRequest, locked.StatusCode);
        host.Clock.Advance(TimeSpan.FromMinutes(14));
        using var still = await browser.SignIn(host, Buyer);
        Assert.Equal(HttpStatusCode.BadRequest, still.StatusCode);
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        using var free = await browser.SignIn(host, Buyer);
        Assert.Equal(HttpStatusCode.SeeOther, free.StatusCode);
    }

    [Fact]
    public async Task Of_many_guesses_at_one_moment_no_more_than_five_are_looked_at()
    {
        await using var host = await IdentityHost.Start();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            using var browser = new Browser();
            (await browser.SignIn(host, Buyer, $"wrong number {i}")).Dispose();
        }));
        var account = await host.Inside(async (services, db) =>
        {
            var keys = services.GetRequiredService<Credentials>().ResidentKeys(Buyer);
            return await db.Set<AccountRow>().SingleAsync(a => keys.Contains(a.LoginKey));
        });
        Assert.Equal(5, account.Failures);
        Assert.True(account.LockedUntil > 0);
    }

    [Fact]
    public async Task Tries_from_one_network_are_bounded_over_all_accounts()
    {
        await using var host = await IdentityHost.Start();
        using var browser = new Browser();
        for (var i = 0; i < 60; i++)
            (await browser.SignIn(host, $"139{i:D8}", "not the password")).Dispose();
        using var refused = await browser.SignIn(host, Worker);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        using var later = await browser.SignIn(host, Worker);
        Assert.Equal(HttpStatusCode.SeeOther, later.StatusCode);
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    [InlineData("javascript:alert(1)")]
    public async Task A_sign_in_never_leads_away_from_the_node(string to)
    {
        using var browser = new Browser();
        using var answer = await browser.Submit(Host.Url("/signin?again=1"), "/signin", ("account", Worker), ("password", Browser.Demo), ("return", to));
        Assert.Equal("/", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var answer = await http.PostAsync(new Uri(Host.Url("/signin")), new FormUrlEncodedContent(new Dictionary<string, string> { ["account"] = Worker, ["password"] = Browser.Demo }));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.TryGetValues("Set-Cookie", out _));
    }

    [Fact]
    public async Task A_session_ends_at_once_when_it_is_ended_elsewhere()
    {
        using var first = new Browser();
        using var second = new Browser();
        (await first.SignIn(Host, Daughter)).Dispose();
        (await second.SignIn(Host, Daughter)).Dispose();
        Assert.Equal("Resident", (await second.Me(Host)).Role);
        using var answer = await first.Submit(Host.Url("/account"), "/account/sessions/end");
        Assert.Equal("/signin", answer.Headers.Location!.ToString());
        Assert.Equal("None", (await second.Me(Host)).Role);
        Assert.Equal("None", (await first.Me(Host)).Role);
    }

    [Fact]
    public async Task An_idle_session_ends_and_a_busy_one_ends_after_twelve_hours()
    {
        await using var host = await IdentityHost.Start();
        using var idle = new Browser();
        using var busy = new Browser();
        (await idle.SignIn(host, Worker)).Dispose();
        (await busy.SignIn(host, Worker)).Dispose();
        for (var hours = 0; hours < 11; hours++)
        {
            host.Clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal("Resident", (await busy.Me(host)).Role);
        }
        Assert.Equal("None", (await idle.Me(host)).Role);
        host.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("None", (await busy.Me(host)).Role);
    }

    [Fact]
    public async Task A_sign_out_ends_the_session_in_the_database()
    {
        using var browser = new Browser();
        (await browser.SignIn(Host, Sponsor)).Dispose();
        using var answer = await browser.Submit(Host.Url("/account"), "/signout");
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("None", (await browser.Me(Host)).Role);
        var ended = await Host.Inside(async (services, db) =>
        {
            var keys = services.GetRequiredService<Credentials>().ResidentKeys(Sponsor);
            var id = await db.Set<AccountRow>().Where(a => keys.Contains(a.LoginKey)).Select(a => a.Id).SingleAsync();
            return await db.Set<SessionRow>().Where(s => s.AccountId == id).Select(s => s.EndedAt).ToListAsync();
        });
        Assert.NotEmpty(ended);
        Assert.All(ended, at => Assert.NotNull(at));
    }

    [Fact]
    public async Task Personal_fields_and_secrets_do_not_lie_in_the_database_as_text()
    {
        Assert.SkipWhen(IdentityHost.OnPostgres, "Reads the SQLite file byte by byte.");
        using var browser = new Browser();
        (await browser.SignIn(Host, Worker)).Dispose();
        var secret = browser.Cookies.GetAllCookies().Single(c => c.Name.StartsWith("tongban-310000", StringComparison.Ordinal)).Value;
        var folder = await Host.Inside((_, db) => Task.FromResult(Path.GetDirectoryName(db.Database.GetDbConnection().DataSource)!));
        foreach (var file in Directory.GetFiles(folder, "node.db*").Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var memory = new MemoryStream();
            await stream.CopyToAsync(memory);
            var text = System.Text.Encoding.UTF8.GetString(memory.ToArray());
            foreach (var personal in (string[])["程远航", "34019919850312901X", Worker, secret, Browser.Demo])
                Assert.DoesNotContain(personal, text, StringComparison.Ordinal);
        }
    }
}
