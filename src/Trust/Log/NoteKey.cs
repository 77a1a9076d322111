using System.Security.Cryptography;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>The kinds of lines in a signed note (C2SP signed-note, "Signature types").</summary>
public enum NoteKeyKind : byte
{
    /// <summary>Signs the note's text: the log's own line.</summary>
    Ed25519 = 0x01,

    /// <summary>Signs time and text: a witness's cosignature/v1 line (C2SP tlog-cosignature).</summary>
    CosignatureV1 = 0x04,

    /// <summary>
    /// Signs the note's text in SM2 with SM3: a log's second line, where its member uses that suite. The standard assigns no byte to it; 0xff is
    /// followed by a name of its own.
    /// </summary>
    Sm2 = 0xff,
}

/// <summary>
/// A verifier key: a name, an Ed25519 or SM2 key and what it signs. Its text form is C2SP's vkey,
/// <c>name+hash+base64(kind ‖ key)</c>, which the standard tools of transparency logs read.
/// </summary>
public sealed class NoteKey
{
    /// <summary>Follows 0xff, so that nobody else's type of that byte is taken for this one.</summary>
    static ReadOnlySpan<byte> Sm2Type => "tongban/sm2-sm3/v1"u8;

    NoteKey(string name, NoteKeyKind kind, PublicKey key)
    {
        (Name, Kind, Key) = (name, kind, key);
        byte[] typed = kind == NoteKeyKind.Sm2 ? [(byte)kind, .. Sm2Type, .. Sm2Suite.Raw(key)] : [(byte)kind, .. Ed25519Suite.Raw(key)];
        Hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. typed])[..4];
        Text = $"{name}+{Convert.ToHexStringLower(Hash)}+{Convert.ToBase64String(typed)}";
    }

    /// <summary>For a log its origin; for a witness its own name. No spaces, no plus.</summary>
    public string Name { get; }

    public NoteKeyKind Kind { get; }

    public PublicKey Key { get; }

    /// <summary>The vkey.</summary>
    public string Text { get; }

    /// <summary>The four bytes by which a signature line names its key.</summary>
    internal byte[] Hash { get; }

    public static NoteKey Of(string name, PublicKey key, NoteKeyKind kind = NoteKeyKind.Ed25519) =>
        !ValidName(name) ? throw new ArgumentException($"Not a key name: '{name}'", nameof(name))
        : key.Suite.Name != (kind == NoteKeyKind.Sm2 ? "sm2-sm3" : "ed25519") ? throw new ArgumentException($"A line of kind {kind} is not signed with {key.Suite.Name}", nameof(key))
        : new(name, kind, key);

    /// <summary>Reads a vkey. Fails with <c>vkey.malformed</c>; a hash that does not belong to the key is malformed too.</summary>
    public static Result<NoteKey> Parse(string vkey)
    {
        var parts = vkey.Split('+', 3);
        if (parts.Length != 3 || !ValidName(parts[0]))
            return Malformed();
        var typed = new byte[1 + Sm2Type.Length + 64];
        if (!Convert.TryFromBase64String(parts[2], typed, out var written) || Public(typed.AsSpan(0, written)) is not { } known)
            return Malformed();
        var key = new NoteKey(parts[0], (NoteKeyKind)typed[0], known);
        return key.Text == vkey ? key : Malformed();
    }

    /// <summary>Null when it is no key of a kind that is known here.</summary>
    static PublicKey? Public(ReadOnlySpan<byte> typed) =>
        typed.Length == 33 && typed[0] is (1 or 4) ? ((Ed25519Suite)SignatureSuites.Ed25519).FromRaw(typed[1..])
        : typed.Length == 1 + Sm2Type.Length + 64 && typed[0] == 0xff && typed[1..].StartsWith(Sm2Type) ? Sm2Suite.FromRaw(typed[(1 + Sm2Type.Length)..])
        : null;

    internal static bool ValidName(string name) => name.Length > 0 && !name.Contains('+') && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    public override string ToString() => Text;

    static Error Malformed() => Error.Invalid("vkey.malformed", "校验密钥（vkey）格式错误", "The verifier key (vkey) is malformed", "vkey", "请核对 vkey 是否完整复制", "Check that the whole vkey was copied");
}
