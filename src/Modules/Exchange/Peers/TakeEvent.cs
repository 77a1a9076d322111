using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>An event on its way between nodes: the body of <c>POST /peer/events</c>.</summary>
/// <param name="Body">The event's JSON.</param>
/// <param name="Files">Content hashes of the files it names; the receiver must have them first.</param>
sealed record EventMessage(string EventId, string Type, string Body, string Stream, long Sequence, IReadOnlyList<string> Files);

/// <summary>What the receiver did with an event.</summary>
/// <param name="Arrival"><c>taken</c>, <c>seen-before</c>, <c>gap</c>, <c>number-taken</c>, or <c>files-missing</c>.</param>
/// <param name="Expected">With a gap: the number that must come first.</param>
/// <param name="Missing">With missing files: their hashes.</param>
sealed record EventReply(string Arrival, long Expected, IReadOnlyList<string> Missing);

static class TakeEvent
{
    /// <summary>What another node leaves out is not there: a handler of this node would stumble over it, again and again.</summary>
    static readonly JsonSerializerOptions Strict = new(EventTypes.Json) { RespectNullableAnnotations = true };
    static readonly ConcurrentDictionary<Type, PropertyInfo[]> Needed = new();

    /// <summary>Of agreements and disputes, whichever side of them a company is.</summary>
    internal static readonly HashSet<string> OfSociety =
    [
        AgreementTerminated.WireName, DisputeRaised.WireName, DisputeAnswered.WireName, ValueCorrected.WireName, DisputeOverdue.WireName, RequestOverdue.WireName, OverdueRequestAnswered.WireName,
    ];

    public static async Task<IResult> Handle(HttpContext http, PeerInbox inbox, EventTypes types, RegionDirectory directory, CancellationToken ct)
    {
        var peer = http.Peer();
        var files = http.RequestServices.GetService<IStoredFiles>();
        EventMessage? message;
        try
        {
            message = JsonSerializer.Deserialize<EventMessage>(peer.Body.Span, DirectoryDocument.Json);
        }
        catch (JsonException)
        {
            message = null;
        }
        if (message is not { EventId.Length: > 0 and <= 32, Type.Length: > 0 and <= 128, Body: not null, Stream.Length: > 0 and <= 96, Sequence: > 0, Files: not null } || message.Files.Contains(null!))
            return Malformed("body").AsResult();
        // Of a company only what goes with an agreement; what this version does not know is not taken on trust.
        if (peer.From.IsSociety && !OfSociety.Contains(message.Type))
            return OpenToSociety.No.AsResult();
        if (directory.StaleForEvent(peer.From.NodeId, message.Type) is { } stale)
            return stale.AsResult();
        // One of a type that this version does not know yet is taken, and waits for the version that does.
        if (types.Find(message.Type) is { } type)
        {
            if (!EventTypes.CrossesNodes(type))
                return Error.Forbidden("event.not-for-peers", "这类事件只在一个政府内部发生，不接收其他节点发来的", "Events of this type arise inside one government; none is taken from another node").AsResult();
            if (!Reads(message.Body, type))
                return Malformed(message.Type).AsResult();
        }
        if (message.Files.Count > 0)
        {
            if (files is null)
                return Error.Unsupported("event.files", "本节点不接收文件", "This node takes no files").AsResult();
            var missing = message.Files.Where(hash => !files.Has(hash)).ToList();
            if (missing.Count > 0)
                return Results.Json(new EventReply("files-missing", 0, missing), DirectoryDocument.Json);
        }
        var arrival = await inbox.Take(peer.From.NodeId, message.EventId, message.Type, message.Body, message.Stream, message.Sequence, ct);
        var word = arrival.Kind switch
        {
            ArrivalKind.Taken => "taken",
            ArrivalKind.SeenBefore => "seen-before",
            ArrivalKind.NumberTaken => "number-taken",
            _ => "gap",
        };
        return Results.Json(new EventReply(word, arrival.Expected, []), DirectoryDocument.Json);
    }

    /// <summary>Whether an event of this type, as this node has it, stands there whole.</summary>
    internal static bool Reads(string body, Type type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type, Strict) is { } read && Needed.GetOrAdd(type, NeededOf).All(p => p.GetValue(read) is not null);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static PropertyInfo[] NeededOf(Type type) =>
        [.. type.GetProperties().Where(p => !p.PropertyType.IsValueType && p.GetIndexParameters().Length == 0 && new NullabilityInfoContext().Create(p).ReadState == NullabilityState.NotNull)];

    static Error Malformed(string where) => Error.Invalid("event.malformed", "事件报文格式错误", "The event is malformed", where);
}

/// <summary>Takes a file that an event will name. Its name is its content's hash, so sending it twice changes nothing.</summary>
static class TakeFile
{
    public static async Task<IResult> Handle(string hash, HttpContext http, CancellationToken ct)
    {
        if (http.RequestServices.GetService<IStoredFiles>() is not { } files)
            return Error.Unsupported("event.files", "本节点不接收文件", "This node takes no files").AsResult();
        if (hash.Length != 64 || !hash.All(char.IsAsciiHexDigitLower))
            return Error.Invalid("file.hash", "文件名应为 SHA-256 的十六进制小写", "A file is named by its SHA-256 in lower-case hex", "hash").AsResult();
        using var content = new MemoryStream(http.Peer().Body.ToArray(), writable: false);
        var received = await files.Receive(hash, content, ct);
        return received.Ok ? Results.NoContent() : received.Error.AsResult();
    }
}
