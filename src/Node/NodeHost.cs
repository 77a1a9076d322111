using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Node;

/// <summary>The composition root: one node from its settings. The node owns route prefixes, settings and migrations.</summary>
public static class NodeHost
{
    /// <param name="configure">Last word on the services; tests put a fixed clock here.</param>
    public static WebApplication Build(NodeSettings settings, Action<WebApplicationBuilder>? configure = null)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.GetCultureInfo("zh-CN");
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = settings.Folder,
            EnvironmentName = "Production",
            // Watching the folder for changed settings would wake at every write of the databases in it.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        _ = SendTelemetry.Address(settings);
        var identity = settings.Identity();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = 32 * 1024 * 1024;
            k.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http1);
        });
        builder.WebHost.UseUrls(settings.Listen);
        builder.Logging.ClearProviders();
        builder.Logging.AddJsonConsole(o => o.UseUtcTimestamp = true);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // A lost race for a row is an answer (409), not a fault; a save that fails otherwise is logged where it is caught.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Update", LogLevel.None);
        // Page keys lie in the node's own folder (mode 700), beside its sealed keystore.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        // It has nothing to say at the levels above, and while it may speak an activity and a scope are made for every request.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        var services = builder.Services;
        services.AddSingleton(identity);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(WorkingCalendar.Load(Path.Combine(identity.SharedFolder, "reference", "holidays")));
        services.AddNodeDb(settings.DatabaseOptions(), typeof(NodeHost).Assembly.GetName().Name!);
        services.AddKernel();
        Modules.Add(services, settings);
        services.AddSingleton(settings);
        services.AddHostedService<SendTelemetry>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.Use(EndWith(app.Lifetime));
        // What serves pages is not asked of every message between nodes.
        app.UseWhen(static http => !PeerPaths.Are(http.Request.Path), static pages => pages.UseWeb());
        app.Use(KeepBodyReadable);
        app.UseRouting();
        Modules.Use(app);
        app.UseRouteGuard();
        app.UseFormTokens();
        app.UsePlainText();
        Modules.Map(app, identity);
        app.MapGet("/health", () => Results.Ok(new { node = identity.Id })).Only(Allow.Anyone);
        RouteGuard.RequireRules(app);
        return app;
    }

    /// <summary>Brings the database up to date and starts. Returns when the node answers.</summary>
    public static async Task Start(WebApplication app, CancellationToken ct = default)
    {
        await Database.Migrate(app.Services, ct);
        await Modules.Prepare(app.Services, ct);
        await app.StartAsync(ct);
    }

    /// <summary>What a request waits for when the node is told to stop ends soon after, or the node would be killed with it under way.</summary>
    static Func<HttpContext, RequestDelegate, Task> EndWith(IHostApplicationLifetime lifetime) => async (http, next) =>
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        using var told = lifetime.ApplicationStopping.UnsafeRegister(static ends => ((CancellationTokenSource)ends!).CancelAfter(Grace), ends);
        http.RequestAborted = ends.Token;
        await next(http);
    };

    /// <summary>For requests under way when the node stops; a host is given some thirty seconds.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>The body of an idempotent write is read twice: by the handler, and to tell a repeat from another request.</summary>
    static Task KeepBodyReadable(HttpContext http, Func<Task> next)
    {
        if (http.Request.Headers.ContainsKey(OnceFilter.Header) && !http.Request.HasFormContentType)
            http.Request.EnableBuffering();
        return next();
    }
}
