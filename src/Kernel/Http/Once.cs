using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Kernel.Http;

/// <summary>A write that was asked for with an idempotency key, and what was answered.</summary>
[NoRowRule("Found only by the caller's own id and key; holds addresses of answers, no content.")]
public sealed class OnceRow
{
    public required string ActorId { get; set; }

    public required string Key { get; set; }

    public required string Route { get; set; }

    /// <summary>SHA-256 of what identifies the request; the same key with another request is refused.</summary>
    public required string RequestHash { get; set; }

    public int Status { get; set; }

    public string? Location { get; set; }

    public string? Body { get; set; }

    public long At { get; set; }
}

/// <summary>
/// Makes a write idempotent. The use case states its answer before it saves (<see cref="Answer"/>), so that the answer is
/// committed with the change; the same key asked again, even at the same moment or after a crash, gets that answer and
/// changes nothing.
/// </summary>
public sealed class Once(NodeDb db, TimeProvider clock)
{
    OnceRow? row;

    internal void Begin(string actorId, string key, string route, string requestHash) =>
        row = new OnceRow { ActorId = actorId, Key = key, Route = route, RequestHash = requestHash, At = clock.GetUtcNow().ToUnixTimeMilliseconds() };

    /// <summary>States what is answered. Call before saving the change.</summary>
    /// <param name="location">Where a browser is sent (303) or what was created (201).</param>
    /// <param name="body">JSON for API callers; must hold no personal data.</param>
    public void Answer(int status, string? location, string? body = null)
    {
        if (row is null)
            return;
        row.Status = status;
        row.Location = location;
        row.Body = body;
        if (db.Entry(row).State == EntityState.Detached)
            db.Add(row);
    }
}

public static class OnceFilter
{
    public const string Header = "Idempotency-Key";

    /// <summary>
    /// Puts <see cref="Once"/> before a write. The key comes in the header, or in the hidden field of the same name of a form.
    /// A request without a key is refused, so that no write is ever ambiguous.
    /// </summary>
    public static RouteHandlerBuilder WithOnce(this RouteHandlerBuilder route) => route.AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
        var key = await Key(http);
        if (key is null or { Length: > 128 })
        {
            return Error.Invalid("idempotency.key-missing", "请求缺少防重复提交的编号", "The request carries no idempotency key",
                Header, "请刷新页面后重新提交", "Reload the page and submit again, or send the header").AsResult();
        }
        var db = http.RequestServices.GetRequiredService<NodeDb>();
        var actor = http.RequestServices.GetRequiredService<CurrentActor>().Actor;
        var path = http.Request.Path.Value ?? "";
        var hash = await RequestHash(http.Request, actor);
        if (await Find(db, actor.Id, key) is { } before)
            return Again(before, path, hash);
        http.RequestServices.GetRequiredService<Once>().Begin(actor.Id, key, path, hash);
        try
        {
            return await next(context);
        }
        catch (DbUpdateException e) when (UniqueViolation.Is(e))
        {
            db.ChangeTracker.Clear();
            if (await Find(db, actor.Id, key) is { } meanwhile)
                return Again(meanwhile, path, hash);
            throw;
        }
    });

    static async Task<string?> Key(HttpContext http)
    {
        var header = http.Request.Headers[Header].ToString();
        if (header.Length > 0)
            return header;
        if (!http.Request.HasFormContentType)
            return null;
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        return form[Header].ToString() is { Length: > 0 } field ? field : null;
    }

    static Task<OnceRow?> Find(NodeDb db, string actorId, string key) =>
        db.Set<OnceRow>().AsNoTracking().SingleOrDefaultAsync(o => o.ActorId == actorId && o.Key == key);

    static IResult Again(OnceRow row, string path, string hash)
    {
        if (row.Route != path || row.RequestHash != hash)
        {
            return Error.Conflict("idempotency.key-reused", "这个防重复编号已用于另一个请求", "This idempotency key was used for another request",
                "请刷新页面后重新提交", "Use a new key for a new request").AsResult();
        }
        return new OnceAnswer(row.Status, row.Location, row.Body);
    }

    /// <summary>Of whoever it is done for, and of a form, its fields but for the key and the antiforgery token, and its files' names and content; of a body, its content.</summary>
    static async Task<string> RequestHash(HttpRequest request, Actor actor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(text));
            hash.AppendData([0]);
        }
        // One account may act for itself, for a child and for a company, and in several roles.
        Add($"{actor.Role} {actor.Department} {actor.SubjectKey}");
        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            foreach (var field in form.OrderBy(f => f.Key, StringComparer.Ordinal))
            {
                if (field.Key == Header || field.Key.StartsWith("__", StringComparison.Ordinal))
                    continue;
                Add(field.Key);
                Add(field.Value.ToString());
            }
            foreach (var file in form.Files)
            {
                Add(file.Name);
                Add(file.FileName);
                using var content = file.OpenReadStream();
                hash.AppendData(await SHA256.HashDataAsync(content, request.HttpContext.RequestAborted));
            }
        }
        else
        {
            // A bound body was read before this filter runs, and the host kept it; one that the handler reads itself is kept here.
            request.EnableBuffering();
            request.Body.Position = 0;
            var bytes = await SHA256.HashDataAsync(request.Body, request.HttpContext.RequestAborted);
            request.Body.Position = 0;
            hash.AppendData(bytes);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}

/// <summary>The answer of a write, first time or again.</summary>
public sealed class OnceAnswer(int status, string? location, string? body) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        if (location is not null)
            httpContext.Response.Headers.Location = location;
        if (body is not null)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await httpContext.Response.WriteAsync(body);
        }
    }
}
