using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;

namespace Tongban.Web;

/// <summary>The pages' way into the node. Needs <see cref="NodeIdentity"/>, <see cref="TimeProvider"/> and <see cref="CurrentActor"/> in the container.</summary>
public static class WebModule
{
    public static IServiceCollection AddWeb(this IServiceCollection services, Action<WebOptions>? configure = null)
    {
        var options = new WebOptions();
        configure?.Invoke(options);
        services.AddSingleton(options);
        services.AddHttpContextAccessor();
        services.AddAntiforgery();
        services.AddResponseCompression(o =>
        {
            // Form tokens are masked anew on every page, so compressing them gives nothing away.
            o.EnableForHttps = true;
            o.MimeTypes = ["text/html", "application/json", "application/problem+json"];
            o.Providers.Add<BrotliCompressionProvider>();
            o.Providers.Add<GzipCompressionProvider>();
        });
        services.AddOptions<AntiforgeryOptions>().Configure<NodeIdentity>((o, node) =>
        {
            // Nodes of a demo share a host, and browsers do not tell ports apart.
            o.Cookie.Name = $"tb-form-{node.Division}";
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            // Strict would be lost on the way back from another node's sign-in, and open forms would expire.
            o.Cookie.SameSite = SameSiteMode.Lax;
            o.SuppressXFrameOptionsHeader = true;
        });
        services.TryAddScoped<CurrentActor>();
        services.AddScoped<Ui>();
        services.AddSingleton<Keeper>();
        services.AddDataProtection();
        services.AddSingleton<Navigation>();
        services.AddSingleton<IProblemPage, ProblemPages>();
        return services;
    }

    /// <summary>
    /// Middleware of the pages: compression, headers that confine a page, and words for bare statuses and exceptions. Goes
    /// before routing and sign-in; form tokens (<see cref="FormTokens"/>) go after them.
    /// </summary>
    public static IApplicationBuilder UseWeb(this IApplicationBuilder app)
    {
        app.UseResponseCompression();
        app.Use(Confine);
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = ProblemPages.OnException });
        app.UseStatusCodePages(ProblemPages.OnBareStatus);
        return app;
    }

    /// <summary>Stylesheets and scripts, the language and text-size switches, the Console's start, and the gallery when it is on.</summary>
    public static IEndpointRouteBuilder MapWeb(this IEndpointRouteBuilder routes)
    {
        AssetRoutes.Map(routes);
        Switches.Map(routes);
        ConsoleHome.Map(routes);
        if (routes.ServiceProvider.GetRequiredService<WebOptions>().Gallery)
            GalleryRoutes.Map(routes);
        return routes;
    }

    static Task Confine(HttpContext http, RequestDelegate next)
    {
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            if (http.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) != true)
                return Task.CompletedTask;
            headers["Referrer-Policy"] = "same-origin";
            headers.ContentSecurityPolicy =
                "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
            return Task.CompletedTask;
        });
        return next(http);
    }
}
