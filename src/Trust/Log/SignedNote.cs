using System.Buffers.Binary;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>One line of a note: <c>— name base64(hash ‖ signature)</c>.</summary>
/// <param name="Hash">Four bytes naming the key.</param>
/// <param name="Signature">64 bytes, or a timestamp of 8 bytes and 64 bytes for a cosignature.</param>
public sealed record NoteSignature(string Name, byte[] Hash, byte[] Signature)
{
    public override string ToString() => $"— {Name} {Convert.ToBase64String([.. Hash, .. Signature])}";
}

/// <summary>A C2SP signed note: text that ends in a newline, an empty line, signature lines.</summary>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    const string LineStart = "— ";
    const int Longest = 1_000_000;
    const int MostSignatures = 100;

    /// <summary>The note as it is sent and stored.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Text).Append('\n');
        foreach (var signature in Signatures)
            text.Append(signature).Append('\n');
        return text.ToString();
    }

    public SignedNote With(NoteSignature signature) => this with { Signatures = [.. Signatures, signature] };

    /// <summary>Fails with <c>note.malformed</c>; never throws.</summary>
    public static Result<SignedNote> Parse(string note)
    {
        // Signatures stand after the last empty line.
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (note.Length > Longest || split < 0 || !note.EndsWith('\n') || note.Any(c => (c < ' ' && c != '\n') || c == '\u007f' || char.IsSurrogate(c)))
            return Malformed();
        var lines = note[(split + 2)..].Split('\n')[..^1];
        if (lines.Length is 0 or > MostSignatures)
            return Malformed();
        var signatures = new List<NoteSignature>(lines.Length);
        foreach (var line in lines)
        {
            if (ParseLine(line) is not { Ok: true } signature)
                return Malformed();
            signatures.Add(signature.Value);
        }
        return new SignedNote(note[..(split + 1)], signatures);
    }

    /// <summary>Reads one signature line, with or without its newline.</summary>
    public static Result<NoteSignature> ParseLine(string line)
    {
        line = line.TrimEnd('\n');
        var space = line.LastIndexOf(' ');
        if (!line.StartsWith(LineStart, StringComparison.Ordinal) || space < LineStart.Length)
            return Malformed();
        var name = line[LineStart.Length..space];
        var bytes = new byte[line.Length];
        if (!NoteKey.ValidName(name) || !Convert.TryFromBase64String(line[(space + 1)..], bytes, out var written) || written < 5)
            return Malformed();
        return new NoteSignature(name, bytes[..4], bytes[4..written]);
    }

    /// <summary>The log's own line, or, of an SM2 key, the one beside it.</summary>
    public static NoteSignature Sign(string text, string name, NodeKey key)
    {
        var id = NoteKey.Of(name, key.Public, key.Suite == SignatureSuites.Sm2 ? NoteKeyKind.Sm2 : NoteKeyKind.Ed25519);
        return new(name, id.Hash, key.Sign(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>A witness's cosignature/v1 line: it also states when.</summary>
    public static NoteSignature Cosign(string text, string name, NodeKey key, DateTimeOffset at)
    {
        var id = NoteKey.Of(name, key.Public, NoteKeyKind.CosignatureV1);
        var signature = new byte[8 + 64];
        BinaryPrimitives.WriteInt64BigEndian(signature, at.ToUnixTimeSeconds());
        key.Sign(Cosigned(text, at.ToUnixTimeSeconds()), signature.AsSpan(8));
        return new(name, id.Hash, signature);
    }

    /// <summary>Whether a line of this key holds over the text. Lines of other keys are ignored; a wrong line of this key is not outweighed by a right one.</summary>
    public bool HoldsFor(NoteKey key)
    {
        var lines = Signatures.Where(s => s.Name == key.Name && s.Hash.AsSpan().SequenceEqual(key.Hash)).ToList();
        return lines.Count > 0 && lines.All(line => Holds(key, line));
    }

    /// <summary>Whether there is a line of this key, right or wrong.</summary>
    public bool Carries(NoteKey key) => Signatures.Any(s => s.Name == key.Name && s.Hash.AsSpan().SequenceEqual(key.Hash));

    bool Holds(NoteKey key, NoteSignature line)
    {
        if (key.Kind is NoteKeyKind.Ed25519 or NoteKeyKind.Sm2)
            return key.Key.Verify(Encoding.UTF8.GetBytes(Text), line.Signature);
        if (line.Signature.Length != 72)
            return false;
        var seconds = BinaryPrimitives.ReadInt64BigEndian(line.Signature);
        return seconds >= 0 && key.Key.Verify(Cosigned(Text, seconds), line.Signature.AsSpan(8));
    }

    /// <summary>When a witness cosigned, by its own clock; null when there is no line of this key.</summary>
    public DateTimeOffset? CosignedAt(NoteKey key)
    {
        var line = Signatures.FirstOrDefault(s => s.Name == key.Name && s.Hash.AsSpan().SequenceEqual(key.Hash) && s.Signature.Length == 72);
        return line is null ? null : DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(line.Signature), 0, 253402300799));
    }

    static byte[] Cosigned(string text, long seconds) => Encoding.UTF8.GetBytes($"cosignature/v1\ntime {seconds}\n{text}");

    internal static Error Malformed() => Error.Invalid("note.malformed", "签名文本（signed note）格式错误", "The signed note is malformed", "note", "请核对文本是否被改动或截断", "Check that it was not changed or cut off");
}
