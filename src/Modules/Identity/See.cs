using Microsoft.AspNetCore.Http;

namespace Tongban.Identity;

/// <summary>303: what a browser does after a form.</summary>
static class See
{
    public static IResult Other(string location) => new SeeOther(location);

    /// <summary>A place on this node to go back to; anything else becomes <paramref name="otherwise"/>, so that no link leads a person away.</summary>
    public static string Local(string? url, string otherwise) =>
        url is { Length: > 0 and < 4096 } && url[0] == '/' && !url.StartsWith("//", StringComparison.Ordinal) && !url.Contains('\\') && !url.Any(char.IsControl)
            ? url
            : otherwise;

    sealed class SeeOther(string location) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => StatusCodes.Status303SeeOther;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = location;
            return Task.CompletedTask;
        }
    }
}
