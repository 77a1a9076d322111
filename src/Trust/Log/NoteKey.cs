using System.Security.Cryptography;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>The kinds of Ed25519 lines in a signed note (C2SP signed-note, "Signature types").</summary>
public enum NoteKeyKind : byte
{
    /// <summary>Signs the note's text: the log's own line.</summary>
    Ed25519 = 0x01,

    /// <summary>Signs time and text: a witness's cosignature/v1 line (C2SP tlog-cosignature).</summary>
    CosignatureV1 = 0x04,
}

/// <summary>
/// A verifier key: a name, an Ed25519 key and what it signs. Its text form is C2SP's vkey,
/// <c>name+hash+base64(kind ‖ key)</c>, which the standard tools of transparency logs read.
/// </summary>
public sealed class NoteKey
{
    NoteKey(string name, NoteKeyKind kind, PublicKey key)
    {
        (Name, Kind, Key) = (name, kind, key);
        byte[] typed = [(byte)kind, .. Ed25519Suite.Raw(key)];
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
        : key.Suite.Name != "ed25519" ? throw new ArgumentException("A note is signed with Ed25519", nameof(key))
        : new(name, kind, key);

    /// <summary>Reads a vkey. Fails with <c>vkey.malformed</c>; a hash that does not belong to the key is malformed too.</summary>
    public static Result<NoteKey> Parse(string vkey)
    {
        var parts = vkey.Split('+', 3);
        if (parts.Length != 3 || !ValidName(parts[0]))
            return Malformed();
        var typed = new byte[33];
        if (!Convert.TryFromBase64String(parts[2], typed, out var written) || written != 33 || typed[0] is not (1 or 4))
            return Malformed();
        var key = new NoteKey(parts[0], (NoteKeyKind)typed[0], ((Ed25519Suite)SignatureSuites.Ed25519).FromRaw(typed.AsSpan(1)));
        return key.Text == vkey ? key : Malformed();
    }

    internal static bool ValidName(string name) => name.Length > 0 && !name.Contains('+') && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    public override string ToString() => Text;

    static Error Malformed() => Error.Invalid("vkey.malformed", "校验密钥（vkey）格式错误", "The verifier key (vkey) is malformed", "vkey", "请核对 vkey 是否完整复制", "Check that the whole vkey was copied");
}
