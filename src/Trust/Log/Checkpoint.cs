using System.Globalization;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// What a log commits to (C2SP tlog-checkpoint): its origin, its size and the root of its tree, one line each,
/// and any extension lines.
/// </summary>
/// <param name="Origin">The log's name, such as <c>CN-YRD/340000/log</c>; also the name of its key.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root, IReadOnlyList<string> Extensions)
{
    public Checkpoint(string origin, long size, byte[] root)
        : this(origin, size, root, [])
    {
    }

    /// <summary>The note's text, newline included.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n")
        + string.Concat(Extensions.Select(line => line + "\n"));

    public SignedNote Sign(NodeKey key)
    {
        var text = Text;
        return new(text, [SignedNote.Sign(text, Origin, key)]);
    }

    /// <summary>Reads the text of a note, signatures unchecked. Fails with <c>checkpoint.malformed</c>.</summary>
    public static Result<Checkpoint> Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length < 4 || lines[^1].Length > 0 || !NoteKey.ValidName(lines[0]) || !ParseSize(lines[1], out var size))
            return Malformed();
        var root = new byte[lines[2].Length];
        if (!Convert.TryFromBase64String(lines[2], root, out var written) || written != Merkle.HashSize || Convert.ToBase64String(root.AsSpan(0, written)) != lines[2])
            return Malformed();
        var extensions = lines[3..^1];
        return extensions.Any(line => line.Length == 0) ? Malformed() : new Checkpoint(lines[0], size, root[..written], extensions);
    }

    /// <summary>
    /// A checkpoint of the log that a key names, with a line of that key that holds.
    /// Fails with <c>note.malformed</c>, <c>checkpoint.malformed</c>, <c>checkpoint.origin</c> or <c>checkpoint.signature</c>.
    /// </summary>
    public static Result<(Checkpoint Checkpoint, SignedNote Note)> Verify(string note, NoteKey log)
    {
        var parsed = SignedNote.Parse(note);
        if (!parsed.Ok)
            return parsed.Error;
        var checkpoint = Parse(parsed.Value.Text);
        if (!checkpoint.Ok)
            return checkpoint.Error;
        if (checkpoint.Value.Origin != log.Name)
            return Error.Forbidden("checkpoint.origin", $"检查点来自 {checkpoint.Value.Origin}，不是 {log.Name}", $"The checkpoint is of {checkpoint.Value.Origin}, not of {log.Name}");
        return parsed.Value.HoldsFor(log)
            ? (checkpoint.Value, parsed.Value)
            : Error.Forbidden("checkpoint.signature", "检查点没有日志的有效签名", "The checkpoint has no valid signature of the log", "请核对所信任的日志公钥", "Check which key of the log is trusted");
    }

    // Only the one decimal form of a number: no sign, no leading zeros.
    static bool ParseSize(string text, out long size) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size.ToString(CultureInfo.InvariantCulture) == text;

    static Error Malformed() => Error.Invalid("checkpoint.malformed", "检查点格式错误", "The checkpoint is malformed", "checkpoint", "请核对文本是否被改动或截断", "Check that it was not changed or cut off");
}
