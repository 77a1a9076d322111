using System.Security.Cryptography;
using System.Text;

namespace Tongban.Trust;

/// <summary>
/// Whom a leaf is about: a salted commitment to a blind index stands in the leaf, the salt beside it. A leaf never changes; so when the
/// key of the index is replaced, the index committed to and its salt are sealed under the vault. Whoever holds the old key can then try
/// no number against the leaf, and the node itself can still show whom it is about.
/// </summary>
public static class LogAbout
{
    /// <summary>Name, among a leaf's salts, of the sealed pair: 32 bytes of salt, then what was committed to.</summary>
    public const string Sealed = "about.sealed";

    const int Salt = 32;

    static string Context(long index) => $"log.about.{index}";

    /// <summary>Whether a leaf is about this person; one whose salts were erased says nothing any more.</summary>
    /// <param name="about">The commitment in the leaf.</param>
    /// <param name="subject">Blind index, in any form that may be stored.</param>
    public static bool Is(string about, IReadOnlyList<LogSalt> salts, long index, string subject, IVault vault)
    {
        if (salts.FirstOrDefault(s => s.Name == LogEntry.About) is { } plain)
            return vault.Forms(subject).Any(form => Commitment.Opens(about, plain.Value, LogEntry.Named([form])));
        return salts.FirstOrDefault(s => s.Name == Sealed) is { } box && Open(vault, box, index) is { } opened
            && Commitment.Opens(about, opened.Salt, opened.Named) && vault.Same(Encoding.UTF8.GetString(opened.Named), subject);
    }

    /// <summary>Whether a leaf whose pair is sealed is about these persons and no others.</summary>
    internal static bool Matches(string about, LogSalt box, long index, IReadOnlyList<string> subjects, IVault vault) =>
        Open(vault, box, index) is { } opened && Commitment.Opens(about, opened.Salt, opened.Named)
        && Last(Encoding.UTF8.GetString(opened.Named).Split('\n'), vault).SequenceEqual(Last(subjects, vault));

    /// <summary>The salts with the pair sealed; null when this is not what the leaf commits to.</summary>
    internal static IReadOnlyList<LogSalt>? Seal(string? about, IReadOnlyList<LogSalt> salts, long index, IReadOnlyList<string> subjects, IVault vault)
    {
        var named = LogEntry.Named(subjects);
        if (about is null || salts.FirstOrDefault(s => s.Name == LogEntry.About) is not { } salt || !Commitment.Opens(about, salt.Value, named))
            return null;
        byte[] pair = [.. salt.Value, .. named];
        return [.. salts.Where(s => s != salt), new LogSalt(Sealed, vault.Seal(pair, Context(index)))];
    }

    /// <summary>The salts with the pair sealed by the vault's newest key; null when it is already, or there is none.</summary>
    internal static IReadOnlyList<LogSalt>? SealAgain(IReadOnlyList<LogSalt> salts, long index, Vault vault)
    {
        if (salts.FirstOrDefault(s => s.Name == Sealed) is not { } box || Vault.KeyOf(box.Value) == vault.KeyId)
            return null;
        var opened = vault.TryOpen(box.Value, Context(index));
        return opened.Ok
            ? [.. salts.Where(s => s != box), new LogSalt(Sealed, vault.Seal(opened.Value, Context(index)))]
            : throw new CryptographicException($"What is sealed beside leaf {index} of the log does not open: {opened.Error.Code}");
    }

    static IEnumerable<string> Last(IEnumerable<string> subjects, IVault vault) => subjects.Select(s => vault.Forms(s)[^1]).Order(StringComparer.Ordinal);

    static (byte[] Salt, byte[] Named)? Open(IVault vault, LogSalt box, long index) =>
        vault.TryOpen(box.Value, Context(index)) is { Ok: true, Value: { Length: > Salt } pair } ? (pair[..Salt], pair[Salt..]) : null;
}
