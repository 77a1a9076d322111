using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>Shows the other side of an agreement what was metered under it here, so that both find every difference: ids, amounts and places in the log, nobody's data.</summary>
static class GiveMetering
{
    public static async Task<IResult> Handle(HttpContext http, NodeIdentity node, AgreementBook agreements, TransparencyLog log, IServiceScopeFactory scopes, CancellationToken ct)
    {
        var asker = http.Peer().From.NodeId;
        var parsed = MeteringRequest.Parse(http.Peer().Body.Span);
        if (!parsed.Ok)
            return parsed.Error.AsResult();
        var request = parsed.Value;
        if (agreements.Find(request.Agreement) is not { } agreement || MeteringSide.Of(agreement.Terms, node.Id, asker) is not { } side)
            return Error.Forbidden("agreement.none", "没有这项共享协议", "There is no such agreement").AsResult();
        var rows = request.Exchanges is { } named
            ? (await log.Metered([.. named.Distinct(StringComparer.Ordinal).Select(side.ReferenceOf)], ct)).Where(r => r.Agreement == request.Agreement).ToList()
            : await log.Metered(request.Agreement, request.From, request.To, request.AfterAt is { } at ? new MeteredRow(request.AfterIndex!.Value, null, null, null, at, "") : null, MeteringRequest.Most, ct);
        // As the node: what a consumer left out is not shown to peers row by row.
        await using var scope = scopes.AsNode("metering");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var confirmed = side.IsProvider ? await Confirmations.Of(db, asker, rows, ct) : null;
        return Results.Json(new MeteringReply(1, [.. rows.Select(r => new MeteredExchange(side.ExchangeOf(r.Reference), r.Index, r.Units, r.Stated, r.At, confirmed?.Of(r.Index)))], request.Exchanges is null && rows.Count == MeteringRequest.Most), DirectoryDocument.Json);
    }
}

/// <summary>Which side of an agreement a node is, and how its log names the agreement's exchanges.</summary>
readonly record struct MeteringSide(bool IsProvider, string Peer)
{
    /// <summary>Null when the two are not its sides. What a node asks of itself is metered once and compared with nobody.</summary>
    public static MeteringSide? Of(AgreementTerms terms, string node, string peer) =>
        terms.Provider == node && terms.Consumer == peer && node != peer ? new(true, peer)
        : terms.Consumer == node && terms.Provider == peer && node != peer ? new(false, peer) : null;

    public static MeteringSide? Of(AgreementTerms terms, string node) => Of(terms, node, terms.Provider == node ? terms.Consumer : terms.Provider);

    string Prefix => IsProvider ? ExchangeLeaf.ReferenceOfProvided(Peer, "") : ExchangeLeaf.ReferenceOfObtained("");

    public string ReferenceOf(string exchange) => Prefix + exchange;

    public string? ExchangeOf(string? reference) =>
        reference is not null && reference.StartsWith(Prefix, StringComparison.Ordinal) && reference.Length - Prefix.Length is >= 16 and <= 64 ? reference[Prefix.Length..] : null;
}

/// <summary>Provider: which of these answers the consumer's acknowledgements name.</summary>
sealed class Confirmations(long upTo, HashSet<long> missing)
{
    public static async Task<Confirmations> Of(NodeDb db, string consumer, IReadOnlyList<MeteredRow> rows, CancellationToken ct)
    {
        var upTo = await db.Set<AckRow>().Where(a => a.Consumer == consumer).Select(a => (long?)a.UpTo).MaxAsync(ct) ?? -1;
        var (first, last) = rows.Count == 0 ? (0, -1) : (rows.Min(r => r.Index), rows.Max(r => r.Index));
        return new(upTo, [.. await db.Set<UnackedRow>().Where(u => u.Consumer == consumer && u.Index >= first && u.Index <= last).Select(u => u.Index).ToListAsync(ct)]);
    }

    /// <summary>Null while no acknowledgement reaches so far.</summary>
    public bool? Of(long index) => index > upTo ? null : !missing.Contains(index);
}
