using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Web;

/// <summary>What a write must show before it runs, so that no page of another site can make a browser send it.</summary>
/// <param name="Proof">How it is shown.</param>
/// <param name="Why">In words, for the list of routes.</param>
public sealed record WriteRule(WriteProof Proof, string Why);

public enum WriteProof
{
    /// <summary>The token of this node's page, in the form. Every write that states nothing else.</summary>
    FormToken,

    /// <summary>A header that only a program can set: the idempotency key. No other origin is allowed to, and a form cannot.</summary>
    ProgramHeader,

    /// <summary>None: the route looks at no cookie, or changes nothing that matters; it says which.</summary>
    None,
}

/// <summary>
/// One rule for every write of the node, deny by default: whatever its handler reads, a request that may change something
/// is refused unless it shows what its route asks for. Nodes are known by their signature, not by a cookie.
/// </summary>
public static class FormTokens
{
    static readonly WriteRule ByDefault = new(WriteProof.FormToken, "a page's form");
    static readonly WriteRule OfPeers = new(WriteProof.None, "signed by the sending node");

    /// <summary>Routes of programs: their calls carry the idempotency key as a header.</summary>
    public static TBuilder ByPrograms<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new WriteRule(WriteProof.ProgramHeader, "called by programs"));

    /// <param name="why">Which cookie it does without, or why what it changes does not matter.</param>
    public static RouteHandlerBuilder WithoutFormToken(this RouteHandlerBuilder route, string why) =>
        route.WithMetadata(new WriteRule(WriteProof.None, why)).DisableAntiforgery();

    public static WriteRule RuleOf(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<RouteRule>() == Allow.Peer ? OfPeers : endpoint.Metadata.GetMetadata<WriteRule>() ?? ByDefault;

    /// <summary>Goes after routing and after the guard of routes: who may not call a route need not be told more.</summary>
    public static IApplicationBuilder UseFormTokens(this IApplicationBuilder app)
    {
        app.Use(async (http, next) =>
        {
            if (http.GetEndpoint() is RouteEndpoint endpoint && !IsSafe(http.Request.Method) && await Refusal(http, RuleOf(endpoint)) is { } refusal)
                await refusal.ExecuteAsync(http);
            else
                await next(http);
        });
        // The framework insists on its own check for handlers that bind a form.
        return app.UseAntiforgery();
    }

    static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    static async Task<ErrorResult?> Refusal(HttpContext http, WriteRule rule)
    {
        if (http.Request.HasFormContentType && await Unreadable(http) is { } unreadable)
            return unreadable.AsResult();
        var shown = rule.Proof switch
        {
            WriteProof.None => true,
            WriteProof.ProgramHeader => http.Request.Headers.ContainsKey(OnceFilter.Header),
            _ => await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http),
        };
        return shown ? null : (rule.Proof == WriteProof.ProgramHeader ? NoHeader : Expired).AsResult();
    }

    /// <summary>A form that is cut off, too long in one of its parts, or not a form: said before anything looks into it.</summary>
    internal static async Task<Error?> Unreadable(HttpContext http)
    {
        try
        {
            await http.Request.ReadFormAsync(http.RequestAborted);
            return null;
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested))
        {
            return Error.Invalid("web.form", "提交的表单不完整，或格式不对，没有办理", "The form is cut off or malformed; nothing was done", "body",
                "请返回上一页检查后再提交", "Go back, check it and send it again");
        }
    }

    public static readonly Error Expired = Error.Invalid("web.form-expired", "页面打开太久，已经过期，刚才填的内容没有提交",
        "The page was open too long and has expired; what you entered was not sent", null,
        "请返回上一页，刷新后再提交一次", "Go back, reload the page and send it again");

    static readonly Error NoHeader = Error.Invalid("idempotency.key-missing", "请求缺少防重复提交的编号", "The request carries no idempotency key",
        OnceFilter.Header, "请在请求头中带上 Idempotency-Key", "Send it as a header");
}
