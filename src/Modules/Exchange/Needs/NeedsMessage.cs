using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>What a member's departments need of the one that asks, or of anybody: duties and data elements, about no person.</summary>
sealed record NeedsMessage(int V, string Node, IReadOnlyList<NeedsMessage.Need> Needs)
{
    public const string Path = "/peer/needs";

    /// <summary>The newest; more wait for no answer of one government.</summary>
    public const int Most = 500;

    /// <param name="OfAnybody">Whoever holds it may give it.</param>
    /// <param name="At">Unix ms.</param>
    public sealed record Need(string Id, string Title, IReadOnlyList<string> Elements, bool OfAnybody, string Reason, long At);

    /// <summary>Null when it is none of that member.</summary>
    public static NeedsMessage? Read(ReadOnlySpan<byte> json, string node)
    {
        try
        {
            return JsonSerializer.Deserialize<NeedsMessage>(json, DirectoryDocument.Json) is { V: 1, Needs: { Count: <= Most } needs } read && read.Node == node && needs.All(IsNeed)
                ? read
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static bool IsNeed(Need? need) =>
        need is { Id.Length: 32, Title.Length: > 0 and <= 100, Reason.Length: > 0 and <= 500, Elements: { Count: > 0 and <= EnterNeed.MostElements } elements, At: > 0 and < 253_402_300_800_000 }
        && need.Id.All(char.IsAsciiLetterOrDigit) && elements.All(e => e is not null && EnterNeed.IsElement(e));
}

/// <summary>Gives a member what is needed of it here.</summary>
static class GiveNeeds
{
    public static async Task<IResult> Handle(HttpContext http, IServiceScopeFactory scopes, NodeIdentity node, CancellationToken ct)
    {
        var asks = http.Peer().From.NodeId;
        // Needs are stewards' rows; what they want of this member, or of anybody, is meant for it.
        await using var scope = scopes.AsNode("needs");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var rows = await db.Set<NeedRow>().AsNoTracking().Where(n => n.ClosedAt == null && (n.Of == asks || n.Of == "")).OrderByDescending(n => n.Id).Take(NeedsMessage.Most).ToListAsync(ct);
        return Results.Json(new NeedsMessage(1, node.Id, [.. rows.Select(n => new NeedsMessage.Need(n.Id, n.Title, n.Wanted, n.Of.Length == 0, n.Reason, n.CreatedAt))]), DirectoryDocument.Json);
    }
}
