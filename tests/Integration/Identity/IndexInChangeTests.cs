using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Identity.Accounts;
using Tongban.Identity.Oidc;
using Tongban.Identity.People;
using Tongban.Kernel.Data;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Identity;

/// <summary>Signing in, and acting for others, while the key of the blind index is replaced: with nothing, with one column after the other, and with all rewritten.</summary>
public partial class IndexInChangeTests
{
    const string Worker = "12000000002";
    const string Guardian = "12000000010";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task People_sign_in_are_themselves_and_act_for_their_children_whatever_is_rewritten_so_far()
    {
        await using var host = await IdentityHost.Start();
        using var kept = new Browser();
        (await kept.SignIn(host, Worker)).Dispose();
        var keys = host.Services.GetRequiredService<Keystore>();
        var sub = Sub(host, keys);
        await Check(host, kept);
        keys.RotateIndex(DateTimeOffset.UtcNow);
        await Check(host, kept);
        // As the job goes, people first, with a look after each column.
        foreach (var column in await Blind(host))
        {
            await Rewrite(host, keys.Vault, column);
            await Check(host, kept);
        }
        Assert.True(keys.RetireIndex("i1", TimeSpan.Zero).Ok);
        await Check(host, kept);
        // Once more, the rest in another order.
        keys.RotateIndex(DateTimeOffset.UtcNow);
        foreach (var column in (await Blind(host)).OrderByDescending(c => c.Mark.First).ThenByDescending(c => c.Table).ThenByDescending(c => c.Column))
        {
            await Rewrite(host, keys.Vault, column);
            await Check(host, kept);
        }
        // By which other systems know a person: it never changes.
        Assert.Equal(sub, Sub(host, keys));
    }

    [Fact]
    public async Task A_number_that_has_an_account_cannot_be_registered_again_meanwhile()
    {
        await using var host = await IdentityHost.Start();
        var keys = host.Services.GetRequiredService<Keystore>();
        keys.RotateIndex(DateTimeOffset.UtcNow);
        using var browser = new Browser();
        using var begun = await browser.Submit(host.Url("/register"), "/register", ("phone", Worker));
        Assert.Equal(HttpStatusCode.SeeOther, begun.StatusCode);
        Assert.Contains("已有账号", await Told(host), StringComparison.Ordinal);
        // Who comes now is stored in the new form at once, and found.
        await host.Inside(async (inside, db) =>
        {
            await inside.GetRequiredService<People>().Checked(PersonRow.Natural, "310199199003071231", "样例新", "12000000777", "310000", 2, Ct);
            return await db.SaveChangesAsync(Ct);
        });
        var stored = await host.Inside((_, db) => db.Set<PersonRow>().OrderByDescending(p => p.Id).Select(p => p.SubjectKey).FirstAsync(Ct));
        Assert.StartsWith("i2.", stored, StringComparison.Ordinal);
        Assert.NotNull(await host.Inside((inside, _) => inside.GetRequiredService<People>().Find("310199199003071231", Ct)));
    }

    static Task<string> Told(IdentityHost host) => host.Inside(async (inside, db) =>
        inside.GetRequiredService<IVault>().Open((await db.Set<LocalMessageRow>().OrderByDescending(m => m.Id).FirstAsync(Ct)).TextSealed, LocalCodeDelivery.TextContext));

    static string Sub(IdentityHost host, Keystore keys)
    {
        using var scope = host.Services.CreateScope();
        return new Claims(keys.Vault, scope.ServiceProvider.GetRequiredService<Tokens>(), host.Node).Sub("CN-YRD/340000", "account-1");
    }

    static Task<IReadOnlyList<BlindColumn>> Blind(IdentityHost host) => host.Inside((_, db) => Task.FromResult<IReadOnlyList<BlindColumn>>([.. Columns.Blind(db.Model).OrderByDescending(c => c.Mark.First)]));

    static Task<long> Rewrite(IdentityHost host, Vault vault, BlindColumn column) => host.Inside((_, db) =>
        new ColumnWalk(db, column, stored => column.Again((string)stored, vault.Written) is { } anew && anew != (string)stored ? anew : null).Run(_ => { }, Ct));

    /// <summary>A session that was there before, a new one, one that acts for a child; each sees what is theirs.</summary>
    static async Task Check(IdentityHost host, Browser kept)
    {
        // Sessions are read anew.
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        var me = await kept.Me(host);
        Assert.Equal(("程远航", "34019919850312901X", host.KeyOf("34019919850312901x")), (me.Name, me.CitizenId, me.SubjectKey));
        using var guardian = new Browser();
        using var answer = await guardian.SignIn(host, Guardian);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var page = await guardian.Read(host.Url("/account"));
        var mandate = MandateField().Match(page).Groups[1].Value;
        (await guardian.Submit(host.Url("/account"), "/account/act", ("mandate", mandate))).Dispose();
        var acting = await guardian.Me(host);
        Assert.NotNull(acting.ActingForName);
        Assert.Equal((acting.ActingForName, host.KeyOf(acting.CitizenId!)), (acting.Name, acting.SubjectKey));
        Assert.NotNull(acting.ActingPerson);
    }

    [GeneratedRegex("""name="mandate" value="([0-9a-f]{32})""")]
    private static partial Regex MandateField();
}
