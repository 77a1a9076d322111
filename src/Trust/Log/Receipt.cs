using System.Globalization;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// Proof, on its own, that something stands in a log: the leaf, its place, the path to the root, and the checkpoint with
/// the signatures of the log and its witnesses. It needs no server to be checked. Written as a C2SP tlog-proof whose extra data is the
/// leaf, so that other tools verify it too.
/// </summary>
/// <param name="Proof">Hashes from the leaf up.</param>
/// <param name="Checkpoint">The signed note.</param>
public sealed record Receipt(long Index, byte[] Leaf, IReadOnlyList<byte[]> Proof, string Checkpoint)
{
    public const string FileExtension = ".tlog-proof";

    const string FirstLine = "c2sp.org/tlog-proof@v1";
    const string Extra = "extra ";
    const string IndexIs = "index ";

    /// <summary>A tree has no more levels than an index has bits.</summary>
    const int LongestProof = 63;

    /// <summary>Which log its checkpoint says it is of.</summary>
    public string Origin => Checkpoint.Split('\n')[0];

    /// <summary>The leaf's text; leaves of this system are canonical JSON.</summary>
    public string LeafText => Encoding.UTF8.GetString(Leaf);

    public string ToText()
    {
        var text = new StringBuilder($"{FirstLine}\n{Extra}{Convert.ToBase64String(Leaf)}\n{IndexIs}{Index.ToString(CultureInfo.InvariantCulture)}\n");
        foreach (var hash in Proof)
            text.Append(Convert.ToBase64String(hash)).Append('\n');
        return text.Append('\n').Append(Checkpoint).ToString();
    }

    /// <summary>Fails with <c>receipt.malformed</c>; never throws.</summary>
    public static Result<Receipt> Parse(string text) =>
        Read(text) is { } receipt ? receipt : Error.Invalid("receipt.malformed", "回执格式错误", "The receipt is malformed", "receipt", "请核对文件是否完整", "Check that the file is complete");

    static Receipt? Read(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0)
            return null;
        var lines = text[..end].Split('\n');
        if (lines.Length is < 3 or > 3 + LongestProof || lines[0] != FirstLine || !lines[1].StartsWith(Extra, StringComparison.Ordinal) || !lines[2].StartsWith(IndexIs, StringComparison.Ordinal))
            return null;
        var number = lines[2][IndexIs.Length..];
        if (Base64(lines[1][Extra.Length..]) is not { } leaf || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || (number.Length > 1 && number[0] == '0'))
            return null;
        var proof = new List<byte[]>();
        foreach (var line in lines.Skip(3))
        {
            if (Base64(line) is not { Length: Merkle.HashSize } hash)
                return null;
            proof.Add(hash);
        }
        return new(index, leaf, proof, text[(end + 2)..]);
    }

    /// <summary>Written in the one way only: the framework passes over spaces.</summary>
    static byte[]? Base64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var written) && Convert.ToBase64String(bytes, 0, written) == text ? bytes[..written] : null;
    }

    internal static Receipt Of(LogLeaf leaf, byte[][] proof, string note) => new(leaf.Index, leaf.Data, proof, note);
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
