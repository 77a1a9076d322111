using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity;
using Tongban.Identity.Accounts;
using Tongban.Identity.People;
using Xunit;

namespace Tongban.Tests.Integration.Identity;

/// <summary>Registration, recovery, passwords, mandates, staff and what their administrators do.</summary>
public partial class AccountTests(SignInTests.Fixture fixture) : IClassFixture<SignInTests.Fixture>
{
    IdentityHost Host => fixture.Host;

    [Fact]
    public async Task Registration_leaves_an_unchecked_account_that_reaches_nobodys_matters_until_a_clerk_checked_the_card()
    {
        const string phone = "12000055501", number = "310199199004279071";
        using var browser = new Browser();
        using var sent = await browser.Submit(Host.Url("/register"), "/register", ("phone", phone));
        var details = Host.Url(sent.Headers.Location!.ToString());
        using var done = await browser.Submit(details, new Uri(details).AbsolutePath,
            ("code", await CodeFor(phone)), ("name", "顾思源"), ("citizenId", number), ("password", "purple kettle 41 rain"));
        Assert.Equal("/account", done.Headers.Location!.ToString());
        var unchecked_ = await browser.Me(Host);
        Assert.Equal((1, "identity.level-too-low"), (unchecked_.Level, unchecked_.Refused));
        Assert.NotEqual(Host.KeyOf(number), unchecked_.SubjectKey);

        using var clerk = new Browser();
        (await clerk.SignInStaff(Host, "clerk")).Dispose();
        using var unseen = await clerk.Submit(Host.Url("/console/people"), "/console/people/check", ("phone", phone), ("name", "顾思源"), ("citizenId", number));
        Assert.Equal(HttpStatusCode.BadRequest, unseen.StatusCode);
        using var other = await clerk.Submit(Host.Url("/console/people"), "/console/people/check", ("phone", phone), ("name", "别人"), ("citizenId", number), ("seen", "true"));
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
        using var check = await clerk.Submit(Host.Url("/console/people"), "/console/people/check", ("phone", phone), ("name", "顾思源"), ("citizenId", number), ("seen", "true"));
        Assert.Equal(HttpStatusCode.SeeOther, check.StatusCode);

        Assert.Equal("None", (await browser.Me(Host)).Role);
        (await browser.SignIn(Host, phone, "purple kettle 41 rain")).Dispose();
        var known = await browser.Me(Host);
        Assert.Equal((3, number, Host.KeyOf(number)), (known.Level, known.CitizenId, known.SubjectKey));
    }

