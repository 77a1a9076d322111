using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;

namespace Tongban.Web;

/// <summary>The Console's own address leads to the first entry that the actor may follow: what their work begins with.</summary>
static class ConsoleHome
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(routes.ServiceProvider.GetRequiredService<WebOptions>().ConsolePath, Lead).Only(Allow.Staff)
            // A room that draws a start page of its own at this address goes before.
            .WithOrder(1000);

    static IResult Lead(Navigation navigation, CurrentActor current) =>
        navigation.At(NavPlace.Console, current.Actor).FirstOrDefault() is { } first
            ? TypedResults.Redirect(first.Href)
            : Error.NotFound("web.no-work", "您的角色在工作台上没有可做的事", "Your role has no work on the console").AsResult();
}
