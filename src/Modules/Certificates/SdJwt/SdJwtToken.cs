using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>A token that held: who signed, what is always shown, what its holder chose to show.</summary>
/// <param name="KeyBound">The presenter proved the holder's key, for this audience and nonce.</param>
sealed record SdJwtContent(PublicKey Key, JsonObject Payload, IReadOnlyList<Disclosure> Disclosed, bool KeyBound);

/// <summary>SD-JWT VC: <c>issuer-jwt~disclosure~…~</c>, and <c>…~kb-jwt</c> when presented with the holder's key.</summary>
static class SdJwtToken
{
    public const string Type = "dc+sd-jwt";
    const string KeyBindingType = "kb+jwt";
    const int Longest = 200_000;

    /// <summary>What a token says of itself is never for its holder to leave out (SD-JWT VC, 3.2.2.2).</summary>
    static readonly HashSet<string> AlwaysShown = ["iss", "nbf", "exp", "cnf", "vct", "status", "iat"];

    public static string Issue(NodeKey issuer, JsonObject always, IEnumerable<Disclosure> claims)
    {
        var list = claims.ToList();
        var payload = (JsonObject)always.DeepClone();
        payload["_sd_alg"] = "sha-256";
        // Sorted, so that the order tells nothing about which digest is which claim.
        payload["_sd"] = new JsonArray([.. list.Select(d => d.Digest).Order(StringComparer.Ordinal).Select(d => (JsonNode)d)]);
        var jwt = Jws.Sign(issuer, JsonSerializer.SerializeToUtf8Bytes(payload, EventTypes.Json), Type);
        return jwt + "~" + string.Concat(list.Select(d => d.Encoded + "~"));
    }

    /// <summary>Shows only the named claims, bound to the holder's key, an audience and a nonce.</summary>
    public static string Present(string token, IReadOnlySet<string> names, NodeKey holder, string audience, string nonce, DateTimeOffset now)
    {
        var parts = token.Split('~');
        var shown = parts[0] + "~" + string.Concat(parts[1..^1].Where(p => Disclosure.Read(p) is { } d && names.Contains(d.Name)).Select(p => p + "~"));
        var binding = new JsonObject
        {
            ["iat"] = now.ToUnixTimeSeconds(),
            ["aud"] = audience,
            ["nonce"] = nonce,
            ["sd_hash"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(shown))),
        };
        return shown + Jws.Sign(holder, JsonSerializer.SerializeToUtf8Bytes(binding, EventTypes.Json), KeyBindingType);
    }

    /// <summary>The claims a stored token of our own could show.</summary>
    public static IReadOnlyList<Disclosure> Disclosures(string token) =>
        [.. token.Split('~')[1..].Select(Disclosure.Read).OfType<Disclosure>()];

    /// <summary>The always-shown part, unverified; null when it cannot be read. Only to find out whose key to look for.</summary>
    public static JsonObject? Peek(string token)
    {
        var parts = token.Length <= Longest ? token.Split('~')[0].Split('.') : [];
        if (parts.Length != 3 || !Base64Url.IsValid(parts[1]))
            return null;
        return StrictJson.Object(Base64Url.DecodeFromChars(parts[1]));
    }

    /// <summary>Checks signature, disclosures and key binding. Validity in time and status are the caller's.</summary>
    /// <param name="expected">Audience and nonce that a key binding must carry; null accepts a token without one.</param>
    public static Result<SdJwtContent> Verify(string token, Func<string, PublicKey?> keys, (string Audience, string Nonce)? expected)
    {
        var parts = token.Length <= Longest ? token.Split('~') : [];
        if (parts.Length < 2)
            return Wrong("certificate.malformed", "这不是一张电子证照", "This is not an electronic certificate");
        var jwt = Jws.Verify(parts[0], Type, keys);
        if (!jwt.Ok)
            return NotSigned(jwt.Error);
        if (StrictJson.Object(jwt.Value.Payload) is not { } payload)
            return Wrong("certificate.malformed", "证照内容不是有效的数据", "The certificate's content cannot be read");
        if (payload["_sd_alg"] is { } algorithm && algorithm.ToString() != "sha-256")
            return Wrong("certificate.algorithm", "不支持该证照的摘要算法", "The digest algorithm is not supported");
        var digests = (payload["_sd"] as JsonArray)?.Select(d => d?.ToString() ?? "").ToHashSet(StringComparer.Ordinal) ?? [];
        var disclosed = new List<Disclosure>();
        foreach (var part in parts[1..^1])
        {
            if (Disclosure.Read(part) is not { } disclosure || !digests.Remove(disclosure.Digest) || payload.ContainsKey(disclosure.Name) || AlwaysShown.Contains(disclosure.Name))
                return Wrong("certificate.disclosure", "证照中有一项内容不是颁发机关签发的", "A claim in the certificate was not signed by its issuer");
            disclosed.Add(disclosure);
        }
        var bound = false;
        if (parts[^1].Length > 0)
        {
            var binding = VerifyBinding(token, parts[^1], payload, expected);
            if (!binding.Ok)
                return binding.Error;
            bound = true;
        }
        else if (expected is not null)
        {
            return Wrong("certificate.not-bound", "出示者没有证明这是本人的证照", "The presenter did not prove to be the holder");
        }
        return new SdJwtContent(jwt.Value.Key, payload, disclosed, bound);
    }

    static Result<Done> VerifyBinding(string token, string binding, JsonObject payload, (string Audience, string Nonce)? expected)
    {
        if (HolderKey(payload) is not { } read)
            return Wrong("certificate.no-holder-key", "证照没有绑定持有人密钥", "The certificate is not bound to a holder's key");
        var holder = PublicKey.Read(read);
        if (!holder.Ok)
            return holder.Error;
        var jwt = Jws.Verify(binding, KeyBindingType, kid => kid == holder.Value.Kid ? holder.Value : null);
        if (!jwt.Ok)
            return Wrong("certificate.not-the-holder", "出示者的签名不是持有人的", "The presenter's signature is not the holder's");
        var shown = token[..^binding.Length];
        var hash = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(shown)));
        if (StrictJson.Object(jwt.Value.Payload) is not { } members || members["sd_hash"]?.ToString() != hash)
            return Wrong("certificate.binding", "出示的内容与本人签名不符", "What is shown is not what the holder signed");
        if (expected is { } e && (members["aud"]?.ToString() != e.Audience || members["nonce"]?.ToString() != e.Nonce))
            return Wrong("certificate.binding-replayed", "这次出示不是给您的", "This presentation was made for somebody else");
        return Done.It;
    }

    static Error NotSigned(Error error) => error.Code switch
    {
        "token.unknown-key" => Wrong("certificate.signer", "它不是由所称的颁发机关签发的", "It was not signed by the body it names"),
        "token.wrong" => Wrong("certificate.changed-content", "签名不对：内容被改动过", "The signature is wrong: the content was changed"),
        "token.type" => Wrong("certificate.malformed", "这不是一张电子证照", "This is not an electronic certificate"),
        _ => Wrong("certificate.malformed", "证照内容不是有效的数据", "The certificate's content cannot be read"),
    };

    static Jwk? HolderKey(JsonObject payload)
    {
        try
        {
            return payload["cnf"] is JsonObject confirmation && confirmation["jwk"] is JsonObject jwk ? jwk.Deserialize<Jwk>() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static Error Wrong(string code, string detail, string detailEn) =>
        Error.Invalid(code, detail, detailEn, "token", "请向持有人要一份新的证照或出示码", "Ask the holder for a fresh certificate or code");
}
