using System.Buffers.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;

namespace Tongban.Web;

/// <summary>A word that outlives one redirect, such as 已提交. Never holds personal data.</summary>
public sealed record Flash(Tone Tone, Words Text)
{
    /// <summary>Leaves the word for the next page. Call before the redirect is written.</summary>
    public static void Leave(HttpContext http, NodeIdentity node, Tone tone, Words text)
    {
        var body = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new Flash(tone, text)));
        http.Response.Cookies.Append(Cookie(node), body, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = http.Request.IsHttps,
            MaxAge = TimeSpan.FromMinutes(5),
        });
    }

    internal static Flash? Take(HttpContext http, NodeIdentity node)
    {
        if (http.Request.Cookies[Cookie(node)] is not { } body)
            return null;
        if (!http.Response.HasStarted)
            http.Response.Cookies.Delete(Cookie(node));
        try
        {
            return JsonSerializer.Deserialize<Flash>(Base64Url.DecodeFromChars(body)) is { Text: { Zh: not null, En: not null } } flash ? flash : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // A cookie that a person or an older version wrote: there is simply no word to show.
            return null;
        }
    }

    /// <summary>Nodes of a demo share a host, and browsers do not tell ports apart.</summary>
    static string Cookie(NodeIdentity node) => $"tb-flash-{node.Division}";
}
