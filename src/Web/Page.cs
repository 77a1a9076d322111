using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tongban.Web;

/// <summary>Turns a component into an answer, drawn whole before the first byte leaves: an exception while drawing is a 500, not half a page.</summary>
public static class Page
{
    /// <param name="parameters">An object whose properties are the component's parameters: <c>new { Id = id }</c>.</param>
    public static PageResult Of<TComponent>(object? parameters = null, int status = 200) where TComponent : IComponent =>
        new(typeof(TComponent), new RouteValueDictionary(parameters), status);
}

/// <summary>A page on its way out. A page of a signed-in person is never kept by a browser or a proxy.</summary>
public sealed class PageResult : IResult, IStatusCodeHttpResult
{
    readonly Type component;
    readonly IDictionary<string, object?> parameters;
    readonly int status;

    internal PageResult(Type component, IDictionary<string, object?> parameters, int status) =>
        (this.component, this.parameters, this.status) = (component, parameters, status);

    public int? StatusCode => status;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync(component, ParameterView.FromDictionary(parameters))).ToHtmlString());
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        // A form's token has set its own, stricter word by now.
        if (response.Headers.CacheControl.Count == 0)
            response.Headers.CacheControl = services.GetRequiredService<Ui>().SignedIn ? "private, no-store" : "private, no-cache";
        if (HttpMethods.IsHead(httpContext.Request.Method))
            return;
        await response.WriteAsync(Plain(html), httpContext.RequestAborted);
    }

    /// <summary>
    /// The framework's renderer writes every character beyond ASCII as a numbered entity, whatever encoder is configured, which
    /// trebles a Chinese page. They become themselves again; those of ASCII, which keep markup and text apart, stay.
    /// </summary>
    internal static string Plain(string html)
    {
        var at = html.IndexOf("&#x", StringComparison.Ordinal);
        if (at < 0)
            return html;
        var plain = new StringBuilder(html.Length);
        var from = 0;
        while (at >= 0)
        {
            var end = html.IndexOf(';', at);
            if (end > at && end - at <= 9
                && int.TryParse(html.AsSpan(at + 3, end - at - 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                && code >= 0xA0 && Rune.IsValid(code))
            {
                plain.Append(html, from, at - from).Append(new Rune(code).ToString());
                from = end + 1;
                at = html.IndexOf("&#x", from, StringComparison.Ordinal);
            }
            else
            {
                at = html.IndexOf("&#x", at + 3, StringComparison.Ordinal);
            }
        }
        return plain.Append(html, from, html.Length - from).ToString();
    }
}
