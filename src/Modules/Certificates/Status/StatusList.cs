using System.Buffers.Text;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>
/// Token Status List (IETF draft-ietf-oauth-status-list): one bit a certificate, 1 is revoked; zlib-compressed in a signed
/// token. A list holds 65,536 certificates, so that asking for it does not tell which one is meant.
/// </summary>
static class StatusList
{
    public const int Size = 1 << 16;
    const string Type = "statuslist+jwt";

    /// <summary>Where the n-th certificate (from 0) of a node has its bit. Neighbours in time are not neighbours in the list.</summary>
    public static (long List, int Index) Place(long n) => (n / Size, (int)(n % Size * 40503 % Size));

    public static string Issue(NodeKey key, string uri, string issuer, IEnumerable<int> revoked, DateTimeOffset now)
    {
        var bits = new byte[Size / 8];
        foreach (var index in revoked)
            bits[index / 8] |= (byte)(1 << (index % 8));
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(bits);
        var payload = new JsonObject
        {
            ["sub"] = uri,
            ["iss"] = issuer,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(24).ToUnixTimeSeconds(),
            ["ttl"] = 20,
            ["status_list"] = new JsonObject { ["bits"] = 1, ["lst"] = Base64Url.EncodeToString(packed.ToArray()) },
        };
        return Jws.Sign(key, JsonSerializer.SerializeToUtf8Bytes(payload, EventTypes.Json), Type);
    }

    /// <summary>Whether the bit is set, after checking the list's signature, address and age.</summary>
    public static Result<bool> IsRevoked(string list, string uri, int index, IssuerKeys keys, DateTimeOffset now)
    {
        var jwt = Jws.Verify(list.Trim(), Type, keys.Find);
        if (!jwt.Ok)
            return jwt.Error;
        try
        {
            // A list that never grows old could hide a revocation for ever.
            if (StrictJson.Object(jwt.Value.Payload) is not { } payload || payload["sub"]?.ToString() != uri || keys.Judge(jwt.Value.Key, payload) is not null
                || payload["exp"]?.GetValue<long>() is not { } until || until < now.ToUnixTimeSeconds()
                || payload["status_list"] is not JsonObject status || status["bits"]?.GetValue<int>() != 1 || status["lst"] is not { } packed)
                return Wrong();
            using var zlib = new ZLibStream(new MemoryStream(Base64Url.DecodeFromChars(packed.ToString())), CompressionMode.Decompress);
            var bits = new byte[Size / 8 + 1];
            var length = zlib.ReadAtLeast(bits, bits.Length, throwOnEndOfStream: false);
            if (length > Size / 8 || index < 0 || index / 8 >= length)
                return Wrong();
            return (bits[index / 8] >> (index % 8) & 1) == 1;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException or InvalidOperationException)
        {
            return Wrong();
        }

        static Error Wrong() => Error.Unavailable("certificate.status-list", "颁发机关的证照状态列表无效或已过期",
            "The issuer's status list is not valid or too old", "请稍后再核验", "Check again later");
    }
}
