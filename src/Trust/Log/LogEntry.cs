using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// One thing to log. <see cref="Data"/> is what the tree commits to: references and salted commitments, never personal
/// data and never a plain hash of it.
/// </summary>
/// <param name="Reference">Unique in the log; the same reference appended again is answered with its first position.</param>
public sealed record LogEntry(string Reference, byte[] Data)
{
    public Metering? Metering { get; init; }

    /// <summary>The nonce of the request this answers; one seen before is refused as <c>signature.replayed</c>.</summary>
    public UsedNonce? Nonce { get; init; }

    /// <summary>
    /// Blind indexes of the persons whose data was touched, for the data tracker. A leaf that states a commitment to them
    /// (<see cref="About"/> over <see cref="Named"/>) lets an audit find whoever was taken out of the index or put in.
    /// </summary>
    public IReadOnlyList<string> Subjects { get; init; } = [];

    /// <summary>Name of that commitment in the leaf, and of its salt.</summary>
    public const string About = "about";

    public static byte[] Named(IReadOnlyList<string> subjects) => Encoding.UTF8.GetBytes(subjects.Count == 1 ? subjects[0] : string.Join('\n', subjects.Order(StringComparer.Ordinal)));

    /// <summary>The salts of the commitments in <see cref="Data"/>, by name. They can be erased; the leaf stays.</summary>
    public IReadOnlyList<LogSalt> Salts { get; init; } = [];

    /// <summary>What is asked about the leaf soon after, kept in memory for that (<see cref="TransparencyLog.Recent"/>); null when nothing is.</summary>
    public LeafMark? Mark { get; init; }

    /// <summary>
    /// Null when the entry can be stored on both engines. It is asked before the entry joins a group, for one that the
    /// database refuses would take its neighbours down with it.
    /// </summary>
    internal Error? Unfit()
    {
        var fits = Reference.Length > 0 && Storable(Reference);
        foreach (var subject in Subjects)
            fits &= Storable(subject);
        for (var i = 0; i < Salts.Count; i++)
        {
            fits &= Storable(Salts[i].Name) && Salts[i].Value.Length <= LogSalts.Longest;
            for (var earlier = 0; earlier < i; earlier++)
                fits &= Salts[earlier].Name != Salts[i].Name;
        }
        if (Nonce is { } n)
            fits &= Storable(n.KeyId) && Storable(n.Nonce);
        if (Metering is { } m)
            fits &= Storable(m.Agreement) && Storable(m.Resource) && Storable(m.Consumer) && Storable(m.Provider) && Storable(m.Purpose) && Storable(m.Outcome) && m.Units >= 0;
        return fits ? null : Error.Invalid("log.entry", "日志条目含有无法存储的内容", "The log entry holds a text that cannot be stored, a negative amount, or two salts of one name");
    }

    /// <summary>PostgreSQL stores no NUL, and a lone surrogate is no text.</summary>
    static bool Storable(string text)
    {
        if (text.Length > 1024 || text.Contains('\0'))
            return false;
        if (Ascii.IsValid(text))
            return true;
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsSurrogatePair(text, i))
                return false;
            i++;
        }
        return true;
    }

    /// <summary>
    /// The usual leaf: canonical JSON with <c>v</c>, <c>kind</c>, <c>ref</c>, the body, and the metering record, so that an audit
    /// can compare the tables that bills are made from with what the tree commits to.
    /// </summary>
    /// <param name="kind">What happened, such as <c>exchange.answered</c>.</param>
    /// <param name="about">Blind index of the person whose data was touched.</param>
    public static LogEntry Of(string reference, string kind, JsonObject body, Metering? metering = null, string? about = null)
    {
        var leaf = new JsonObject { ["v"] = 1, ["kind"] = kind, ["ref"] = reference, ["body"] = body.DeepClone() };
        if (metering is not null)
            leaf["metering"] = metering.ToJson();
        if (about is null)
            return new(reference, CanonicalJson.Write(leaf)) { Metering = metering };
        var named = Commitment.Make(Named([about]));
        leaf[About] = named.Value;
        return new(reference, CanonicalJson.Write(leaf)) { Metering = metering, Subjects = [about], Salts = [new LogSalt(About, named.Salt)] };
    }
}

