using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Node;
using Tongban.Tests.Integration.Exchange;
using Tongban.Tests.Integration.Faults;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Samples;

/// <summary>
/// Nodes of a region are not renewed on one day. Of every message that crosses nodes a sample of every released version is kept in
/// <c>v1</c>, …; whoever changes a message sees here what older nodes still send. A sample is added, never changed.
/// </summary>
public sealed class SampleTests(OneRegion region) : IClassFixture<OneRegion>
{
    const string Events = "event.";

    static readonly string Folder = Path.Combine(ProjectRoot.Path, "tests", "Integration", "Samples");

    /// <summary>Reads as the node does and writes again all that it understood; null when it refused.</summary>
    /// <param name="Route">Where it is sent to, or from where it is answered; null for what stands inside others.</param>
    sealed record Message(string Name, string? Route, Func<byte[], string?> Read);

    static string? Text(byte[]? json) => json is null ? null : Encoding.UTF8.GetString(json);

    /// <summary>Messages that are read by their type.</summary>
    static Message Typed<T>(string name, string? route) where T : class =>
        new(name, route, json => JsonSerializer.Deserialize<T>(json, DirectoryDocument.Json) is { } read ? JsonSerializer.Serialize(read, DirectoryDocument.Json) : null);

    static Message Number(string name, string route, string member) => new(name, route, json => Text(NumberMessage.Read(json, member) is { } number ? NumberMessage.Write(member, number) : null));

    static Message Dsp(string name, string route, string type) => new(name, route, json => DspMessage.Read(json, type) is { Ok: true, Value: var read } ? read.GetRawText() : null);

    static string? ReadAnswer(byte[] json) => QueryAnswer.Parse(json) is { Ok: true, Value: var read }
        ? Text(QueryAnswer.Write(read.ExchangeId, read.Provider, read.Department, read.Resource, read.AsOf, read.LogIndex, read.RowsJson.ToArray(), read.Withholding, read.Withheld)) : null;

