using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Wakes the jobs that prepare, fetch and delete.</summary>
sealed class BulkSignal
{
    readonly OutboxSignal prepare = new();
    readonly OutboxSignal fetch = new();
    readonly OutboxSignal sweep = new();

    public void Raise()
    {
        prepare.Raise();
        fetch.Raise();
        sweep.Raise();
    }

    /// <summary>What was asked of one provider is done for now.</summary>
    public void Fetched() => fetch.Raise();

    /// <summary>What was read from one system is done for now.</summary>
    public void Prepared() => prepare.Raise();

    public Task ToPrepare(TimeSpan atMost, CancellationToken ct) => prepare.Wait(atMost, ct);

    public Task ToFetch(TimeSpan atMost, CancellationToken ct) => fetch.Wait(atMost, ct);

    public Task ToSweep(TimeSpan atMost, CancellationToken ct) => sweep.Wait(atMost, ct);
}

/// <summary>
/// The provider's door: <c>POST /peer/bulk</c> takes a query without a bound of rows, and asked again says how far it is;
/// <c>GET /peer/bulk/{id}/chunks/{n}</c> hands out a chunk. Whether it is still allowed is asked each time.
/// </summary>
static class TakeBulk
{
    const int MostOfOne = 20;

    public static async Task<IResult> Begin(HttpContext http, IServiceScopeFactory scopes, NodeIdentity node, AnswerQuery answers, TransparencyLog log, IVault vault, BulkSignal signal, TimeProvider clock, CancellationToken ct)
    {
        var consumer = http.Peer().From.NodeId;
        var parsed = QueryMessage.Parse(http.Peer().Body.Span);
        if (!parsed.Ok)
            return parsed.Error.AsResult();
        var query = parsed.Value;
        await using var scope = scopes.AsNode("bulk");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var rows = db.Set<BulkRow>();
        if (await rows.AsNoTracking().SingleOrDefaultAsync(b => b.Id == query.ExchangeId && b.Side == DspSide.Provider, ct) is { } known)
            return known.Peer == consumer ? Status(known) : IdTaken.AsResult();
        var allowed = answers.MayBegin(consumer, query);
        if (!allowed.Ok)
            return allowed.Error.AsResult();
        if (NotAgreed(allowed.Value.Terms) is { } refused)
            return refused.AsResult();
        if (await log.Find(ExchangeLeaf.ReferenceOfProvided(consumer, query.ExchangeId), ct) is not null)
            return IdTaken.AsResult();
        if (await rows.CountAsync(b => b.Side == DspSide.Provider && b.Peer == consumer && !b.IsEmpty, ct) >= MostOfOne)
            return Error.Conflict("bulk.too-many", "批量传输数量已达上限", "There are too many bulk answers", "请等先前的取完或到期", "Wait until earlier ones are fetched or over").AsResult();
        var row = new BulkRow
        {
            Id = query.ExchangeId,
            Side = DspSide.Provider,
            Peer = consumer,
            AgreementId = query.Agreement,
            Resource = query.Resource,
            Purpose = query.Purpose,
            CaseReference = query.CaseReference,
            Query = vault.Seal(query.ToJson(), BulkRow.SealContext),
            CreatedAt = clock.NowMs(),
            Division = node.Division,
            Department = allowed.Value.Department,
        };
        db.Add(row);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return IdTaken.AsResult();
        signal.Raise();
        return Status(row);
    }

    public static async Task Chunk(string id, int n, HttpContext http, IServiceScopeFactory scopes, AnswerQuery answers, BulkFiles files, IVault vault, CancellationToken ct)
    {
        var consumer = http.Peer().From.NodeId;
        await using var scope = scopes.AsNode("bulk");
        var row = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<BulkRow>().AsNoTracking().SingleOrDefaultAsync(b => b.Id == id && b.Side == DspSide.Provider && b.Peer == consumer, ct);
        Error? refused = row is not { State: BulkState.Ready } ? None : n < 0 || n >= row.Chunks ? None : answers.MayAnswer(consumer, QueryMessage.Parse(vault.TryOpen(row.Query, BulkRow.SealContext).Value).Value, inBulk: true).Error;
        if (refused is null && await files.Read(row!, n, ct) is { } bytes)
        {
            http.Response.ContentType = "application/x-ndjson";
            http.AnswerPeer(bytes);
            return;
        }
        await (refused ?? None).AsResult().ExecuteAsync(http);
    }

    static IResult Status(BulkRow row) => Results.Bytes(JsonSerializer.SerializeToUtf8Bytes(row.State switch
    {
        BulkState.Ready => new BulkStatus(1, "ready", row.Manifest, row.LogIndex, null),
        BulkState.Ended => new BulkStatus(1, "ended", null, null, row.Code),
        _ => new BulkStatus(1, "preparing", null, null, null),
    }, DirectoryDocument.Json), "application/json");

    /// <summary>A whole table is nobody's to consent to: only the law opens it.</summary>
    public static Error? NotAgreed(AgreementTerms terms) => terms.Bulk && !terms.Basis.IsConsent ? null : Error.Forbidden(
        "agreement.no-bulk", "协议没有约定可以批量取数，或以当事人同意为依据", "The agreement does not grant bulk answers, or rests on consent", "请与提供方商定以法律为依据、包含批量取数的协议", "Agree with the provider on bulk answers that rest on the law");

    public static readonly Error None = Error.NotFound("bulk.none", "没有这项批量传输，或已过期", "There is no such bulk answer, or it is over");

    static readonly Error IdTaken = Error.Conflict("exchange.repeated", "这个查询编号已经用过", "This exchange id was used before", "请用新的编号重新请求", "Ask again with a new id");
}

/// <summary>How far a provider is; the manifest comes once it is in the provider's log.</summary>
/// <param name="State"><c>preparing</c>, <c>ready</c>, <c>ended</c>.</param>
/// <param name="Code">Why it ended.</param>
sealed record BulkStatus(int V, string State, string? Manifest, long? LogIndex, string? Code)
{
    public static BulkStatus? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<BulkStatus>(json, DirectoryDocument.Json) is { V: 1, State: "preparing" or "ended" or "ready" } status && (status.State != "ready" || status is { Manifest: not null, LogIndex: >= 0 }) ? status : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
