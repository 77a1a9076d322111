using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>Reading and writing of the Dataspace Protocol's messages (2025-1, HTTPS binding): compacted JSON-LD of the published context.</summary>
static class DspMessage
{
    public const string Context = "https://w3id.org/dspace/2025/1/context.jsonld";

    /// <summary>Of terms of ours that neither the protocol nor ODRL has.</summary>
    public const string Ours = "urn:tongban:";

    /// <summary>Carries the signed agreement (a JWS in general JSON serialization, as text) beside its ODRL view.</summary>
    public const string Document = Ours + "document";

    public static JsonObject New(string type) => new() { ["@context"] = new JsonArray(Context), ["@type"] = type };

    public static JsonObject New(string type, string providerPid, string consumerPid)
    {
        var message = New(type);
        message["providerPid"] = providerPid;
        message["consumerPid"] = consumerPid;
        return message;
    }

    /// <summary>The body, if it is a message of this type.</summary>
    public static Result<JsonElement> Read(ReadOnlyMemory<byte> body, string type)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(body);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return Malformed("body");
        }
        if (root.ValueKind != JsonValueKind.Object || (body.Span.IndexOf("\\u"u8) >= 0 && !IsText(root)))
            return Malformed("body");
        if (!root.TryGetProperty("@context", out var context) || context.ValueKind != JsonValueKind.Array || !context.EnumerateArray().Any(c => c.ValueKind == JsonValueKind.String && c.ValueEquals(Context)))
            return Malformed("@context");
        return Text(root, "@type") == type ? root : Malformed("@type");
    }

    /// <summary>False when a name or a text holds half of a character (an escaped lone surrogate) or none (U+0000): no reader or no database after this could take it.</summary>
    static bool IsText(JsonElement element)
    {
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.Object => element.EnumerateObject().All(p => !p.Name.Contains('\0') && IsText(p.Value)),
                JsonValueKind.Array => element.EnumerateArray().All(IsText),
                JsonValueKind.String => !element.GetString()!.Contains('\0'),
                _ => true,
            };
        }
        catch (InvalidOperationException e) when (JsonReading.IsOfInput(e))
        {
            return false;
        }
    }

    public static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>An id of a process: what may stand in a path as it is.</summary>
    public static bool IsPid(string? pid) => pid is { Length: > 0 and <= 128 } && pid.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or ':');

    public static string NewPid() => $"urn:uuid:{Guid.CreateVersion7():D}";

    /// <summary>Answers go to the member's endpoint of the directory and to nowhere else, whatever a message asks for.</summary>
    public static Result<string> CallbackOf(JsonElement message, MemberEntry from)
    {
        if (Text(message, "callbackAddress") is not { Length: <= 256 } address)
            return Malformed("callbackAddress");
        return address.StartsWith(from.Endpoint + "/", StringComparison.Ordinal) && address[from.Endpoint.Length..].TrimEnd('/') is var path && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_') && PeerPaths.Are(path)
            ? path
            : Error.Invalid("dsp.callback", "回调地址必须在名录登记的地址之下", "The callback address must lie below the member's endpoint in the directory", "callbackAddress", "请改用名录中的地址", "Use the address of the directory");
    }

    /// <summary>The first reason given, as text of a length that is kept.</summary>
    public static string? ReasonOf(JsonElement message) =>
        message.TryGetProperty("reason", out var reasons) && reasons.ValueKind == JsonValueKind.Array && reasons.GetArrayLength() > 0 && reasons[0].ValueKind == JsonValueKind.String && reasons[0].GetString() is { } text
            ? Cut(text, 500)
            : null;

    /// <summary>What another node says is kept to this length, and never with half a character at its end.</summary>
    public static string Cut(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    public static Error Malformed(string where) => Error.Invalid("dsp.malformed", $"报文不符合数据空间协议：{where}", $"Not a message of the Dataspace Protocol: {where}", where,
        "请核对协议 2025-1 的模式", "Check it against the schemas of the protocol, 2025-1");

    /// <summary>An illegal transition is answered with 400, what the caller may not know of with 404.</summary>
    public static IResult Refuse(string type, Error error, string? providerPid = null, string? consumerPid = null)
    {
        var answer = New(type);
        if (type != CatalogError)
            (answer["providerPid"], answer["consumerPid"]) = (providerPid ?? "", consumerPid ?? "");
        answer["code"] = error.Code;
        answer["reason"] = new JsonArray(error.Detail, error.DetailEn);
        return Json(answer, ErrorResult.Status(error.Kind) is var status and (404 or 503) ? status : StatusCodes.Status400BadRequest);
    }

    public const string CatalogError = "CatalogError";

    public static IResult Json(JsonObject message, int status = StatusCodes.Status200OK) => Results.Text(message.ToJsonString(DirectoryDocument.Json), "application/json", statusCode: status);
}
