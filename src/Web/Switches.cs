using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
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
        routes.MapPost("/ui/language", ([FromForm] string? to, [FromForm] string? back, HttpContext http) =>
            Remember(http, Ui.LanguageCookie, to == "en" ? "en" : "zh", back)).WithoutFormToken("changes only how the pages of this browser look").Only(Allow.Anyone);
        routes.MapPost("/ui/elder", ([FromForm] string? to, [FromForm] string? back, HttpContext http) =>
            Remember(http, Ui.ElderCookie, to == "1" ? "1" : "0", back)).WithoutFormToken("changes only how the pages of this browser look").Only(Allow.Anyone);
    }

    static IResult Remember(HttpContext http, string cookie, string value, string? back)
    {
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
