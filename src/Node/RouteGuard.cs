using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;

namespace Tongban.Node;

/// <summary>Deny by default: a route answers only those whom it states; one that states nobody stops the start.</summary>
static class RouteGuard
{
    public static void UseRouteGuard(this WebApplication app)
    {
        // A company's node serves its own staff and the other members; no resident signs in there, files there or shows a certificate there.
        var society = app.Services.GetService<NodeIdentity>() is { Class: not NodeIds.Government };
        app.Use((http, next) => Guard(http, next, society));
    }

    /// <summary>All that a company or organisation's node has.</summary>
    static readonly string[] OfSociety =
        ["/console", "/peer", PeerPaths.Dataspace, "/log", "/directory", "/catalogue.ttl", "/.well-known/dspace-version", "/health", "/ui", "/assets", "/favicon.ico", "/signout", "/account/password", "/account/sessions", "/gateway", "/r1"];

    static bool IsOfSociety(PathString path) => path == "/" || OfSociety.Any(of => path.StartsWithSegments(of, StringComparison.OrdinalIgnoreCase));

    static async Task Guard(HttpContext http, RequestDelegate next, bool society)
    {
        if (http.GetEndpoint() is not { } endpoint || (society && !IsOfSociety(http.Request.Path)))
        {
            var none = Error.NotFound("route.none", "没有这个页面", "There is no such page") with
            {
                Todo = "请检查网址，或从首页搜索要办的事",
                TodoEn = "Check the address, or search from the home page",
            };
            await none.AsResult().ExecuteAsync(http);
            return;
        }
        // The framework's own answer that the address is not called in this way (405, 415).
        if (endpoint is not RouteEndpoint)
        {
            await next(http);
            return;
        }
        var actor = http.RequestServices.GetRequiredService<CurrentActor>().Actor;
        if (endpoint.Metadata.GetMetadata<RouteRule>() is { } rule && rule.Admits(actor))
        {
            await next(http);
            return;
        }
        await Refuse(http, actor).ExecuteAsync(http);
    }

    static IResult Refuse(HttpContext http, Actor actor)
    {
        var path = http.Request.Path;
        if (actor.Role == Role.None && !PeerPaths.Are(path))
        {
            var page = HttpMethods.IsGet(http.Request.Method) && http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
            var signIn = path.StartsWithSegments("/console") || path.StartsWithSegments("/hub") ? "/console/signin" : "/signin";
            if (page)
                return Results.Redirect($"{signIn}?return={Uri.EscapeDataString(path + http.Request.QueryString)}");
            return Error.Forbidden("access.sign-in", "请先登录", "Sign in first", "登录后再试", "Sign in and try again").AsResult();
        }
        return Error.Forbidden("access.role", "您的身份不能使用这个功能", "Your role may not do this",
            "如确需使用，请联系本单位管理员", "Ask your administrator if you need it").AsResult();
    }

    /// <summary>Every route states who may call it.</summary>
    public static void RequireRules(WebApplication app)
    {
        var open = Endpoints(app).Where(e => e.Metadata.GetMetadata<RouteRule>() is null).Select(e => e.DisplayName).ToList();
        if (open.Count > 0)
            throw new InvalidOperationException($"These routes do not state who may call them: {string.Join(", ", open)}");
    }

    public static IEnumerable<RouteEndpoint> Endpoints(WebApplication app) =>
        ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>();
}
