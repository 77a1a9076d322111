using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tongban.Identity.Sessions;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.Abroad;

/// <summary>A sign-in that is under way at another node, kept sealed in the browser that began it: no other can finish it.</summary>
sealed record SignInState(string Node, string State, string Nonce, string Verifier, string Return, long EndsAt)
{
    const string Context = "identity.sign-in-state";
    static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public static SignInState Begin(string node, string back, TimeProvider clock) =>
        new(node, Secrets.New(), Secrets.New(), Secrets.New(), back, clock.NowMs() + (long)Life.TotalMilliseconds);

    public void Write(HttpResponse response, SessionCookie cookie, IVault vault) =>
        response.Cookies.Append(cookie.StateName, vault.Seal(JsonSerializer.Serialize(this), Context), cookie.Options(Life));

    /// <summary>The state, once; null when there is none, it is not ours or too old.</summary>
    public static SignInState? Take(HttpContext http, SessionCookie cookie, IVault vault, TimeProvider clock)
    {
        if (http.Request.Cookies[cookie.StateName] is not { } stored)
            return null;
        http.Response.Cookies.Delete(cookie.StateName, cookie.Options());
        var opened = vault.TryOpen(stored, Context);
        return opened.Ok && JsonSerializer.Deserialize<SignInState>(opened.Value) is { } state && state.EndsAt > clock.NowMs() ? state : null;
    }
}
