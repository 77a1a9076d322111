using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// Delivers events to other nodes: in order within a stream, many streams at once, each node by itself, so that one that is
/// away holds up nobody. An event is finished only when its receiver has said that it is stored there.
/// </summary>
sealed partial class SendEvents(
    IServiceScopeFactory scopes, RegionDirectory directory, PeerClient peers, OutboxSignalToPeers signal, IPayloadSeal seal, TimeProvider clock, ILogger<SendEvents> log) : BackgroundService
{
    const int AtOnceToOneNode = 8;

    /// <summary>So many, eight after eight, are done before their claim runs out, however long each takes.</summary>
    const int ClaimedForOneNode = 32;

    static readonly TimeSpan Claim = TimeSpan.FromSeconds(60);

    /// <summary>What is claimed for one node and not done.</summary>
    sealed class Lane
    {
        public readonly SemaphoreSlim Turn = new(AtOnceToOneNode);
        public int Claimed;
    }

    readonly ConcurrentDictionary<string, Lane> lanes = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<long, Task> underWay = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Rounds.Run(Round, e => LogFailed(log, e), stoppingToken);
        await Task.WhenAll(underWay.Values);
    }

    async Task Round(CancellationToken ct)
    {
        if (await Begin(ct) == 0)
            await signal.Wait(TimeSpan.FromMilliseconds(500), ct);
    }

    /// <summary>Claims what is due for nodes that have room for it and sets it going; returns how many.</summary>
    async Task<int> Begin(CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var begun = 0;
        foreach (var node in await OutboxClaims.Destinations(db, clock.NowMs(), ct))
        {
            var lane = lanes.GetOrAdd(node, _ => new());
            var room = ClaimedForOneNode - Volatile.Read(ref lane.Claimed);
            // Not one by one: each claim is a transaction.
            if (room < ClaimedForOneNode / 2)
                continue;
            var now = clock.NowMs();
            foreach (var row in await OutboxClaims.Claim(db, node, now, now + (long)Claim.TotalMilliseconds, room, ct))
            {
                // Its claim ran out on the way, or it was put off a moment ago and is due again: it is not sent a second time beside that, but soon.
                if (underWay.ContainsKey(row.Position))
                {
                    await OutboxClaims.Release(db, row.Position, ct);
                    continue;
                }
                Interlocked.Increment(ref lane.Claimed);
                var task = Task.Run(() => Deliver(row, lane, ct), CancellationToken.None);
                underWay[row.Position] = task;
                _ = task.ContinueWith(_ =>
                {
                    underWay.TryRemove(row.Position, out var _);
                    Interlocked.Decrement(ref lane.Claimed);
                    // The next of this stream, and what waited for room, can go.
                    signal.Raise();
                }, TaskScheduler.Default);
                begun++;
            }
        }
        return begun;
    }

    async Task Deliver(OutboxRow row, Lane lane, CancellationToken ct)
    {
        try
        {
            await lane.Turn.WaitAsync(ct);
            try
            {
                await DeliverInTurn(row, ct);
            }
            finally
            {
                lane.Turn.Release();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The claim runs out and the event is sent after the restart.
        }
        catch (Exception e)
        {
            LogEventFailed(log, e, row.Type, row.EventId, row.ToNode!);
        }
    }

    async Task DeliverInTurn(OutboxRow row, CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var sent = await Send(scope.ServiceProvider, row, ct);
        var code = !sent.Ok ? sent.Error.Code : sent.Value.Arrival switch
        {
            "taken" or "seen-before" => null,
            "gap" => "event.gap",
            // This node was restored from a backup and counts again from where it was: kept until somebody sees to it, never dropped.
            "number-taken" => "event.number-taken",
            _ => "event.not-stored",
        };
        if (code is not null)
        {
            // The receiver lost what came before (restored from a backup): that is sent again, in order, and this one after it. It was an
            // attempt all the same: a receiver that says so for ever is asked ever less often.
            if (sent.Ok && code == "event.gap")
                await OutboxClaims.Rewind(db, row.ToNode!, row.Stream!, sent.Value.Expected, row.StreamSequence, clock.NowMs(), ct);
            await OutboxClaims.Postpone(db, row.Position, clock.NowMs() + (long)OutboxClaims.Pause(row.Attempts + 1).TotalMilliseconds, code, ct);
            LogPostponed(log, row.Type, row.EventId, row.ToNode!, code, row.Attempts + 1);
        }
        else
        {
            await OutboxClaims.Finish(db, row.Position, clock.NowMs(), ct);
        }
    }

    async Task<Result<EventReply>> Send(IServiceProvider services, OutboxRow row, CancellationToken ct)
    {
        if (directory.StaleForEvent(row.ToNode!, row.Type) is { } stale)
            return stale;
        var files = row.Files.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var message = new EventMessage(row.EventId, row.Type, seal.Open(row.Body), row.Stream!, row.StreamSequence, files);
        var body = JsonSerializer.SerializeToUtf8Bytes(message, DirectoryDocument.Json);
        var reply = await Post(row.ToNode!, body, ct);
        if (!reply.Ok || reply.Value.Arrival != "files-missing")
            return reply;
        foreach (var hash in reply.Value.Missing)
        {
            if (!files.Contains(hash))
                return Error.Invalid("event.file-not-named", "对方索要了事件未列出的文件", "The receiver asked for a file that the event does not name");
            if (await Upload(services.GetRequiredService<IStoredFiles>(), row.ToNode!, hash, ct) is { } failed)
                return failed;
        }
        return await Post(row.ToNode!, body, ct);
    }

    async Task<Result<EventReply>> Post(string node, byte[] body, CancellationToken ct)
    {
        var answer = await peers.Send(node, HttpMethod.Post, "/peer/events", body, ct);
        if (!answer.Ok)
            return answer.Error;
        try
        {
            if (JsonSerializer.Deserialize<EventReply>(answer.Value.Body, DirectoryDocument.Json) is { Arrival: not null, Missing: not null } reply)
                return reply;
        }
        catch (JsonException)
        {
            // Answered below: it is sent again after a pause, like to a node that is away.
        }
        return Error.Unavailable("event.reply-malformed", "对方的回答格式错误", "The reply is malformed");
    }

    async Task<Error?> Upload(IStoredFiles files, string node, string hash, CancellationToken ct)
    {
        var opened = await files.Open(hash, ct);
        if (!opened.Ok)
            return opened.Error;
        await using var content = opened.Value;
        using var whole = new MemoryStream();
        await content.CopyToAsync(whole, ct);
        var put = await peers.Send(node, HttpMethod.Put, $"/peer/files/{hash}", whole.ToArray(), ct, "application/octet-stream");
        return put.Error;
    }

    AsyncServiceScope Scope() => scopes.AsNode("events-to-peers");

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox could not be read; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {Type} {EventId} to {Node} failed; it will be sent again when its claim runs out.")]
    static partial void LogEventFailed(ILogger log, Exception e, string type, string eventId, string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "Event {Type} {EventId} to {Node} waits ({Code}), attempt {Attempt}.")]
    static partial void LogPostponed(ILogger log, string type, string eventId, string node, string code, int attempt);
}
