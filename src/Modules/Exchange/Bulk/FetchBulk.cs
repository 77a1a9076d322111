using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The consumer's side: asks until the manifest is there, fetches chunk by chunk, counts one only when its hash is the manifest's, goes on after
/// a restart where it was, and logs the whole when all of it is here.
/// </summary>
sealed partial class FetchBulk(
    NodeIdentity node, PeerClient peers, RegionDirectory directory, AgreementBook agreements, BulkFiles files, TransparencyLog log, BulkSignal signal, IVault vault, TimeProvider clock, IServiceScopeFactory scopes, ILogger<FetchBulk> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>While a provider prepares it is asked at this pace.</summary>
    static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(500);

    readonly BulkTries tries = new(clock);

    /// <summary>By provider: one that does not answer holds up nobody else's.</summary>
    readonly ConcurrentDictionary<string, Task> underWay = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Rounds.Run(Round, e => LogFailed(logger, e), stoppingToken);
        await Task.WhenAll(underWay.Values);
    }

    sealed record Open(string Id, string Peer, long NextAt);

    async Task Round(CancellationToken ct)
    {
        List<Open> open;
        await using (var scope = scopes.AsNode("bulk"))
        {
            open = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<BulkRow>().AsNoTracking()
                .Where(b => b.Side == DspSide.Consumer && (b.State == BulkState.Preparing || b.State == BulkState.Ready))
                .OrderBy(b => b.NextAt).Select(b => new Open(b.Id, b.Peer, b.NextAt)).ToListAsync(ct);
        }
        tries.Keep(open.Select(b => b.Id));
        var now = clock.NowMs();
        var next = now + (long)Period.TotalMilliseconds;
        foreach (var of in open.GroupBy(b => b.Peer, StringComparer.Ordinal).Where(of => !underWay.ContainsKey(of.Key)))
        {
            if (of.Where(b => When(b) <= now).Select(b => b.Id).ToList() is { Count: > 0 } due)
                Begin(of.Key, due, ct);
            else
                next = Math.Min(next, of.Min(b => When(b)));
        }
        await signal.ToFetch(TimeSpan.FromMilliseconds(next - now), ct);

        long When(Open row) => Math.Max(row.NextAt, tries.NextAt(row.Id));
    }

    void Begin(string peer, List<string> due, CancellationToken ct)
    {
        var task = Task.Run(() => Each(due, ct), CancellationToken.None);
        underWay[peer] = task;
        _ = task.ContinueWith(_ =>
        {
            underWay.TryRemove(peer, out var _);
            signal.Fetched();
        }, TaskScheduler.Default);
    }

    async Task Each(List<string> due, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.AsNode("bulk");
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            foreach (var id in due)
            {
                db.ChangeTracker.Clear();
                await tries.Run(id, () => Some(id, db, ct), e => LogRowFailed(logger, e, id), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Gone on with after the restart.
        }
    }

    /// <summary>Some chunks of each in turn: a large one does not hold up a small one.</summary>
    async Task Some(string id, NodeDb db, CancellationToken ct)
    {
        if (await db.Set<BulkRow>().SingleOrDefaultAsync(b => b.Id == id && b.Side == DspSide.Consumer, ct) is not { } row)
            return;
        for (var step = 0; step < 16 && row.NextAt <= clock.NowMs() && row.State is BulkState.Preparing or BulkState.Ready; step++)
        {
            await (row.State == BulkState.Preparing ? Ask(row, ct) : Fetch(row, ct));
            if (await db.TrySave(ct) == SaveOutcome.Saved)
                continue;
            // Given up meanwhile, and perhaps swept: what was just written would stay.
            if (!await db.Set<BulkRow>().AnyAsync(b => b.Id == id && b.Side == DspSide.Consumer && b.State != BulkState.Ended, ct))
                files.Delete(row);
            return;
        }
    }

    async Task Ask(BulkRow row, CancellationToken ct)
    {
        var query = vault.TryOpen(row.Query, BulkRow.SealContext).Value;
        var asked = await peers.Send(row.Peer, HttpMethod.Post, "/peer/bulk", query, ct);
        if (!asked.Ok || BulkStatus.Read(asked.Value.Body) is not { } status)
        {
            Fail(row, asked.Error ?? Malformed);
            return;
        }
        if (status.State == "ended")
        {
            row.Become(BulkState.Ended, status.Code is { Length: <= 64 } code ? code : "bulk.ended");
            return;
        }
        if (status.State == "preparing")
        {
            // The revision stays: nothing is here yet, and a steward who gives it up would be refused for every asking since the page was drawn.
            (row.Code, row.Attempts, row.NextAt) = (null, 0, clock.NowMs() + (long)AskAgain.TotalMilliseconds);
            return;
        }
        var manifest = BulkManifest.Verify(status.Manifest!, directory.Trusted, row.Peer, QueryMessage.Parse(query).Value);
        if (!manifest.Ok)
        {
            row.Become(BulkState.Ended, manifest.Error.Code);
            return;
        }
        row.Take(manifest.Value, status.Manifest!);
        row.LogIndex = status.LogIndex;
        row.Become(BulkState.Ready);
        if (row.Chunks == 0)
            await Finish(row, manifest.Value, ct);
    }

    async Task Fetch(BulkRow row, CancellationToken ct)
    {
        var query = QueryMessage.Parse(vault.TryOpen(row.Query, BulkRow.SealContext).Value).Value;
        var manifest = BulkManifest.Verify(row.Manifest, directory.Trusted, row.Peer, query);
        if (!manifest.Ok)
        {
            row.Become(BulkState.Ended, manifest.Error.Code);
            return;
        }
        if (agreements.Find(row.AgreementId)?.Inactive(clock.NowMs()) is { } inactive)
        {
            Fail(row, inactive);
            return;
        }
        if (row.Held < row.Chunks)
        {
            var chunk = await peers.Send(row.Peer, HttpMethod.Get, $"/peer/bulk/{row.Id}/chunks/{row.Held}", default, ct);
            if (!chunk.Ok)
            {
                Fail(row, chunk.Error);
                return;
            }
            if (Differs(chunk.Value.Body, manifest.Value.Chunks[row.Held], query.Fields))
            {
                row.Become(BulkState.Ended, "bulk.chunk-differs");
                return;
            }
            var written = await files.Write(row, row.Held, chunk.Value.Body, ct);
            if (!written.Ok)
            {
                Fail(row, written.Error);
                return;
            }
            (row.Held, row.Code, row.Attempts, row.NextAt) = (row.Held + 1, null, 0, 0);
            row.Revision++;
        }
        if (row.Held == row.Chunks)
            await Finish(row, manifest.Value, ct);
    }

    /// <summary>Whether these bytes are not the chunk that was signed, or hold anything but the fields that were asked for.</summary>
    static bool Differs(byte[] bytes, BulkManifest.Chunk signed, IReadOnlyList<string> fields)
    {
        if (bytes.Length != signed.Bytes || Base64Url.EncodeToString(SHA256.HashData(bytes)) != signed.Sha256)
            return true;
        var rows = 0;
        foreach (var row in Rows(bytes, fields))
        {
            if (row is null)
                return true;
            rows++;
        }
        return rows != signed.Rows;
    }

    /// <summary>The rows of a chunk, each in the order of the fields; null for a line that is not such a row.</summary>
    public static IEnumerable<string?[]?> Rows(byte[] chunk, IReadOnlyList<string> fields)
    {
        var at = 0;
        while (at < chunk.Length)
        {
            var end = Array.IndexOf(chunk, (byte)'\n', at);
            if (end < 0)
            {
                yield return null;
                yield break;
            }
            yield return Row(chunk.AsMemory(at..end), fields);
            at = end + 1;
        }
    }

    static string?[]? Row(ReadOnlyMemory<byte> line, IReadOnlyList<string> fields)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var values = new string?[fields.Count];
            var count = 0;
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (count == values.Length || member.Name != fields[count] || member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                    return null;
                values[count++] = member.Value.GetString();
            }
            return count == values.Length ? values : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    async Task Finish(BulkRow row, BulkManifest manifest, CancellationToken ct)
    {
        var query = QueryMessage.Parse(vault.TryOpen(row.Query, BulkRow.SealContext).Value).Value;
        var metering = new Metering(row.AgreementId, row.Resource, node.Id, row.Peer, row.Purpose, 1, manifest.AsOf, manifest.Rows == 0 ? "empty" : "answered");
        var logged = await log.Append(ExchangeLeaf.Of(
            ExchangeLeaf.Obtained, ExchangeLeaf.ReferenceOfObtained(row.Id), query, manifest.Department, metering, meter: true, query.ToJson(), JsonSerializer.SerializeToUtf8Bytes(row.Manifest), (int)Math.Min(manifest.Rows, int.MaxValue),
            consentId: null, AgreementBasis.Legal, refusal: null, row.LogIndex, about: null), ct);
        if (!logged.Ok)
        {
            Fail(row, logged.Error);
            return;
        }
        row.DeleteAt = agreements.Find(row.AgreementId)?.Terms.RetentionDays is { } days ? clock.NowMs() + (days * 24L * 3600 * 1000) : null;
        row.Become(BulkState.Done);
    }

    void Fail(BulkRow row, Error error)
    {
        // A signature that is refused says that a clock is wrong or a message came late, nothing of what was agreed.
        if (error.Kind != ErrorKind.Unavailable && !WatchSources.MayPass(error) && !error.Code.StartsWith("signature.", StringComparison.Ordinal))
        {
            row.Become(BulkState.Ended, error.Code);
            return;
        }
        row.Attempts++;
        (row.Code, row.NextAt) = (error.Code, clock.NowMs() + (long)OutboxClaims.Pause(row.Attempts).TotalMilliseconds);
        row.Revision++;
    }

    static readonly Error Malformed = Error.Unavailable("bulk.reply-malformed", "对方的回答格式错误", "The reply is malformed");

    [LoggerMessage(Level = LogLevel.Error, Message = "A bulk answer could not be fetched; trying again.")]
    static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Bulk answer {Id} could not be fetched; the others go on, and it is tried again.")]
    static partial void LogRowFailed(ILogger log, Exception e, string id);
}
