using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// What a log shows everyone: checkpoints and proofs, which are hashes and signatures only. Leaves themselves (references and
/// commitments) are shown to stewards and auditors.
/// </summary>
static class LogRoutes
{
    public sealed record Proof(long From, long To, IReadOnlyList<byte[]> Hashes)
    {
        /// <summary>Asks a member for the proof that one size of this very log begins another.</summary>
        public static string Ask(string origin, long from, long to) => string.Create(CultureInfo.InvariantCulture, $"/peer/log/consistency?log={Uri.EscapeDataString(origin)}&from={from}&to={to}");

        /// <summary>The hashes of another log's answer; null unless it answers what was asked.</summary>
        public static IReadOnlyList<byte[]>? Read(string json, long from, long to)
        {
            try
            {
                return JsonSerializer.Deserialize<Proof>(json, DirectoryDocument.Json) is { Hashes: { } hashes } read && read.From == from && read.To == to && hashes.All(h => h is not null) ? hashes : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>The latest checkpoint, or the first that has so many cosignatures and covers an index.</summary>
    public static async Task<IResult> Checkpoint(TransparencyLog log, CancellationToken ct, [FromQuery] long? covering = null, [FromQuery] int witnesses = 0)
    {
        var head = covering is null && witnesses == 0 ? log.Shown(log.Head) : await log.Covering(covering ?? 0, Math.Clamp(witnesses, 0, 100), ct);
        return head is null
            ? Error.NotFound("checkpoint.none", "还没有这样的检查点", "There is no such checkpoint yet").AsResult()
            : Results.Text(head.Note, "text/plain; charset=utf-8");
    }

    /// <summary>The last checkpoint of another node's log that this node cosigned, as that log signed it.</summary>
    public static async Task<IResult> Witnessed(WitnessLogs witness, [FromQuery] string log, CancellationToken ct) =>
        !witness.IsOpen ? Error.Unavailable("witness.starting", "本节点正在启动", "This node is starting", "请稍后再问", "Ask again in a moment").AsResult()
        : await witness.Last(log, ct) is { } head
            ? Results.Text(head.Note, "text/plain; charset=utf-8")
            : Error.NotFound("checkpoint.none", "本节点没有见证过这个日志", "This node has witnessed no such log").AsResult();

    public static async Task<IResult> Inclusion(TransparencyLog log, [FromQuery] long index, [FromQuery] long size, CancellationToken ct)
    {
        var proof = await log.Inclusion(index, size, ct);
        return proof.Ok ? Results.Json(new Proof(index, size, proof.Value), DirectoryDocument.Json) : proof.Error.AsResult();
    }

    /// <param name="of">Origin of the log that is meant: numbers of an earlier epoch may be other leaves by now, and no proof of them proves anything.</param>
    public static async Task<IResult> Consistency(TransparencyLog log, [FromQuery] long from, [FromQuery] long to, CancellationToken ct, [FromQuery(Name = "log")] string? of = null)
    {
        if (of is not null && of != log.Origin)
            return Error.NotFound("log.another-epoch", "本节点现在的日志不是所问的日志", "The log that this node writes now is not the one asked about").AsResult();
        var proof = await log.Consistency(from, to, ct);
        return proof.Ok ? Results.Json(new Proof(from, to, proof.Value), DirectoryDocument.Json) : proof.Error.AsResult();
    }
}

/// <summary>A witness hands in its cosignature of one of this log's checkpoints.</summary>
static class TakeCosignature
{
    public sealed record Message(long Size, string Line);

    public static async Task<IResult> Handle(HttpContext http, TransparencyLog log, CancellationToken ct)
    {
        var peer = http.Peer();
        if (peer.From.Witness is not { } vkey || NoteKey.Parse(vkey) is not { Ok: true } key)
            return Error.Forbidden("witness.none", "该节点不是见证方", "That node is no witness").AsResult();
        Message? message;
        try
        {
            message = JsonSerializer.Deserialize<Message>(peer.Body.Span, DirectoryDocument.Json);
        }
        catch (JsonException)
        {
            message = null;
        }
        if (message?.Line is null)
            return Error.Invalid("witness.malformed", "见证签名格式错误", "The cosignature is malformed").AsResult();
        var added = await log.AddCosignature(message.Size, message.Line, key.Value, ct);
        return added.Ok ? Results.NoContent() : added.Error.AsResult();
    }
}
