using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>A problem document that another node signed, as the <see cref="Error"/> it was there.</summary>
static class PeerProblem
{
    public static Error Read(int status, ReadOnlyMemory<byte> content)
    {
        var kind = status switch
        {
            400 => ErrorKind.Invalid,
            404 => ErrorKind.NotFound,
            403 => ErrorKind.Forbidden,
            409 => ErrorKind.Conflict,
            422 => ErrorKind.Unsupported,
            _ => ErrorKind.Unavailable,
        };
        try
        {
            using var problem = JsonDocument.Parse(content);
            string? Text(string name) => problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            if (Text("title") is { } code && Text("detail") is { } detail)
                return new Error(kind, code, detail, Text("detailEn") ?? detail, Text("where"), Text("todo"), Text("todoEn"));
            // Errors of the Dataspace Protocol.
            if (Text("code") is { } given && problem.RootElement.TryGetProperty("reason", out var reasons) && reasons.ValueKind == JsonValueKind.Array && reasons.GetArrayLength() > 0 && reasons.EnumerateArray().All(r => r.ValueKind == JsonValueKind.String))
                return new Error(kind, given, reasons[0].GetString()!, reasons[reasons.GetArrayLength() - 1].GetString()!);
        }
        catch (JsonException)
        {
            // Signed, but not a problem document: answered below.
        }
        return new Error(kind, "peer.refused", $"对方节点拒绝了请求（{status}）", $"The other node refused the request ({status})");
    }
}
