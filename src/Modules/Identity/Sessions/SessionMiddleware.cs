using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;

namespace Tongban.Identity.Sessions;

static class SessionMiddleware
{
    public static void UseSessions(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        if (!PeerPaths.Are(http.Request.Path)
            && http.RequestServices.GetRequiredService<SessionCookie>().Read(http.Request) is { } secret
            && await http.RequestServices.GetRequiredService<Sessions>().Find(secret, http.RequestAborted) is { } session)
        {
            http.Features.Set(session);
            http.RequestServices.GetRequiredService<CurrentActor>().Become(session.Actor);
        }
        await next(http);
    });
}
