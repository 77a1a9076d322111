using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>This node's status lists, signed anew when a bit changes; what another replica changed shows within <see cref="Life"/>.</summary>
sealed class StatusLists(IServiceScopeFactory scopes, Keystore keys, NodeIdentity node, TimeProvider clock)
{
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(20);
    readonly ConcurrentDictionary<long, (string Token, DateTimeOffset Until)> lists = new();

    public void Forget(long list) => lists.TryRemove(list, out _);

    public async Task<string> Get(long list, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (lists.TryGetValue(list, out var kept) && kept.Until > now)
            return kept.Token;
        await using var scope = scopes.AsNode("status-list");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var from = list * StatusList.Size;
        var places = await db.Set<Certificate>().Where(c => c.State == CertificateState.Revoked && c.StatusPlace >= from && c.StatusPlace < from + StatusList.Size)
            .Select(c => c.StatusPlace).ToListAsync(ct);
        var token = StatusList.Issue(keys.Signing, StatusRoutes.Uri(node.PublicUrl, list), node.PublicUrl, places.Select(p => StatusList.Place(p).Index), now);
        lists[list] = (token, now + Life);
        return token;
    }
}

static class StatusRoutes
{
    const long MostLists = 10_000;

    public static string Uri(string nodeUrl, long list) => $"{nodeUrl}/status/{list}";

    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/status/{list:long}", async (long list, StatusLists lists, HttpContext http, CancellationToken ct) =>
        {
            if (list is < 0 or > MostLists)
                return Error.NotFound("certificate.no-list", "没有这个状态列表", "There is no such status list").AsResult();
            http.Response.Headers.CacheControl = "public, max-age=10";
            return Results.Text(await lists.Get(list, ct), "application/statuslist+jwt");
        }).Only(Allow.Anyone);
        faces.Portal.MapGet("/.well-known/jwt-vc-issuer", (IMembers members, NodeIdentity node) => Results.Json(new
        {
            issuer = node.PublicUrl,
            jwks = new
            {
                keys = (members.Find(node.Id)?.DocumentKeys ?? []).Select(k => JsonSerializer.Deserialize<Jwk>(k.Jwk)!).Select(k => k with { Kid = k.Thumbprint(), Alg = "ES256", Use = "sig" }),
            },
        })).Only(Allow.Anyone);
    }
}
