using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Exchange.Connectors;

/// <summary>What the department's service does next, and what it was asked.</summary>
sealed class Department : IAsyncDisposable
{
    readonly WebApplication app;

    public Func<HttpContext, Task> Answer { get; set; } = _ => Task.CompletedTask;

    public int Asked;

    public string Url { get; } = $"http://127.0.0.1:{Ports.Take(1)[0]}";

    public Department()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url);
        app = builder.Build();
        app.Run(http =>
        {
            Interlocked.Increment(ref Asked);
            return Answer(http);
        });
    }

    public Task Start() => app.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    public static Func<HttpContext, Task> Json(string text) => http =>
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(text);
    };

    public static Func<HttpContext, Task> Status(int status) => http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };
}
