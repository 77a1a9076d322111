using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Stands before the doors of both nodes: what comes to one may be seen, held up or cut off, as on a bad line.</summary>
sealed class Gate : IStartupFilter
{
    /// <summary>Node asked, path; false cuts the line.</summary>
    public Func<string, string, Task<bool>> Passes { get; set; } = (_, _) => Task.FromResult(true);

    public void Watch(WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter>(this);

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (http, on) =>
        {
            if (!await Passes(http.RequestServices.GetRequiredService<NodeIdentity>().Id, http.Request.Path))
                http.Abort();
            else
                await on(http);
        });
        next(app);
    };
}
