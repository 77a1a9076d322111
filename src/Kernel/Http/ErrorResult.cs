using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace Tongban.Kernel.Http;

/// <summary>Shows an error as a page to a person; the Web project implements it.</summary>
public interface IProblemPage
{
    Task Show(HttpContext http, int status, Error error);
}

/// <summary>The one way an <see cref="Error"/> leaves the node: a problem document (RFC 9457), or a page for a browser.</summary>
/// <param name="status">HTTP status when it is narrower than the kind's, such as 413.</param>
public sealed class ErrorResult(Error error, int? status = null) : IResult, IStatusCodeHttpResult
{
    readonly int statusCode = status ?? Status(error.Kind);

    public const string TypeBase = "urn:tongban:problem:";

    public Error Error => error;

    public int? StatusCode => statusCode;

    public static int Status(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => 400,
        ErrorKind.NotFound => 404,
        ErrorKind.Forbidden => 403,
        ErrorKind.Conflict => 409,
        ErrorKind.Unavailable => 503,
        ErrorKind.Unsupported => 422,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (WantsPage(httpContext.Request) && httpContext.RequestServices.GetService<IProblemPage>() is { } page)
            return page.Show(httpContext, statusCode, error);
        httpContext.Response.StatusCode = statusCode;
        return httpContext.Response.WriteAsJsonAsync(Document(error, statusCode), (System.Text.Json.JsonSerializerOptions?)null, "application/problem+json");
    }

    public static ProblemDetails Document(Error error, int status)
    {
        var problem = new ProblemDetails { Type = TypeBase + error.Code, Title = error.Code, Status = status, Detail = error.Detail };
        problem.Extensions["detailEn"] = error.DetailEn;
        if (error.Where is not null)
            problem.Extensions["where"] = error.Where;
        problem.Extensions["todo"] = error.Next.Zh;
        problem.Extensions["todoEn"] = error.Next.En;
        if (error.See is not null)
            problem.Extensions["see"] = error.See.Href;
        if (error.Also.Count > 0)
            problem.Extensions["errors"] = error.Also.Select(e => new { code = e.Code, detail = e.Detail, detailEn = e.DetailEn, where = e.Where }).ToList();
        return problem;
    }

    static bool WantsPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}

public static class Errors
{
    public static ErrorResult AsResult(this Error error) => new(error);
}
