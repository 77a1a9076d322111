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
            // Whoever hung up is waited for no longer: held up to the end, it would hold up the node's stop.
            var passes = Passes(http.RequestServices.GetRequiredService<NodeIdentity>().Id, http.Request.Path).WaitAsync(http.RequestAborted);
            await ((Task)passes).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (passes.IsCompletedSuccessfully && await passes)
                await on(http);
            else
                http.Abort();
        });
        next(app);
    };
}
