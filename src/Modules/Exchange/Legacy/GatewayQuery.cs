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
    internal sealed record Body(string Provider, string Resource, IReadOnlyList<string>? Fields, IReadOnlyDictionary<string, string>? Parameters, string? Purpose, string? CaseReference, string? ConsentId);

    public static async Task<IResult> Handle(HttpContext http, LegacyDoor door, CancellationToken ct)
    {
        var client = await door.Admit(http.Request, ct);
        if (!client.Ok)
            return client.Error.AsResult();
        var body = await Read(http.Request, ct);
        if (!body.Ok)
            return body.Error.AsResult();
        if (Parse<Body>(body.Value) is not { Provider: not null, Resource: not null } asked)
            return Malformed.AsResult();
        var answer = await door.Ask(client.Value, new LegacyQuestion(asked.Provider, asked.Resource, asked.Fields, asked.Parameters ?? new Dictionary<string, string>(), asked.Purpose, asked.CaseReference ?? "", asked.ConsentId), ct);
        return answer.Ok
            ? Results.Json(new { exchangeId = answer.Value.ExchangeId, provider = answer.Value.ProviderNode, department = answer.Value.Department, asOf = answer.Value.AsOf.ToUnixTimeMilliseconds(), agreement = answer.Value.AgreementId, logIndex = answer.Value.ConsumerLogIndex, providerLogIndex = answer.Value.ProviderLogIndex, deleteAt = answer.Value.DeleteAt?.ToUnixTimeMilliseconds(), rows = answer.Value.Rows, withheld = answer.Value.Withheld?.Groups, withheldOrMore = answer.Value.Withheld?.OrMore }, DirectoryDocument.Json)
            : answer.Error.AsResult();
    }

    /// <summary>The body, refused beyond 64 KB before more of it is read.</summary>
    public static async Task<Result<byte[]>> Read(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > LargestBody)
            return TooLarge;
        using var buffer = new MemoryStream();
        var block = new byte[8192];
        for (int read; (read = await request.Body.ReadAsync(block, ct)) > 0;)
        {
            if (buffer.Length + read > LargestBody)
                return TooLarge;
            buffer.Write(block, 0, read);
        }
        return buffer.ToArray();
    }

    /// <summary>Null when it is not the JSON that is wanted.</summary>
    public static T? Parse<T>(byte[] body) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, DirectoryDocument.Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static readonly Error TooLarge = Error.Invalid("gateway.too-large", "请求超过 64 KB", "The request is larger than 64 KB", "body");

    public static readonly Error Malformed = Error.Invalid("gateway.malformed", "请求不是所要求的 JSON", "The request is not the JSON that is wanted", "body", "请按接入说明填写", "See docs/exchange.md");
}
