using Microsoft.AspNetCore.Http;
using Tongban.Kernel;

namespace Tongban.Identity.Sessions;

/// <summary>
/// The browser's half of a session. Browsers do not separate cookies by port, so the name carries division and port:
/// the nodes of a region on one host do not sign each other out.
/// </summary>
sealed class SessionCookie
{
    readonly bool secure;

    public SessionCookie(NodeIdentity node)
    {
        var url = new Uri(node.PublicUrl);
        // Browsers keep no Secure cookie from plain HTTP; loopback is the one place where HTTP is not an exposure.
        secure = !(url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);
        var own = $"tongban-{node.Division}-{url.Port}";
        Name = secure ? $"__Host-{own}" : own;
        StateName = $"{Name}-abroad";
    }

    public string Name { get; }

    /// <summary>Holds the sealed state of a sign-in that is under way at another node.</summary>
    public string StateName { get; }

    public string? Read(HttpRequest request) => request.Cookies[Name];

    public void Write(HttpResponse response, string secret) => response.Cookies.Append(Name, secret, Options());

    public void Clear(HttpResponse response) => response.Cookies.Delete(Name, Options());

    public CookieOptions Options(TimeSpan? life = null) => new()
    {
        HttpOnly = true,
        Secure = secure,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
        MaxAge = life,
    };
}
