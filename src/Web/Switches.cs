using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Web;

/// <summary>
/// Language and text size: plain forms that set a cookie and come back. They change nothing but how the pages of this
/// browser look, so they need no sign-in and no form token.
/// </summary>
static class Switches
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/ui/language", ([FromForm] string? to, [FromForm] string? back, HttpContext http, IAntiforgery tokens, Keeper keeper, NodeIdentity node) =>
            Remember(http, Ui.LanguageCookie, to == "en" ? "en" : "zh", back, tokens, keeper, node)).WithoutFormToken("changes only how the pages of this browser look").Only(Allow.Anyone);
        routes.MapPost("/ui/elder", ([FromForm] string? to, [FromForm] string? back, HttpContext http, IAntiforgery tokens, Keeper keeper, NodeIdentity node) =>
            Remember(http, Ui.ElderCookie, to == "1" ? "1" : "0", back, tokens, keeper, node)).WithoutFormToken("changes only how the pages of this browser look").Only(Allow.Anyone);
    }

    static async Task<IResult> Remember(HttpContext http, string cookie, string value, string? back, IAntiforgery tokens, Keeper keeper, NodeIdentity node)
    {
        // Only a page of this node may fill in a form; anyone may switch.
        var sent = http.Request.Form;
        if (sent[Kept.For].ToString() is { Length: > 0 } action && await tokens.IsRequestValidAsync(http))
        {
            keeper.Leave(http, node, new Kept(action, sent.Where(f => f.Key.StartsWith(Kept.Prefix, StringComparison.Ordinal))
                .ToDictionary(f => f.Key[Kept.Prefix.Length..], f => f.Value.Select(v => v ?? "").ToArray())));
        }
        http.Response.Cookies.Append(cookie, value, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = http.Request.IsHttps,
            MaxAge = TimeSpan.FromDays(365),
            IsEssential = true,
        });
        // 303: the browser fetches the page, whatever method it used here.
        http.Response.Headers.Location = Ui.IsLocal(back) ? WithoutOverride(back!) : "/";
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>A choice in the address would hide the one just made.</summary>
    static string WithoutOverride(string url)
    {
        var parts = url.Split('?', 2);
        if (parts.Length == 1)
            return url;
        var kept = parts[1].Split('&').Where(p => !p.StartsWith("lang=", StringComparison.Ordinal) && !p.StartsWith("elder=", StringComparison.Ordinal));
        var query = string.Join('&', kept);
        return query.Length == 0 ? parts[0] : $"{parts[0]}?{query}";
    }
}
