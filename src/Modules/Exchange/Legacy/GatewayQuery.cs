using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>
/// The gateway for systems that speak plain JSON: <c>POST /gateway/query</c> with what is asked, answered with rows and the
/// references of both logs. The node signs for them; they need no key of the region.
/// </summary>
static class GatewayQuery
{
    const int LargestBody = 64 * 1024;

    /// <param name="Provider">Node id.</param>
    sealed record Body(string Provider, string Resource, IReadOnlyList<string>? Fields, IReadOnlyDictionary<string, string>? Parameters, string? Purpose, string? CaseReference, string? ConsentId);

    public static async Task<IResult> Handle(HttpContext http, LegacyDoor door, CancellationToken ct)
    {
        var client = await door.Admit(http.Request, ct);
        if (!client.Ok)
            return client.Error.AsResult();
        var read = await Read<Body>(http.Request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        if (read.Value is not { Provider: not null, Resource: not null } asked)
            return Malformed.AsResult();
        var answer = await door.Ask(client.Value, new LegacyQuestion(asked.Provider, asked.Resource, asked.Fields, asked.Parameters ?? new Dictionary<string, string>(), asked.Purpose, asked.CaseReference ?? "", asked.ConsentId, null), ct);
        return answer.Ok
            ? Results.Json(new { exchangeId = answer.Value.ExchangeId, provider = answer.Value.ProviderNode, department = answer.Value.Department, asOf = answer.Value.AsOf.ToUnixTimeMilliseconds(), agreement = answer.Value.AgreementId, logIndex = answer.Value.ConsumerLogIndex, providerLogIndex = answer.Value.ProviderLogIndex, rows = answer.Value.Rows }, DirectoryDocument.Json)
            : answer.Error.AsResult();
    }

    public static async Task<Result<T>> Read<T>(HttpRequest request, CancellationToken ct) where T : class
    {
        if (request.ContentLength > LargestBody)
            return Error.Invalid("gateway.too-large", "请求过大", "The request is too large", "body");
        using var buffer = new MemoryStream();
        var block = new byte[8192];
        for (int read; (read = await request.Body.ReadAsync(block, ct)) > 0;)
        {
            if (buffer.Length + read > LargestBody)
                return Error.Invalid("gateway.too-large", "请求过大", "The request is too large", "body");
            buffer.Write(block, 0, read);
        }
        try
        {
            return JsonSerializer.Deserialize<T>(buffer.ToArray(), DirectoryDocument.Json) is { } value ? value : Malformed;
        }
        catch (JsonException)
        {
            return Malformed;
        }
    }

    public static readonly Error Malformed = Error.Invalid("gateway.malformed", "请求不是所要求的 JSON", "The request is not the JSON that is wanted", "body", "请按接入说明填写", "See docs/exchange.md");
}