    [Fact]
    public async Task Registering_a_taken_number_shows_the_same_pages_and_no_code_fits()
    {
        using var browser = new Browser();
        using var sent = await browser.Submit(Host.Url("/register"), "/register", ("phone", "12000000003"));
        Assert.Matches("^/register/[0-9a-f]{32}$", sent.Headers.Location!.ToString());
        Assert.Contains("已有账号", await Message("12000000003"), StringComparison.Ordinal);
        using var page = await browser.Get(Host.Url(sent.Headers.Location.ToString()));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Theory]
    [InlineData("310199199004279072", "good enough pass", "校验位")]
    [InlineData("310199209904279077", "good enough pass", "晚于今天")]
    [InlineData("310199199004279071", "short", "至少 10 位")]
    public async Task Registration_says_what_is_wrong(string number, string password, string says)
    {
        using var browser = new Browser();
        using var answer = await browser.Submit(Host.Url("/register/0123456789abcdef0123456789abcdef"), "/register/0123456789abcdef0123456789abcdef",
            ("code", "000000"), ("name", "张三"), ("citizenId", number), ("password", password));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(says, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recovery_changes_the_password_ends_sessions_and_a_code_works_once_within_five_tries()
    {
        await using var host = await IdentityHost.Start();
        const string phone = "12000000008";
        using var before = new Browser();
        (await before.SignIn(host, phone)).Dispose();
        using var browser = new Browser();
        using var sent = await browser.Submit(host.Url("/recover"), "/recover", ("account", phone));
        var at = sent.Headers.Location!.ToString();
        using var missing = await browser.Submit(host.Url("/recover"), "/recover", ("account", "13911112222"));
        Assert.Matches("^/recover/[0-9a-f]{32}$", missing.Headers.Location!.ToString());

        var code = await CodeFor(phone, host);
        using var done = await browser.Submit(host.Url(at), at, ("code", code), ("password", "seven yellow lamps"));
        Assert.Equal("/signin", done.Headers.Location!.ToString());
        Assert.Equal("None", (await before.Me(host)).Role);
        using var again = await browser.Submit(host.Url(at), at, ("code", code), ("password", "another long password"));
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        using var old = await browser.SignIn(host, phone);
        Assert.Equal(HttpStatusCode.BadRequest, old.StatusCode);
        using var fresh = await browser.SignIn(host, phone, "seven yellow lamps");
        Assert.Equal(HttpStatusCode.SeeOther, fresh.StatusCode);

        using var second = await browser.Submit(host.Url("/recover"), "/recover", ("account", phone));
        at = second.Headers.Location!.ToString();
        code = await CodeFor(phone, host);
        for (var i = 0; i < 5; i++)
            (await browser.Submit(host.Url(at), at, ("code", "nope"), ("password", "another long password"))).Dispose();
        using var spent = await browser.Submit(host.Url(at), at, ("code", code), ("password", "another long password"));
        Assert.Equal(HttpStatusCode.BadRequest, spent.StatusCode);
    }

    /// <summary>Otherwise any number of codes would be any number of guesses, past the lock-out of the sign-in.</summary>
    [Fact]
    public async Task One_account_gets_five_codes_an_hour_and_the_sixth_never_fits()
    {
        await using var host = await IdentityHost.Start();
        var phone = "12000000008";
        using var browser = new Browser();
        for (var i = 0; i < 8; i++)
        {
            using var sent = await browser.Submit(host.Url("/recover"), "/recover", ("account", phone));
            Assert.Matches("^/recover/[0-9a-f]{32}$", sent.Headers.Location!.ToString());
        }
        Assert.Equal(5, await host.Inside((_, db) => db.Set<LocalMessageRow>().CountAsync(TestContext.Current.CancellationToken)));
        Assert.Equal((8, 5), await host.Inside(async (_, db) => (await db.Set<CodeRow>().CountAsync(), await db.Set<CodeRow>().CountAsync(c => c.CodeIndex != ""))));
    }

    [Fact]
    public async Task A_guardian_acts_for_the_child_and_back_and_nobody_else_does()
    {
        using var browser = new Browser();
        (await browser.SignIn(Host, "12000000010")).Dispose();
        using var account = await browser.Get(Host.Url("/account"));
        var mandate = MandateField().Match(await account.Content.ReadAsStringAsync()).Groups[1].Value;
        using var switched = await browser.Submit(Host.Url("/account"), "/account/act", ("mandate", mandate));
        Assert.Equal(HttpStatusCode.SeeOther, switched.StatusCode);
        var me = await browser.Me(Host);
        Assert.Equal(("Resident", "唐小满", "唐小满", "何静怡"), (me.Role, me.Name, me.ActingForName, me.ActingPerson));
        Assert.Equal(Host.KeyOf("310199201805219087"), me.SubjectKey);
        using var back = await browser.Submit(Host.Url("/account"), "/account/act", ("mandate", ""));
        Assert.Equal(("何静怡", null), ((await browser.Me(Host)).Name, (await browser.Me(Host)).ActingPerson));

        using var other = new Browser();
        (await other.SignIn(Host, "12000000001")).Dispose();
        using var refused = await other.Submit(Host.Url("/account"), "/account/act", ("mandate", mandate));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task A_guardianship_ends_on_the_eighteenth_birthday()
    {
        await using var host = await IdentityHost.Start();
        var (ends, starts) = await host.Inside(async (_, db) =>
        {
            var mandate = await db.Set<MandateRow>().SingleAsync(m => m.Kind == MandateRow.Guardian);
            return (mandate.EndsOn, mandate.StartsOn);
        });
        Assert.Equal("2036-05-20", ends);
        var row = new MandateRow { Id = "", Kind = "", SubjectKey = "", ForKey = "", NameSealed = "", Basis = "", RecordedBy = "", StartsOn = starts, EndsOn = ends };
        Assert.True(row.HoldsOn(new DateOnly(2036, 5, 20)));
        Assert.False(row.HoldsOn(new DateOnly(2036, 5, 21)));
        row.RevokedAt = 1;
        Assert.False(row.HoldsOn(new DateOnly(2030, 1, 1)));
    }

    [Fact]
    public async Task A_session_that_acts_for_somebody_falls_back_when_the_mandate_is_revoked()
    {
        await using var host = await IdentityHost.Start();
        using var browser = new Browser();
        (await browser.SignIn(host, "12000000010")).Dispose();
        using var account = await browser.Get(host.Url("/account"));
        var mandate = MandateField().Match(await account.Content.ReadAsStringAsync()).Groups[1].Value;
        (await browser.Submit(host.Url("/account"), "/account/act", ("mandate", mandate))).Dispose();
        Assert.Equal("唐小满", (await browser.Me(host)).Name);
        await host.Inside(async (_, db) =>
        {
            (await db.Set<MandateRow>().SingleAsync(m => m.Id == mandate)).RevokedAt = 1;
            return await db.SaveChangesAsync();
        });
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("何静怡", (await browser.Me(host)).Name);
    }

    [Fact]
    public async Task A_legal_representative_empowers_staff_who_then_act_for_the_enterprise_until_it_is_ended()
    {
        using var boss = new Browser();
        (await boss.SignIn(Host, "12000000001")).Dispose();
        using var page = await boss.Get(Host.Url("/account"));
        var mandate = MandateField().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value;
        (await boss.Submit(Host.Url("/account"), "/account/act", ("mandate", mandate))).Dispose();
        var me = await boss.Me(Host);
        Assert.Equal(("EnterpriseStaff", "91310199MA99TA015J"), (me.Role, me.CitizenId));
        using var gave = await boss.Submit(Host.Url("/account/staff"), "/account/staff",
            ("name", "程远航"), ("citizenId", "34019919850312901X"), ("until", DateTime.UtcNow.AddYears(1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(HttpStatusCode.SeeOther, gave.StatusCode);

        using var worker = new Browser();
        (await worker.SignIn(Host, "12000000002")).Dispose();
        using var account = await worker.Get(Host.Url("/account"));
        var given = MandateField().Match(await account.Content.ReadAsStringAsync()).Groups[1].Value;
        (await worker.Submit(Host.Url("/account"), "/account/act", ("mandate", given))).Dispose();
        Assert.Equal(("EnterpriseStaff", "程远航"), ((await worker.Me(Host)).Role, (await worker.Me(Host)).ActingPerson));
        using var notBoss = await worker.Get(Host.Url("/account/staff"));
        Assert.Equal(HttpStatusCode.Forbidden, notBoss.StatusCode);

        // More than a page of them: every one is shown once.
        await Host.Inside(async (_, db) =>
        {
            var one = await db.Set<MandateRow>().AsNoTracking().SingleAsync(m => m.Id == given);
            for (var i = 0; i < 24; i++)
            {
                db.Add(new MandateRow
                {
                    Id = Guid.CreateVersion7().ToString("N"),
                    Kind = one.Kind,
                    SubjectKey = $"worker-{i}",
                    ForKey = one.ForKey,
                    NameSealed = one.NameSealed,
                    Basis = one.Basis,
                    StartsOn = one.StartsOn,
                    EndsOn = one.EndsOn,
                    RecordedBy = one.RecordedBy,
                });
            }
            return await db.SaveChangesAsync();
        });
        var shown = new List<string>();
        for (var next = "/account/staff"; next is not null;)
        {
            using var list = await boss.Get(Host.Url(next));
            var text = System.Net.WebUtility.HtmlDecode(await list.Content.ReadAsStringAsync());
            var here = System.Text.RegularExpressions.Regex.Matches(text, "/account/staff/([0-9a-f]{32})/end").Select(m => m.Groups[1].Value).ToList();
            Assert.InRange(here.Count, 1, 20);
            shown.AddRange(here);
            next = System.Text.RegularExpressions.Regex.Match(text, "href=\"(/account/staff\\?after=[^\"]+)\"") is { Success: true } more ? more.Groups[1].Value : null;
        }
        Assert.Equal((25, 25), (shown.Count, shown.Distinct().Count()));

        using var ended = await boss.Submit(Host.Url("/account/staff"), $"/account/staff/{given}/end");
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
        Host.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("Resident", (await worker.Me(Host)).Role);
    }

    [Fact]
    public async Task Staff_with_several_roles_choose_one_and_work_in_their_department()
    {
        using var browser = new Browser();
        using var signedIn = await browser.SignInStaff(Host, "police");
        Assert.StartsWith("/console/role", signedIn.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal("None", (await browser.Me(Host)).Role);
        using var denied = await browser.Submit(Host.Url("/console/role"), "/console/role", ("role", "Administrator"));
        Assert.Equal(HttpStatusCode.BadRequest, denied.StatusCode);
        using var chosen = await browser.Submit(Host.Url("/console/role"), "/console/role", ("role", "Officer"));
        Assert.Equal("/console", chosen.Headers.Location!.ToString());
        var me = await browser.Me(Host);
        Assert.Equal(("Officer", "310000-police", "identity.not-a-person"), (me.Role, me.Department, me.Refused));
    }

    [Fact]
    public async Task An_administrator_creates_staff_whose_first_act_is_a_password_of_their_own()
    {
        using var admin = new Browser();
        (await admin.SignInStaff(Host, "admin")).Dispose();
        using var abroad = await admin.Submit(Host.Url("/console/accounts/new"), "/console/accounts/new",
            ("login", "li.ming"), ("name", "李明"), ("division", "310104"), ("department", "340000-hrss"), ("roles", "Officer"));
        Assert.Equal(HttpStatusCode.BadRequest, abroad.StatusCode);
        using var created = await admin.Submit(Host.Url("/console/accounts/new"), "/console/accounts/new",
            ("login", "li.ming"), ("name", "李明"), ("division", "310104"), ("department", "310000-police"), ("roles", "Officer"));
        var at = created.Headers.Location!.ToString();
        using var reset = await admin.Submit(Host.Url(at), at + "/reset");
        var password = OneTime().Match(await reset.Content.ReadAsStringAsync()).Value;
        Assert.NotEmpty(password);

        using var staff = new Browser();
        using var first = await staff.SignInStaff(Host, "Li.Ming", password);
        Assert.StartsWith("/account/password", first.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal("None", (await staff.Me(Host)).Role);
        using var weak = await staff.Submit(Host.Url("/account/password"), "/account/password", ("password", "1234567890"));
        Assert.Equal(HttpStatusCode.BadRequest, weak.StatusCode);
        using var chosen = await staff.Submit(Host.Url("/account/password"), "/account/password", ("password", "green river stone"));
        Assert.Equal(HttpStatusCode.SeeOther, chosen.StatusCode);
        Assert.Equal("Officer", (await staff.Me(Host)).Role);

        using var disabled = await admin.Submit(Host.Url(at), at + "/disable");
        Assert.Equal(HttpStatusCode.SeeOther, disabled.StatusCode);
        Assert.Equal("None", (await staff.Me(Host)).Role);
    }

    [Fact]
    public async Task Two_administrators_changing_one_account_do_not_overwrite_each_other()
    {
        using var admin = new Browser();
        (await admin.SignInStaff(Host, "admin")).Dispose();
        var id = await Host.Inside((_, db) => db.Set<AccountRow>().Where(a => a.Login == "credit").Select(a => a.Id).SingleAsync());
        var at = $"/console/accounts/{id}";
        using var stale = await admin.Get(Host.Url(at));
        (string, string)[] fields = [("name", "甲"), ("division", "310000"), ("department", "310000-credit"), ("roles", "Officer")];
        using var first = await admin.Submit(Host.Url(at), at, fields);
        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        using var second = await admin.Submit(stale, at, fields);
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
    }

    [Fact]
    public async Task The_same_creation_sent_twice_makes_one_account()
    {
        using var admin = new Browser();
        (await admin.SignInStaff(Host, "admin")).Dispose();
        using var page = await admin.Get(Host.Url("/console/accounts/new"));
        (string, string)[] fields = [("login", "twice"), ("name", "乙"), ("division", "310000"), ("roles", "Clerk")];
        using var first = await admin.Submit(page, "/console/accounts/new", fields);
        using var again = await admin.Submit(page, "/console/accounts/new", fields);
        Assert.Equal(HttpStatusCode.SeeOther, again.StatusCode);
        Assert.Equal(first.Headers.Location, again.Headers.Location);
    }

    [Fact]
    public async Task An_administrator_of_a_district_neither_sees_nor_makes_accounts_outside_it()
    {
        await using var host = await IdentityHost.Start();
        await host.Inside(async (_, db) =>
        {
            (await db.Set<AccountRow>().SingleAsync(a => a.Login == "admin")).Division = "310104";
            return await db.SaveChangesAsync();
        });
        using var admin = new Browser();
        (await admin.SignInStaff(host, "admin")).Dispose();
        using var list = await admin.Get(host.Url("/console/accounts"));
        Assert.DoesNotContain(">police<", await list.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var other = await host.Inside((_, db) => db.Set<AccountRow>().Where(a => a.Login == "police").Select(a => a.Id).SingleAsync());
        using var hidden = await admin.Get(host.Url($"/console/accounts/{other}"));
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        using var outside = await admin.Submit(host.Url("/console/accounts/new"), "/console/accounts/new", ("login", "outside"), ("name", "丙"), ("division", "310000"), ("roles", "Clerk"));
        Assert.Equal(HttpStatusCode.BadRequest, outside.StatusCode);
    }

    [Fact]
    public async Task The_first_administrator_is_made_once()
    {
        var password = await IdentityModule.CreateAdministrator(Host.Services, "root.one", default);
        Assert.Equal("account.exists", (await IdentityModule.CreateAdministrator(Host.Services, "ROOT.ONE", default)).Error?.Code);
        using var browser = new Browser();
        using var answer = await browser.SignInStaff(Host, "root.one", password.Value);
        Assert.StartsWith("/account/password", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clerk_records_a_guardian_who_then_acts_for_the_child()
    {
        using var clerk = new Browser();
        (await clerk.SignInStaff(Host, "clerk")).Dispose();
        using var grown = await clerk.Submit(Host.Url("/console/people"), "/console/people/guardian",
            ("guardianName", "方晓雯"), ("guardianId", "340899198410029042"), ("childName", "甲"), ("childId", "310199199004279071"), ("basis", "户口簿"));
        Assert.Equal(HttpStatusCode.BadRequest, grown.StatusCode);
        foreach (var (guardianName, childName) in new[] { ("不是她", "唐小满"), ("方晓雯", "改了名") })
        {
            using var renamed = await clerk.Submit(Host.Url("/console/people"), "/console/people/guardian",
                ("guardianName", guardianName), ("guardianId", "340899198410029042"), ("childName", childName), ("childId", "310199201805219087"), ("basis", "监护判决"));
            Assert.Equal(HttpStatusCode.BadRequest, renamed.StatusCode);
        }
        using var recorded = await clerk.Submit(Host.Url("/console/people"), "/console/people/guardian",
            ("guardianName", "方晓雯"), ("guardianId", "340899198410029042"), ("childName", "唐小满"), ("childId", "310199201805219087"), ("basis", "监护判决"));
        Assert.Equal(HttpStatusCode.SeeOther, recorded.StatusCode);
        using var guardian = new Browser();
        (await guardian.SignIn(Host, "12000000007")).Dispose();
        using var account = await guardian.Get(Host.Url("/account"));
        Assert.Contains("唐小满", await account.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clerk_ends_a_guardianship_with_a_reason_and_the_guardian_is_refused_right_after_and_told()
    {
        const string child = "310199201805219087";
        await using var host = await IdentityHost.Start();
        using var guardian = new Browser();
        (await guardian.SignIn(host, "12000000010")).Dispose();
        using var before = await guardian.Get(host.Url("/account"));
        var mandate = MandateField().Match(await before.Content.ReadAsStringAsync()).Groups[1].Value;
        (await guardian.Submit(host.Url("/account"), "/account/act", ("mandate", mandate))).Dispose();
        Assert.Equal("唐小满", (await guardian.Me(host)).Name);
        // Signed in as herself on another device: that goes on.
        using var own = new Browser();
        (await own.SignIn(host, "12000000010")).Dispose();
        var end = $"/console/people/guardian/{mandate}/end";

        using var clerk = new Browser();
        (await clerk.SignInStaff(host, "clerk")).Dispose();
        using var found = await clerk.Submit(host.Url("/console/people"), "/console/people/guardian/find", ("endChildId", child));
        Assert.Contains("何静怡", await found.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(host.KeyOf(child), host.StaffReads.Select(r => r.SubjectKey));
        using var unsaid = await clerk.Submit(found, end);
        Assert.Equal(HttpStatusCode.BadRequest, unsaid.StatusCode);
        Assert.Contains("请选择终止的原因", await unsaid.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var stale = await clerk.Submit(found, end, ("revision", "7"), ($"reason.{mandate}", "court"));
        Assert.Equal(HttpStatusCode.Conflict, stale.StatusCode);
        Assert.Equal("唐小满", (await guardian.Me(host)).Name);
        using var fresh = await clerk.Submit(host.Url("/console/people"), "/console/people/guardian/find", ("endChildId", child));
        using var ended = await clerk.Submit(fresh, end, ($"reason.{mandate}", "court"));
        Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);

        // The clock has not moved: no kept session may answer.
        Assert.Equal("None", (await guardian.Me(host)).Role);
        Assert.Equal("何静怡", (await own.Me(host)).Name);
        using var again = await clerk.Submit(fresh, end, ($"reason.{mandate}", "court"));
        Assert.Equal(HttpStatusCode.SeeOther, again.StatusCode);
        using var other = await clerk.Submit(found, end, ("revision", "1"), ($"reason.{mandate}", "mistake"));
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        using var none = await clerk.Submit(host.Url("/console/people"), "/console/people/guardian/find", ("endChildId", child));
        Assert.Contains("没有有效的监护登记", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var clerkId = await host.Inside((_, db) => db.Set<AccountRow>().Where(a => a.Login == "clerk").Select(a => a.Id).SingleAsync());
        var kept = await host.Inside((_, db) => db.Set<MandateRow>().SingleAsync(m => m.Id == mandate));
        Assert.Equal(("court", clerkId, 1L), (kept.RevokedReason, kept.RevokedBy, kept.Revision));

        using var account = await own.Get(host.Url("/account"));
        var told = await account.Content.ReadAsStringAsync();
        Assert.DoesNotContain(mandate, told, StringComparison.Ordinal);
        Assert.Contains("法院撤销或变更了监护", told, StringComparison.Ordinal);
        using var notClerk = await own.Post(host.Url(end), ("revision", "1"));
        Assert.False(notClerk.IsSuccessStatusCode || notClerk.StatusCode == HttpStatusCode.SeeOther);
        host.Clock.Advance(TimeSpan.FromDays(367));
        (await own.SignIn(host, "12000000010")).Dispose();
        using var later = await own.Get(host.Url("/account"));
        Assert.DoesNotContain("法院撤销或变更了监护", await later.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    Task<string> Message(string phone, IdentityHost? host = null) => Newest(host ?? Host, phone);

    async Task<string> CodeFor(string phone, IdentityHost? host = null) => SixDigits().Match(await Newest(host ?? Host, phone)).Value;

    /// <summary>As a person would: the administrator reads the out-tray.</summary>
    static async Task<string> Newest(IdentityHost host, string phone)
    {
        using var admin = new Browser();
        (await admin.SignInStaff(host, "admin")).Dispose();
        using var page = await admin.Get(host.Url("/console/accounts/messages"));
        var html = await page.Content.ReadAsStringAsync();
        var masked = $"{phone[..3]}******{phone[^2..]}";
        var at = html.IndexOf(masked, StringComparison.Ordinal);
        Assert.True(at > 0, $"No message to {masked}");
        return html[at..html.IndexOf("</strong>", at, StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"\b\d{6}\b")]
    private static partial Regex SixDigits();

    [GeneratedRegex("""name="mandate" value="([0-9a-f]{32})""")]
    private static partial Regex MandateField();

    [GeneratedRegex(@"[a-z2-9]{4}(-[a-z2-9]{4}){3}")]
    private static partial Regex OneTime();
}
