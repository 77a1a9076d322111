using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Web;

/// <summary>
/// What stands in a refused form while the person switches language or text size: the switch sends it along, it outlives the
/// redirect in a sealed cookie for that one page, and the form there shows it again.
/// </summary>
/// <param name="Action">Address of the form it belongs to.</param>
public sealed record Kept(string Action, Dictionary<string, string[]> Fields)
{
    /// <summary>Hidden field: the page that a form stands on.</summary>
    public const string From = "ui.from";

    /// <summary>Hidden field of a switch: the address of the form whose fields follow, each after <see cref="Prefix"/>.</summary>
    public const string For = "ui.for";

    public const string Prefix = "kept.";

    /// <summary>A secret is typed again; tokens and keys belong to one page.</summary>
    public static bool MayKeep(string field, string formToken) =>
        field != formToken && field != OnceFilter.Header && field != From && !field.Contains("password", StringComparison.OrdinalIgnoreCase) && !field.Contains("code", StringComparison.OrdinalIgnoreCase);

    public IFormCollection ToForm() => new FormCollection(Fields.ToDictionary(f => f.Key, f => new StringValues(f.Value)));
}

/// <summary>Keeps and gives back <see cref="Kept"/>. More than a browser takes along is dropped: the switch works, the form starts again.</summary>
public sealed class Keeper(IDataProtectionProvider protection)
{
    const int Longest = 12_000;
    readonly IDataProtector seal = protection.CreateProtector("tongban.kept");
    readonly ChunkingCookieManager cookies = new();

    public void Leave(HttpContext http, NodeIdentity node, Kept kept)
    {
        var body = seal.Protect(JsonSerializer.Serialize(kept));
        if (body.Length <= Longest)
            cookies.AppendResponseCookie(http, Cookie(node), body, Options(http, TimeSpan.FromMinutes(5)));
    }

    public Kept? Take(HttpContext http, NodeIdentity node)
    {
        if (cookies.GetRequestCookie(http, Cookie(node)) is not { Length: > 0 } body)
            return null;
        if (!http.Response.HasStarted)
            cookies.DeleteCookie(http, Cookie(node), Options(http, null));
        try
        {
            return JsonSerializer.Deserialize<Kept>(seal.Unprotect(body));
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            // Written by an older key or by hand: there is simply nothing kept.
            return null;
        }
    }

    static CookieOptions Options(HttpContext http, TimeSpan? age) => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, MaxAge = age, Path = "/" };

    static string Cookie(NodeIdentity node) => $"tb-kept-{node.Division}";
}
