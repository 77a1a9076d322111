using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>Checks a certificate of any member: signature, holder's binding, time, and the issuer's status list.</summary>
sealed class CheckCertificate(TrustedIssuers issuers, StatusLists own, IHttpClientFactory clients, NodeIdentity node, TimeProvider clock)
{
    /// <summary>With <see cref="StatusLists.Life"/> under a minute: so long may a revocation go unseen.</summary>
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(20);
    readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Until)> lists = new();

    public async Task<Result<CertificateCheck>> Check(string token, (string Audience, string Nonce)? expected, CancellationToken ct)
    {
        var issuer = SdJwtToken.Peek(token)?["iss"]?.ToString();
        if (issuer is null || issuers.Find(issuer) is not { } member)
        {
            return Error.Invalid("certificate.issuer", "颁发者不是本区域的成员，或这不是一张电子证照", "Its issuer is no member of the region, or this is not an electronic certificate",
                "token", "请向持有人要一份新的证照或出示码", "Ask the holder for a fresh certificate or code");
        }
        var keys = new IssuerKeys(member.DocumentKeys);
        var verified = SdJwtToken.Verify(token, keys.Find, expected);
        if (!verified.Ok)
            return verified.Error;
        if (keys.Judge(verified.Value.Key, verified.Value.Payload) is { } ended)
            return ended;
        var payload = verified.Value.Payload;
        var read = Read(verified.Value, member.NodeId, clock.GetUtcNow());
        if (!read.Ok)
            return read.Error;
        var revoked = await IsRevoked(verified.Value.Payload, member, keys, ct);
        return revoked.Map(r => read.Value with { Revoked = r });
    }

    /// <summary>What a token that held says, if it is a certificate at all: its type, its number and its time agree with each other.</summary>
    internal static Result<CertificateCheck> Read(SdJwtContent content, string issuerNode, DateTimeOffset now)
    {
        var payload = content.Payload;
        var number = CertificateNumber.Parse(payload["certificate_number"]?.ToString());
        if (!number.Ok)
            return number.Error;
        if (payload["vct"]?.ToString() != CertificateType.Of(number.Value.TypeCode))
        {
            return Error.Invalid("certificate.type", "证照的类型(vct)与证照标识中的类型代码不符", "The certificate's type (vct) is not the one its number states",
                "token", "这不是本区域颁发的电子证照，请勿采信", "It is no certificate of this region; do not rely on it");
        }
        if (payload["exp"] is { } exp && !(exp is JsonValue stated && stated.TryGetValue<long>(out _)))
            return Error.Invalid("certificate.time", "证照的有效期无法读取", "The certificate's period cannot be read", "token");
        return new CertificateCheck(
            number.Value.ToString(),
            new Words(payload["name"]?.ToString() ?? "", payload["name_en"]?.ToString() ?? ""),
            issuerNode,
            SignatureValid: true,
            Revoked: false,
            Expired: payload["exp"]?.GetValue<long>() <= now.ToUnixTimeSeconds(),
            ClaimValue.Shown(payload, content.Disclosed));
    }

    /// <summary>Where a certificate's bit is; null when it states none, or one that is not its issuer's.</summary>
    internal static (string Uri, int Index)? StatusOf(JsonObject payload, string issuerUrl) =>
        payload["status"]?["status_list"] is JsonObject status
        && status["idx"] is JsonValue idx && idx.TryGetValue<int>(out var index)
        && status["uri"] is JsonValue uri && uri.TryGetValue<string>(out var address) && address.StartsWith(issuerUrl + "/status/", StringComparison.Ordinal)
            ? (address, index)
            : null;

    async Task<Result<bool>> IsRevoked(JsonObject payload, Member issuer, IssuerKeys keys, CancellationToken ct)
    {
        if (StatusOf(payload, issuer.Endpoint) is not { } place)
            return Error.Invalid("certificate.no-status", "证照没有可查的状态", "The certificate states no status that can be looked up", "token");
        var list = await List(place.Uri, issuer, ct);
        return list.Then(l => StatusList.IsRevoked(l, place.Uri, place.Index, keys, clock.GetUtcNow()));
    }

    async Task<Result<string>> List(string uri, Member issuer, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (issuer.NodeId == node.Id)
            return await own.Get(long.TryParse(uri[(uri.LastIndexOf('/') + 1)..], out var n) ? n : 0, ct);
        if (lists.TryGetValue(uri, out var kept) && kept.Until > now)
            return kept.Token;
        try
        {
            using var client = clients.CreateClient(nameof(CheckCertificate));
            var token = await client.GetStringAsync(new Uri(uri), ct);
            lists[uri] = (token, now + Fresh);
            return token;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !ct.IsCancellationRequested))
        {
            return Error.Unavailable("certificate.status-unreachable", $"暂时连不上颁发机关({issuer.Name.Zh}),无法确认证照是否已注销",
                $"The issuer ({issuer.Name.En}) cannot be reached now, so it is unknown whether the certificate was revoked",
                "签名本身可以离线核验；请稍后再查状态", "Its signature can be verified offline; look up its status later");
        }
    }
}