/// <summary>Whose exchange a leaf is of.</summary>
/// <param name="Other">The node at the other side.</param>
/// <param name="Obtained">This node asked; otherwise it answered.</param>
/// <param name="Place">Of the leaf in the log at the other side, where that is known.</param>
public sealed record LeafMark(string Other, bool Obtained, long? Place);

/// <param name="At">Unix milliseconds of its group.</param>
public readonly record struct MarkedLeaf(long Index, long At, LeafMark? Mark);

/// <summary>What was used, by whom, under which agreement: the record that statements are made from.</summary>
/// <param name="Units">In the unit of the resource's tariff; at least 0.</param>
/// <param name="At">Unix milliseconds.</param>
/// <param name="Outcome">Such as <c>answered</c>, <c>empty</c> or <c>refused</c>.</param>
public sealed record Metering(string Agreement, string Resource, string Consumer, string Provider, string Purpose, long Units, long At, string Outcome)
{
    internal JsonObject ToJson() => new()
    {
        ["agreement"] = Agreement,
        ["resource"] = Resource,
        ["consumer"] = Consumer,
        ["provider"] = Provider,
        ["purpose"] = Purpose,
        ["units"] = Units,
        ["at"] = At,
        ["outcome"] = Outcome,
    };
}

/// <summary>A nonce spent under a key. Unix milliseconds until when a signature with it could still be accepted.</summary>
public sealed record UsedNonce(string KeyId, string Nonce, long KeepUntil)
{
    /// <summary>The nonce of a verified request; null when it stated none. Kept until expiry plus twice the skew.</summary>
    public static UsedNonce? Of(VerifiedSignature signature, Profile profile) =>
        signature.Parameters is { Nonce: { } nonce, Expires: { } expires }
            ? new(signature.KeyId, nonce, (expires + 2 * (long)profile.Skew.TotalSeconds) * 1000)
            : null;
}

/// <summary>The salt of one commitment in a leaf.</summary>
public sealed record LogSalt(string Name, byte[] Value);

/// <summary>The salts of one leaf in one column: for each the lengths of name and value in two bytes, then both. Read only by <see cref="TransparencyLog.Salts"/>.</summary>
static class LogSalts
{
    public const int Longest = ushort.MaxValue;

    /// <summary>Null when there is none.</summary>
    public static byte[]? Write(IReadOnlyList<LogSalt> salts)
    {
        if (salts.Count == 0)
            return null;
        var size = 0;
        foreach (var salt in salts)
            size += 4 + Encoding.UTF8.GetByteCount(salt.Name) + salt.Value.Length;
        var bytes = new byte[size];
        var rest = bytes.AsSpan();
        foreach (var salt in salts)
        {
            var name = Encoding.UTF8.GetBytes(salt.Name, rest[4..]);
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)name);
            BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)salt.Value.Length);
            salt.Value.CopyTo(rest[(4 + name)..]);
            rest = rest[(4 + name + salt.Value.Length)..];
        }
        return bytes;
    }

    /// <summary>Null when it is nothing that was written here.</summary>
    public static List<LogSalt>? Read(ReadOnlySpan<byte> bytes)
    {
        var salts = new List<LogSalt>();
        while (bytes.Length > 0)
        {
            if (bytes.Length < 4)
                return null;
            var (name, value) = (BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
            if (name == 0 || bytes.Length < 4 + name + value)
                return null;
            salts.Add(new(Encoding.UTF8.GetString(bytes.Slice(4, name)), bytes.Slice(4 + name, value).ToArray()));
            bytes = bytes[(4 + name + value)..];
        }
        return salts;
    }
}

/// <summary>Where an entry stands.</summary>
/// <param name="Index">From 0.</param>
/// <param name="At">Unix milliseconds of its group.</param>
/// <param name="Repeated">The reference had been logged before; nothing was added.</param>
public readonly record struct LogPosition(long Index, long At, bool Repeated);

/// <summary>A stored leaf.</summary>
public sealed record LogLeaf(long Index, byte[] Hash, byte[] Data, long At);

/// <summary>A metering record with its leaf.</summary>
public sealed record MeteredLeaf(long Index, Metering Metering);

/// <summary>Metering of one agreement, outcome and day, added up.</summary>
/// <param name="Day">Since 1970-01-01.</param>
public sealed record MeteredSum(string Agreement, string Resource, string Consumer, string Provider, string Outcome, long Day, long Records, long Units);