    static readonly Message[] Messages =
    [
        new("query", "/peer/query", json => QueryMessage.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        new("query-answer", "/peer/query", ReadAnswer),
        new("query-answer-groups", "/peer/query", ReadAnswer),
        new("queries", "/peer/queries", json => QueriesMessage.Parse(json) is { Ok: true, Value: var read } ? Text(QueriesMessage.Write([.. read.Select(q => QueryMessage.Parse(q.Span).Value.ToJson())])) : null),
        new("queries-answer", "/peer/queries", json => AnswersMessage.Parse(json, 2) is [{ Ok: true, Value: var answer }, { Ok: false, Error: var error }]
            ? new JsonObject { ["v"] = 1, ["answers"] = new JsonArray(new JsonObject { ["status"] = 200, ["answer"] = JsonNode.Parse(answer.Span) }, new JsonObject { ["status"] = 403, ["problem"] = new JsonObject { ["type"] = "urn:tongban:problem:" + error.Code, ["status"] = 403, ["title"] = error.Code, ["detail"] = error.Detail, ["detailEn"] = error.DetailEn, ["todo"] = error.Todo, ["todoEn"] = error.TodoEn } }) }.ToJsonString() : null),
        new("sealed-answer", "/peer/sealed", json => Text(SealedAnswers.Parse(json)?.ToJson())),
        new("subscription", "/peer/subscriptions", json => SubscribeMessage.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        Number("subscription-answer", "/peer/subscriptions", "offset"),
        Number("replay", "/peer/subscriptions/{id}/replay", "from"),
        Number("replay-answer", "/peer/subscriptions/{id}/replay", "offset"),
        new("end", "/peer/subscriptions/{id}/end", json => json.Length == 2 ? Text(json) : null),
        new("changes", "/peer/changes", json => ChangesMessage.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        new("changes-ended", "/peer/changes", json => ChangesMessage.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        Number("changes-answer", "/peer/changes", "taken"),
        new("acks", "/peer/acks", json => AckMessage.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        new("acks-epoch", "/peer/acks", json => AckMessage.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        new("acks-answer", "/peer/acks", json => AckReply.Read(json) is { } read ? JsonSerializer.Serialize(read, DirectoryDocument.Json) : null),
        new("acks-answer-lost", "/peer/acks", json => AckReply.Read(json) is { } read ? JsonSerializer.Serialize(read, DirectoryDocument.Json) : null),
        new("metering", "/peer/metering", json => MeteringRequest.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        new("metering-exchanges", "/peer/metering", json => MeteringRequest.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        new("metering-answer", "/peer/metering", json => MeteringReply.Read(json) is { } read ? JsonSerializer.Serialize(read, DirectoryDocument.Json) : null),
        new("counts-answer", "/peer/counts", json => MonthlyCounts.Read(json, TwoNodes.Anhui) is { } read ? JsonSerializer.Serialize(read, DirectoryDocument.Json) : null),
        new("bulk", "/peer/bulk", json => QueryMessage.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToJson()) : null),
        new("bulk-answer", "/peer/bulk", json => BulkStatus.Read(json) is { } read ? JsonSerializer.Serialize(read, DirectoryDocument.Json) : null),
        Typed<BulkManifest>("bulk-manifest", null),
        Typed<BulkManifest>("bulk-manifest-groups", null),
        Typed<EventMessage>("event", "/peer/events"),
        Typed<EventReply>("event-answer", "/peer/events"),
        Typed<RecordsRequest>("records", "/peer/records"),
        Typed<RecordsReply>("records-answer", "/peer/records"),
        Typed<TakeCosignature.Message>("cosignature", "/peer/log/cosignatures"),
        Typed<LogRoutes.Proof>("consistency-answer", "/peer/log/consistency"),
        new("checkpoint-answer", "/peer/log/checkpoint", json => SignedNote.Parse(Encoding.UTF8.GetString(json)).Ok && Checkpoint.Parse(Encoding.UTF8.GetString(json).Split("\n\n")[0] + "\n").Ok ? Encoding.UTF8.GetString(json) : null),
        new("catalogue-answer", "/peer/catalogue", json => CatalogueDocument.Parse(Encoding.UTF8.GetString(json)) is { Ok: true, Value: var read } ? read.ToJson() : null),
        new("catalogue-answer-groups", "/peer/catalogue", json => CatalogueDocument.Parse(Encoding.UTF8.GetString(json)) is { Ok: true, Value: var read } ? read.ToJson() : null),
        new("catalogue-index", "/peer/catalogue/pages", json => CatalogueIndexMessage.Parse(Encoding.UTF8.GetString(json)) is { Ok: true, Value: var read } ? JsonSerializer.Serialize(read, DirectoryDocument.Json) : null),
        new("catalogue-answer", "/peer/catalogue/pages/{id}", json => CatalogueDocument.Parse(Encoding.UTF8.GetString(json)) is { Ok: true, Value: var read } ? read.ToJson() : null),
        new("needs", "/peer/needs", json => NeedsMessage.Read(json, "CN-YRD/310000") is { } read ? JsonSerializer.Serialize(read, DirectoryDocument.Json) : null),
        Typed<SignedDocument>("signed-document", "/peer/directory/proposals"),
        Typed<List<Proposal>>("proposals-answer", "/peer/directory/proposals"),
        Typed<DirectoryDocument>("directory", "/peer/directory"),
        new("standard", "/peer/standards/{hash}", json => StandardDocument.Parse(json) is { Ok: true, Value: var read } ? Text(read.ToBytes()) : null),
        Typed<MemberEntry>("application", null),
        Typed<AgreementTerms>("agreement", null),
        Typed<AgreementTerms>("agreement-groups", null),
        Typed<ConsentArtefact>("consent", null),
        Dsp("dsp-catalog-request", "/dsp/catalog/request", "CatalogRequestMessage"),
        Dsp("dsp-contract-request", "/dsp/negotiations/request", "ContractRequestMessage"),
        Dsp("dsp-contract-request", "/dsp/negotiations/{pid}/request", "ContractRequestMessage"),
        Dsp("dsp-contract-offer", "/dsp/negotiations/offers", "ContractOfferMessage"),
        Dsp("dsp-contract-offer", "/dsp/negotiations/{pid}/offers", "ContractOfferMessage"),
        Dsp("dsp-contract-event", "/dsp/negotiations/{pid}/events", "ContractNegotiationEventMessage"),
        Dsp("dsp-contract-agreement", "/dsp/negotiations/{pid}/agreement", "ContractAgreementMessage"),
        Dsp("dsp-contract-verification", "/dsp/negotiations/{pid}/agreement/verification", "ContractAgreementVerificationMessage"),
        Dsp("dsp-contract-termination", "/dsp/negotiations/{pid}/termination", "ContractNegotiationTerminationMessage"),
        Dsp("dsp-contract-answer", "/dsp/negotiations/{pid}", "ContractNegotiation"),
        Dsp("dsp-transfer-request", "/dsp/transfers/request", "TransferRequestMessage"),
        Dsp("dsp-transfer-start", "/dsp/transfers/{pid}/start", "TransferStartMessage"),
        Dsp("dsp-transfer-suspension", "/dsp/transfers/{pid}/suspension", "TransferSuspensionMessage"),
        Dsp("dsp-transfer-completion", "/dsp/transfers/{pid}/completion", "TransferCompletionMessage"),
        Dsp("dsp-transfer-termination", "/dsp/transfers/{pid}/termination", "TransferTerminationMessage"),
        Dsp("dsp-transfer-answer", "/dsp/transfers/{pid}", "TransferProcess"),
        Dsp("dsp-dataset-answer", "/dsp/catalog/datasets/{id}", "Dataset"),
    ];

    /// <summary>Holds names of the sender's choice, as parameters and rows do: an unknown one among them is one more.</summary>
    static bool IsFree(string name, JsonObject at) => name is "parameters" or "rows" || at.All(m => m is { Key: "name", Value: JsonValue value } && value.ToString() == "value");

    IEnumerable<Message> All() => [.. Messages, .. Crossing().Select(t => new Message(Events + t.WireName, null, json =>
        TakeEvent.Reads(Encoding.UTF8.GetString(json), t.Type) ? JsonSerializer.Serialize(JsonSerializer.Deserialize(json, t.Type, EventTypes.Json), EventTypes.Json) : null))];

    IEnumerable<EventType> Crossing() => region.Nodes.Get<IEnumerable<EventType>>(TwoNodes.Anhui).DistinctBy(t => t.WireName).Where(t => EventTypes.CrossesNodes(t.Type));

    static IEnumerable<string> Versions() => Directory.GetDirectories(Folder).Where(d => Path.GetFileName(d) is ['v', ..]).Order(StringComparer.Ordinal);

    static IEnumerable<(string File, string Name)> Kept() => Versions().SelectMany(v => Directory.GetFiles(v)).Order(StringComparer.Ordinal).Select(f => (f, Path.GetFileNameWithoutExtension(f)));

    [Fact]
    public void Every_message_of_every_released_version_is_read_and_nothing_of_it_lost()
    {
        var readers = All().ToLookup(m => m.Name);
        foreach (var (file, name) in Kept())
        {
            var sample = File.ReadAllBytes(file);
            Assert.True(readers[name].Any(), $"Nothing reads {name} any more.");
            foreach (var reader in readers[name])
            {
                var read = reader.Read(sample);
                Assert.True(read is not null, $"{file} is refused.");
                Assert.True(Holds(read, Encoding.UTF8.GetString(sample)), $"{file} was read as\n{read}");
            }
        }
    }

    [Fact]
    public void A_member_of_tomorrow_is_ignored_at_every_level()
    {
        var (readers, added) = (All().ToLookup(m => m.Name), 0);
        foreach (var (file, name) in Kept().Where(s => s.File.EndsWith(".json", StringComparison.Ordinal)))
        {
            var sample = File.ReadAllText(file);
            for (var at = 0; ; at++)
            {
                var changed = JsonNode.Parse(sample)!;
                if (Objects(changed, "").ElementAtOrDefault(at) is not { At: { } level } found)
                    break;
                level["ofTomorrow"] = IsFree(found.Name, level) ? "x" : new JsonObject { ["a"] = new JsonArray(1, "b", new JsonObject()) };
                added++;
                foreach (var reader in readers[name].Where(r => r.Name != "end"))
                {
                    var read = reader.Read(Encoding.UTF8.GetBytes(changed.ToJsonString()));
                    Assert.True(read is not null && Holds(read, sample), $"{file}, object {at} ({found.Name}): {read ?? "refused"}");
                }
            }
        }
        Assert.InRange(added, 100, 10_000);
    }

    /// <summary>Taken from the routes and from the registered events, so that a new message without a sample is found.</summary>
    [Fact]
    public void No_message_is_without_a_sample()
    {
        var kept = Kept().Select(k => k.Name).ToHashSet();
        Assert.Equal([], All().Select(m => m.Name).Where(n => !kept.Contains(n)));
        // A file's content is anything, and the lines of a chunk are rows, as in an answer.
        string[] without = ["/peer/files/{hash}", "/peer/bulk/{id}/chunks/{n:int}"];
        var routes = RouteGuard.Endpoints(region.Nodes.App(TwoNodes.Anhui)).Where(e => e.Metadata.GetMetadata<RouteRule>() == Allow.Peer).Select(e => "/" + e.RoutePattern.RawText!.Trim('/')).Distinct();
        Assert.Equal([], routes.Except(without).Except(Messages.Select(m => m.Route!)).Order(StringComparer.Ordinal));
    }

    /// <summary>All of <paramref name="less"/> stands in <paramref name="more"/>, as it was.</summary>
    static bool Holds(string more, string less)
    {
        return less.TrimStart() is ['{' or '[', ..] ? In(JsonNode.Parse(more), JsonNode.Parse(less)) : more == less;

        static bool In(JsonNode? more, JsonNode? less) => (more, less) switch
        {
            (JsonObject a, JsonObject b) => b.All(m => m.Value is null || (a.TryGetPropertyValue(m.Key, out var held) && In(held, m.Value))),
            (JsonArray a, JsonArray b) => a.Count == b.Count && a.Zip(b).All(p => In(p.First, p.Second)),
            _ => JsonNode.DeepEquals(more, less),
        };
    }

    static IEnumerable<(string Name, JsonObject At)> Objects(JsonNode? node, string name) => node switch
    {
        JsonObject o => [(name, o), .. o.SelectMany(m => Objects(m.Value, m.Key))],
        JsonArray a => a.SelectMany(i => Objects(i, name)),
        _ => [],
    };
}
