using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Everything that crosses the wire below <c>/dsp</c>, both ways, to be validated against the published schemas.</summary>
sealed class DspWire : IStartupFilter
{
    readonly ConcurrentQueue<string> seen = new();

    public void Clear() => seen.Clear();

    public int Count => seen.Count;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(Listen);
        next(app);
    };

    async Task Listen(HttpContext http, Func<Task> next)
    {
        if (!http.Request.Path.StartsWithSegments("/dsp") && !http.Request.Path.StartsWithSegments("/.well-known/dspace-version"))
        {
            await next();
            return;
        }
        http.Request.EnableBuffering();
        using (var reader = new StreamReader(http.Request.Body, Encoding.UTF8, leaveOpen: true))
            Keep(await reader.ReadToEndAsync());
        http.Request.Body.Position = 0;
        var stream = http.Response.Body;
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        await next();
        http.Response.Body = stream;
        // What is refused before it reaches the protocol is a problem document of ours.
        if (http.Response.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true)
            Keep(Encoding.UTF8.GetString(answer.ToArray()));
        answer.Position = 0;
        await answer.CopyToAsync(stream);
    }

    public void Keep(string text)
    {
        if (text.Length > 0)
            seen.Enqueue(text);
    }

    static readonly Dictionary<string, string> Schemas = new()
    {
        ["CatalogRequestMessage"] = "catalog/catalog-request-message-schema.json",
        ["Catalog"] = "catalog/catalog-schema.json",
        ["Dataset"] = "catalog/dataset-schema.json",
        ["CatalogError"] = "catalog/catalog-error-schema.json",
        ["ContractRequestMessage"] = "negotiation/contract-request-message-schema.json",
        ["ContractOfferMessage"] = "negotiation/contract-offer-message-schema.json",
        ["ContractAgreementMessage"] = "negotiation/contract-agreement-message-schema.json",
        ["ContractAgreementVerificationMessage"] = "negotiation/contract-agreement-verification-message-schema.json",
        ["ContractNegotiationEventMessage"] = "negotiation/contract-negotiation-event-message-schema.json",
        ["ContractNegotiationTerminationMessage"] = "negotiation/contract-negotiation-termination-message-schema.json",
        ["ContractNegotiation"] = "negotiation/contract-negotiation-schema.json",
        ["ContractNegotiationError"] = "negotiation/contract-negotiation-error-schema.json",
        ["TransferRequestMessage"] = "transfer/transfer-request-message-schema.json",
        ["TransferStartMessage"] = "transfer/transfer-start-message-schema.json",
        ["TransferCompletionMessage"] = "transfer/transfer-completion-message-schema.json",
        ["TransferSuspensionMessage"] = "transfer/transfer-suspension-message-schema.json",
        ["TransferTerminationMessage"] = "transfer/transfer-termination-message-schema.json",
        ["TransferProcess"] = "transfer/transfer-process-schema.json",
        ["TransferError"] = "transfer/transfer-error-schema.json",
    };

    public static string? Missing =>
        ProjectRoot.Conformance("dsp") is null ? "The protocol's schemas do not lie beside the project (conformance/dsp); set TONGBAN_CONFORMANCE."
        : !NodeScript.Has("ajv") ? "npm's ajv is not installed: run 'npm ci' in tests/peers (./test does)."
        : null;

    /// <summary>Which kinds of message were seen; every one of them was valid, but those a test garbled on purpose.</summary>
    /// <param name="garbled">Of a body that was sent wrong by intent.</param>
    public async Task<IReadOnlySet<string>> AllValid(Func<JsonNode?, bool>? garbled = null)
    {
        var messages = seen.Select(text => JsonNode.Parse(text)).Where(m => garbled?.Invoke(m) != true).Select(m => m!.AsObject()).ToList();
        string Kind(JsonObject message) => (string?)message["@type"] ?? "Versions";
        var wrong = await Validate(messages.Select(m => (Schemas.GetValueOrDefault(Kind(m), "common/protocol-version-schema.json"), (JsonNode)m)));
        for (var i = 0; i < wrong.Count; i++)
            Assert.True(wrong[i] is null, $"{wrong[i]}\n{messages[i].ToJsonString()}");
        return messages.Select(Kind).ToHashSet();
    }

    public static async Task<List<string?>> Validate(IEnumerable<(string Schema, JsonNode Message)> messages)
    {
        var input = new JsonObject { ["folder"] = ProjectRoot.Conformance("dsp"), ["messages"] = new JsonArray([.. messages.Select(m => new JsonObject { ["schema"] = m.Schema, ["message"] = m.Message.DeepClone() })]) };
        var result = await NodeScript.Run("tests/peers/dsp-schemas.mjs", input, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        return [.. result.EnumerateArray().Select(r => r.ValueKind == JsonValueKind.Null ? null : r.GetString())];
    }
}
