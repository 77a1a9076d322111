using System.Text.Json;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>What a bulk answer consists of, signed by the provider: each chunk is known by its hash before it is fetched.</summary>
/// <param name="AsOf">Unix ms when the department's system was read.</param>
sealed record BulkManifest(int V, string Id, string Provider, string Department, string Agreement, string Resource, int ResourceVersion, IReadOnlyList<string> Fields, long AsOf, long Rows, IReadOnlyList<BulkManifest.Chunk> Chunks)
{
    /// <summary>Of an aggregate: how many groups were too small to be given; null otherwise.</summary>
    public int? Withheld { get; init; }

    public bool? WithheldOrMore { get; init; }

    /// <param name="Sha256">Of its bytes, base64url.</param>
    public sealed record Chunk(int Bytes, int Rows, string Sha256);

    /// <summary>The <c>typ</c> of the token.</summary>
    public const string TokenType = "tb-bulk+jws";

    /// <summary>Bytes of a chunk at most: whole lines, each a row as a JSON object.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    /// <summary>16 GB in all.</summary>
    public const int MostChunks = 4096;

    public string Sign(NodeKey key) => Jws.Sign(key, JsonSerializer.SerializeToUtf8Bytes(this, DirectoryDocument.Json), TokenType);

    /// <summary>One that this node made itself, or verified when it came.</summary>
    public static BulkManifest Kept(string token) => JsonSerializer.Deserialize<BulkManifest>(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]), DirectoryDocument.Json)!;

    /// <summary>The manifest of this very question, signed by the member that was asked.</summary>
    public static Result<BulkManifest> Verify(string token, TrustedDirectory directory, string provider, QueryMessage asked)
    {
        KeyOfMember? signer = null;
        var opened = Jws.Verify(token, TokenType, kid => (signer = directory.KeyOfAnyTime(kid))?.Key);
        if (!opened.Ok || signer!.Member.NodeId != provider)
            return Wrong("签名无效", "its signature does not hold");
        BulkManifest? read;
        try
        {
            read = JsonSerializer.Deserialize<BulkManifest>(opened.Value.Payload, DirectoryDocument.Json);
        }
        catch (JsonException)
        {
            read = null;
        }
        if (read is not { V: 1, Fields: not null, Chunks: { Count: <= MostChunks } chunks } || chunks.Any(c => c is not { Bytes: > 0 and <= MostBytes, Rows: > 0, Sha256.Length: 43 }) || read.Rows != chunks.Sum(c => (long)c.Rows))
            return Wrong("格式错误", "it is malformed");
        return read.Id == asked.ExchangeId && read.Provider == provider && read.Agreement == asked.Agreement && read.Resource == asked.Resource && read.ResourceVersion == asked.ResourceVersion && read.Fields.SequenceEqual(asked.Fields)
            ? read
            : Wrong("不是针对这次请求的", "it is to another request");
    }

    static Error Wrong(string zh, string en) => Error.Invalid("bulk.manifest", $"对方的清单没有采用：{zh}", $"The manifest was not used: {en}", "manifest");
}
