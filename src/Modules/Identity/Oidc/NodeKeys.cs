using System.Collections.Concurrent;
using Microsoft.IdentityModel.Tokens;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Identity.Oidc;

/// <summary>The OpenID keys of the region's other nodes, fetched from where the verified directory says they are.</summary>
sealed class NodeKeys(IHttpClientFactory http, TimeProvider clock)
{
    public const string HttpName = "identity";
    const long KeptMs = 10 * 60_000;
    const long NotOftenerMs = 5_000;

    readonly ConcurrentDictionary<string, (JsonWebKeySet Keys, long At)> known = new();

    /// <param name="kid">A key id the caller saw; when it is not among the known keys they are fetched again.</param>
    public async Task<Result<JsonWebKeySet>> Of(Member member, string? kid, CancellationToken ct)
    {
        var now = clock.NowMs();
        if (known.TryGetValue(member.NodeId, out var found)
            && now - found.At < KeptMs
            && (now - found.At < NotOftenerMs || found.Keys.Keys.Any(k => k.Kid == kid)))
        {
            return found.Keys;
        }
        try
        {
            using var client = http.CreateClient(HttpName);
            var set = new JsonWebKeySet(await client.GetStringAsync(new Uri(member.Endpoint + "/oidc/jwks"), ct));
            known[member.NodeId] = (set, now);
            return set;
        }
        catch (Exception e) when (e is HttpRequestException or ArgumentException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return NoAnswer(member);
        }
    }

    public static Error NoAnswer(Member member) => Error.Unavailable(
        "oidc.node-silent", $"{member.Name.Zh}节点现在没有应答", $"The node of {member.Name.En} does not answer now",
        "请稍后再试，或用本省账号登录", "Try again later, or use an account of this province");
}
