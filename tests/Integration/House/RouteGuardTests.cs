using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Node;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>A route that states nobody stops the start, whatever its shape; were it there all the same, it would answer nobody.</summary>
public sealed class RouteGuardTests
{
    static readonly Dictionary<string, Action<WebApplication>> Shapes = new()
    {
        ["a read"] = app => app.MapGet("/open", () => "open"),
        ["a write"] = app => app.MapPost("/open", () => "open"),
        ["several methods"] = app => app.MapMethods("/open", ["GET", "PUT", "PROPFIND"], () => "open"),
        ["any method"] = app => app.Map("/open", (HttpContext http) => http.Response.WriteAsync("open")),
        ["a page"] = app => app.MapGet("/open", () => new RazorComponentResult<Microsoft.AspNetCore.Components.Routing.NavLink>()),
        ["in a group"] = app => app.MapGroup("/in").MapGroup("/side").MapGet("/open", () => "open"),
        ["beside a group that states it"] = app =>
        {
            app.MapGroup("/peer").Only(Allow.Peer).MapPost("/inbox", () => "in");
            app.MapPost("/peer/open", () => "open");
        },
        ["a fallback"] = app => app.MapFallback("/open/{*rest}", () => "open").WithDisplayName("open"),
        ["one that says authorization of the framework's"] = app => app.MapGet("/open", () => "open").RequireAuthorization(),
    };

    public static TheoryData<string> ShapeNames() => [.. Shapes.Keys];

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public async Task A_route_that_states_nobody_stops_the_start(string shape)
    {
        await using var app = App();
        app.MapGet("/stated", () => "stated").Only(Allow.Anyone);
        RouteGuard.RequireRules(app);
        Shapes[shape](app);
        var refused = Assert.Throws<InvalidOperationException>(() => RouteGuard.RequireRules(app));
        Assert.Contains("do not state who may call them", refused.Message, StringComparison.Ordinal);
        Assert.Contains("open", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("stated", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("inbox", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_answers_only_those_whom_it_states()
    {
        await using var app = App();
        app.Use((http, next) =>
        {
            http.RequestServices.GetRequiredService<CurrentActor>().Become(ActAs.Of(Enum.Parse<Role>(http.Request.Headers[ActAs.Header].ToString())));
            return next(http);
        });
        app.UseRouting();
        app.UseRouteGuard();
        app.MapGet("/nobody", () => "open");
        app.MapGet("/officers", () => "open").Only(Allow.Roles(Role.Officer));
        var group = app.MapGroup("/peer").Only(Allow.Peer);
        group.MapGet("/theirs", () => "open");
        group.MapGet("/narrower", () => "open").Only(Allow.Roles(Role.Auditor));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        foreach (var role in Enum.GetValues<Role>())
        {
            Assert.Equal(HttpStatusCode.Forbidden, await Ask("/nobody"));
            Assert.Equal(role == Role.Officer, await Ask("/officers") == HttpStatusCode.OK);
            Assert.Equal(role == Role.Peer, await Ask("/peer/theirs") == HttpStatusCode.OK);
            Assert.Equal(role == Role.Auditor, await Ask("/peer/narrower") == HttpStatusCode.OK);

            async Task<HttpStatusCode> Ask(string path)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                request.Headers.Add(ActAs.Header, role.ToString());
                using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
                return answer.StatusCode;
            }
        }
    }

    static WebApplication App()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddScoped<CurrentActor>();
        return builder.Build();
    }
}
