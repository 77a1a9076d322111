using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The provider's side: reads a department's system row by row into chunks, signs the manifest, decides and logs it as the answer to a query,
/// and only then hands out. Each system is read by one at a time, several systems side by side. Killed on the way it begins anew; nothing of what it had made was handed out.
/// </summary>
sealed partial class PrepareBulk(
    AnswerQuery answers, OwnResources own, Sources sources, BulkFiles files, TransparencyLog log, NodeIdentity node, Keystore keys, BulkSignal signal, IVault vault, TimeProvider clock, IServiceScopeFactory scopes, ILogger<PrepareBulk> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>How long a consumer has to fetch it.</summary>
    static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>So many systems are read at a time, each with a chunk in memory.</summary>
    const int SystemsAtOnce = 8;

    readonly BulkTries tries = new(clock);
    readonly SemaphoreSlim room = new(SystemsAtOnce);

    /// <summary>By system; what is being read from it.</summary>
    readonly ConcurrentDictionary<string, (string Id, Task Task)> underWay = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Rounds.Run(Round, e => LogFailed(logger, e), stoppingToken);
        await Task.WhenAll(underWay.Values.Select(u => u.Task));
    }

    sealed record Due(string Id, string Resource);

    async Task Round(CancellationToken ct)
    {
        List<Due> due;
        await using (var scope = scopes.AsNode("bulk"))
        {
            var now = clock.NowMs();
            due = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<BulkRow>().AsNoTracking()
                .Where(b => b.Side == DspSide.Provider && (b.State == BulkState.Preparing || b.State == BulkState.Logging) && b.NextAt <= now)
                .OrderBy(b => b.Id).Select(b => new Due(b.Id, b.Resource)).ToListAsync(ct);
        }
        tries.Keep(due.Select(d => d.Id));
        // A resource that moved to another system meanwhile is still in the hands of whoever reads it.
        var inHand = underWay.Values.Select(u => u.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var of in due.Where(d => tries.IsDue(d.Id) && !inHand.Contains(d.Id)).GroupBy(d => own.SourceOf(d.Resource), StringComparer.Ordinal))
        {
            if (underWay.ContainsKey(of.Key))
                continue;
            await room.WaitAsync(ct);
            Begin(of.Key, of.First().Id, ct);
        }
        await signal.ToPrepare(Period, ct);
    }

    void Begin(string source, string id, CancellationToken ct)
    {
        var task = Task.Run(() => Prepare(id, ct), CancellationToken.None);
        underWay[source] = (id, task);
        _ = task.ContinueWith(_ =>
        {
            underWay.TryRemove(source, out var _);
            room.Release();
            signal.Prepared();
        }, TaskScheduler.Default);
    }

    /// <summary>One step. Whoever ended it meanwhile, as a sweep does when the agreement ends, has the last word.</summary>
    async Task Prepare(string id, CancellationToken ct)
    {
        try
        {
            await tries.Run(id, async () =>
            {
                await using var scope = scopes.AsNode("bulk");
                var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
                if (await db.Set<BulkRow>().SingleOrDefaultAsync(b => b.Id == id && b.Side == DspSide.Provider && (b.State == BulkState.Preparing || b.State == BulkState.Logging), ct) is not { } row)
                    return;
                await Prepare(row, ct);
                if (await db.TrySave(ct) != SaveOutcome.Saved)
                    files.Delete(row);
            }, e => LogRowFailed(logger, e, id), ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Begun anew after the restart.
        }
    }

    /// <summary>What it came to is saved by the caller.</summary>
    async Task Prepare(BulkRow row, CancellationToken ct)
    {
        var query = QueryMessage.Parse(vault.TryOpen(row.Query, BulkRow.SealContext).Value).Value;
        var allowed = answers.MayBegin(row.Peer, query);
        if (!allowed.Ok)
        {
            Halt(row, allowed.Error);
            return;
        }
        if (row.State == BulkState.Preparing)
        {
            var made = await Read(row, query, allowed.Value.Terms.LeastGroup, ct);
            if (!made.Ok)
            {
                files.Delete(row);
                Halt(row, made.Error);
                return;
            }
            row.Take(made.Value, made.Value.Sign(keys.Signing));
            row.Become(BulkState.Logging);
            return;
        }
        var manifest = JsonSerializer.SerializeToUtf8Bytes(row.Manifest);
        var given = await answers.Give(row.Peer, query, manifest, (int)Math.Min(row.Rows, int.MaxValue), BulkManifest.Kept(row.Manifest).AsOf, ct, inBulk: true);
        if (!given.Ok)
        {
            Halt(row, given.Error);
            return;
        }
        row.LogIndex = (await log.Find(ExchangeLeaf.ReferenceOfProvided(row.Peer, row.Id), ct))!.Value.Index;
        row.DeleteAt = clock.NowMs() + (long)Kept.TotalMilliseconds;
        row.Become(BulkState.Ready);
    }

    void Halt(BulkRow row, Error error)
    {
        if (!WatchSources.MayPass(error))
        {
            row.Become(BulkState.Ended, error.Code);
            return;
        }
        row.Attempts++;
        (row.Code, row.NextAt) = (error.Code, clock.NowMs() + (long)OutboxClaims.Pause(row.Attempts).TotalMilliseconds);
        row.Revision++;
    }

    async Task<Result<BulkManifest>> Read(BulkRow row, QueryMessage query, int? leastGroup, CancellationToken ct)
    {
        if (own.Find(query.Resource, query.ResourceVersion) is not { } resource)
            return Error.NotFound("resource.version-withdrawn", "资源已停止提供", "The resource is no longer offered");
        files.Delete(row);
        var (asOf, chunks, rowsHere, total) = (clock.NowMs(), new List<BulkManifest.Chunk>(), 0, 0L);
        var chunk = new ArrayBufferWriter<byte>(BulkManifest.MostBytes);
        var line = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        async ValueTask<Error?> Put(string?[] values)
        {
            line.ResetWrittenCount();
            json.Reset();
            json.WriteStartObject();
            for (var i = 0; i < values.Length; i++)
                json.WriteString(query.Fields[i], values[i]);
            json.WriteEndObject();
            json.Flush();
            if (line.WrittenCount + 1 > BulkManifest.MostBytes)
                return Error.Invalid("bulk.row-too-large", "有一条记录过大", "A record is too large");
            if (chunk.WrittenCount + line.WrittenCount + 1 > BulkManifest.MostBytes && await Close() is { } stopped)
                return stopped;
            if (chunks.Count == BulkManifest.MostChunks)
                return Error.Invalid("bulk.too-large", "数据量超过一次批量传输的上限", "This is more than one bulk answer holds", "parameters", "请缩小查询条件", "Narrow the question");
            chunk.Write(line.WrittenSpan);
            chunk.Write("\n"u8);
            (rowsHere, total) = (rowsHere + 1, total + 1);
            return null;
        }
        async ValueTask<Error?> Close()
        {
            // Nobody reads on for half an hour, or writes, what may no longer be given.
            if (answers.MayAnswer(row.Peer, query, inBulk: true).Error is { } refused)
                return refused;
            var written = await files.Write(row, chunks.Count, chunk.WrittenMemory, ct);
            if (!written.Ok)
                return written.Error;
            chunks.Add(new(chunk.WrittenCount, rowsHere, Base64Url.EncodeToString(SHA256.HashData(chunk.WrittenSpan))));
            chunk.ResetWrittenCount();
            rowsHere = 0;
            return null;
        }
        var streamed = await sources.Stream(resource.Definition, query.Parameters, query.Fields, Put, ct, leastGroup);
        if (!streamed.Ok)
            return streamed.Error;
        if (rowsHere > 0 && await Close() is { } unclosed)
            return unclosed;
        return new BulkManifest(1, query.ExchangeId, node.Id, resource.Department, query.Agreement, query.Resource, query.ResourceVersion, query.Fields, asOf, total, chunks)
        {
            Withheld = streamed.Value?.Groups,
            WithheldOrMore = streamed.Value?.OrMore,
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A bulk answer could not be prepared; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Bulk answer {Id} could not be prepared; the others go on, and it is tried again.")]
    static partial void LogRowFailed(ILogger log, Exception e, string id);
}
