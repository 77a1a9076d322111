using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// Proof, on its own, that something stands in a log: the leaf, its place, the path to the root, and the checkpoint with
/// the signatures of the log and its witnesses. It needs no server to be checked.
/// </summary>
/// <param name="Version">1.</param>
/// <param name="Leaf">The leaf's bytes, base64.</param>
/// <param name="Proof">Hashes from the leaf up, base64.</param>
/// <param name="Checkpoint">The signed note.</param>
public sealed record Receipt(
    [property: JsonPropertyName("v")] int Version,
    [property: JsonPropertyName("index")] long Index,
    [property: JsonPropertyName("leaf")] byte[] Leaf,
    [property: JsonPropertyName("proof")] IReadOnlyList<byte[]> Proof,
    [property: JsonPropertyName("checkpoint")] string Checkpoint)
{
    // Readable notes in the file: the dash of a signature line stays a dash.
    static readonly JsonSerializerOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>Which log its checkpoint says it is of.</summary>
    [JsonIgnore]
    public string Origin => Checkpoint.Split('\n')[0];

    /// <summary>The leaf's text; leaves of this system are canonical JSON.</summary>
    [JsonIgnore]
    public string LeafText => Encoding.UTF8.GetString(Leaf);

    /// <summary>Fails with <c>receipt.malformed</c>; never throws.</summary>
    public static Result<Receipt> Parse(string json)
    {
        try
        {
            if (JsonSerializer.Deserialize<Receipt>(json) is { Version: 1, Leaf: not null, Proof: not null, Checkpoint: not null } receipt && receipt.Proof.All(hash => hash is not null))
                return receipt;
        }
        catch (JsonException)
        {
            // Answered below, with the same words as a receipt of the wrong shape.
        }
        return Error.Invalid("receipt.malformed", "回执格式错误", "The receipt is malformed", "receipt", "请核对文件是否完整", "Check that the file is complete");
    }

    internal static Receipt Of(LogLeaf leaf, byte[][] proof, string note) => new(1, leaf.Index, leaf.Data, proof, note);
}

/// <summary>What checking a receipt found, step by step, in the order a person would do it.</summary>
public sealed record ReceiptVerdict(IReadOnlyList<Finding> Steps)
{
    public bool Holds => Steps.All(step => step.Ok);
}

/// <summary>Checks a receipt offline, with nothing but keys one trusts.</summary>
public static class ReceiptVerifier
{
    /// <param name="logs">Keys of the logs one trusts.</param>
    /// <param name="witnesses">Keys of the witnesses one trusts.</param>
    /// <param name="quorum">How many different witnesses must have cosigned.</param>
    public static ReceiptVerdict Verify(Receipt receipt, IReadOnlyList<NoteKey> logs, IReadOnlyList<NoteKey> witnesses, int quorum)
    {
        var note = SignedNote.Parse(receipt.Checkpoint);
        if (!note.Ok)
            return new([new("checkpoint", false, new(note.Error.Detail, note.Error.DetailEn))]);
        var checkpoint = Checkpoint.Parse(note.Value.Text);
        if (!checkpoint.Ok)
            return new([new("checkpoint", false, new(checkpoint.Error.Detail, checkpoint.Error.DetailEn))]);
        var (origin, size, root) = (checkpoint.Value.Origin, checkpoint.Value.Size, checkpoint.Value.Root);
        var log = logs.FirstOrDefault(key => key.Name == origin && note.Value.HoldsFor(key));
        var hash = Merkle.LeafHash(receipt.Leaf);
        var included = Merkle.VerifyInclusion(receipt.Index, size, hash, receipt.Proof, root);
        var cosigned = witnesses.Where(w => w.Kind == NoteKeyKind.CosignatureV1 && note.Value.HoldsFor(w)).DistinctBy(w => w.Key.Kid).DistinctBy(w => w.Name).ToList();
        var names = string.Join(", ", cosigned.Select(w => w.Name));
        return new(
        [
            new("checkpoint", true, new($"检查点：{origin}，共 {size} 条", $"Checkpoint of {origin}, {size} leaves")),
            new("leaf", true, new($"内容的散列为 {Convert.ToBase64String(hash)}", $"The leaf's hash is {Convert.ToBase64String(hash)}")),
            new("inclusion", included, included
                ? new($"内容在日志第 {receipt.Index} 条，{receipt.Proof.Count} 个散列证明", $"The leaf stands at index {receipt.Index}, proved by {receipt.Proof.Count} hashes")
                : new($"证明不成立：内容不在第 {receipt.Index} 条", $"The proof fails: this leaf does not stand at index {receipt.Index}")),
            new("log", log is not null, log is not null
                ? new($"日志签名有效：{log.Name}", $"The log's signature holds: {log.Name}")
                : new($"没有受信任的日志 {origin} 的有效签名", $"No valid signature of a trusted log {origin}")),
            new("witnesses", cosigned.Count >= quorum, cosigned.Count >= quorum
                ? new($"{cosigned.Count} 个见证方签名有效（需 {quorum}）：{names}", $"{cosigned.Count} witnesses cosigned ({quorum} needed): {names}")
                : new($"只有 {cosigned.Count} 个受信任的见证方签名（需 {quorum}），尚待见证", $"Only {cosigned.Count} trusted witnesses cosigned ({quorum} needed): still pending")),
        ]);
    }
}
