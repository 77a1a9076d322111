using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>A checkpoint with its note: what the log shows of itself.</summary>
/// <param name="Note">Text and signature lines.</param>
/// <param name="At">Unix milliseconds when it was signed.</param>
public sealed record LogHead(Checkpoint Checkpoint, string Note, long At)
{
    public long Size => Checkpoint.Size;

    /// <summary>Reads a stored note, signatures unchecked; null when it is no checkpoint.</summary>
    internal static LogHead? Stored(string note, long at) =>
        SignedNote.Parse(note) is { Ok: true } parsed && Checkpoint.Parse(parsed.Value.Text) is { Ok: true } checkpoint ? new(checkpoint.Value, note, at) : null;
}

/// <summary>One step of a check, in words a person can read.</summary>
/// <param name="Step">Stable name, such as <c>inclusion</c>.</param>
public sealed record Finding(string Step, bool Ok, Words Words);
