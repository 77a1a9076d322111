using System.Collections.Concurrent;
using System.Text.Json;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The consumer's side of answers that the provider's log seals: one signature is verified for each checkpoint, and a few hashes for each answer.
/// What holds afterwards is more than a signature says: the answer stands in the provider's log, metered as it was asked for.
/// </summary>
sealed class OpenSeals(NodeIdentity node, RegionDirectory directory)
{
    /// <summary>A checkpoint that held a moment ago, by its text with all its lines, and the directory it held under.</summary>
    sealed record Held(string Note, string DirectoryHash, Checkpoint Checkpoint);

    volatile Held? last;

    /// <summary>Read once: a key that verifies often has tables, and they belong to the key as it was read.</summary>
    readonly ConcurrentDictionary<string, NoteKey> read = new(StringComparer.Ordinal);

    /// <summary>Whether this provider seals its answers, as members agreed in the directory.</summary>
    public bool Seals(string provider) => directory.Entry(provider)?.Log is { Seals: true };

    /// <summary>The answers in the order asked; an error when the whole cannot be trusted.</summary>
    public Result<List<QueryAnswer>> Open(string provider, ReadOnlyMemory<byte> body, IReadOnlyList<(QueryMessage Query, byte[] Body)> asked)
    {
        if (SealedAnswers.Parse(body) is not { } message || message.Parts.Count != asked.Count)
            return QueryAnswer.Malformed;
        if (Checkpoint(provider, message.Checkpoint) is not { } checkpoint)
            return Wrong(provider, "checkpoint");
        var root = message.Proof.Root(message.First, [.. message.Parts.Select(part => Merkle.LeafHash(part.Leaf.Span))], checkpoint.Size);
        if (root is null || !root.AsSpan().SequenceEqual(checkpoint.Root))
            return Wrong(provider, "inclusion");
        var answers = new List<QueryAnswer>(asked.Count);
        for (var i = 0; i < asked.Count; i++)
        {
            if (Answer(provider, message.Parts[i], message.First + i, asked[i].Body, asked[i].Query) is not { } answer)
                return Wrong(provider, "leaf");
            answers.Add(answer);
        }
        return answers;
    }

    Checkpoint? Checkpoint(string provider, string note)
    {
        var trusted = directory.Trusted;
        if (last is { } held && held.Note == note && held.DirectoryHash == trusted.Hash && trusted.Find(provider)?.Log?.Origin == held.Checkpoint.Origin)
            return held.Checkpoint;
        if (trusted.Find(provider)?.Log is not { } log || KeyOf(log.VKey) is not { } key || Trust.Checkpoint.Verify(note, key) is not { Ok: true, Value: var verified })
            return null;
        // Where the directory names a second key of the log, both lines must hold.
        if (log.Sm2 is { } second && !(KeyOf(second) is { } sm2 && verified.Note.HoldsFor(sm2)))
            return null;
        last = new(note, trusted.Hash, verified.Checkpoint);
        return verified.Checkpoint;
    }

    /// <param name="vkey">Of a directory that is trusted: there are no more of them than members had keys.</param>
    NoteKey? KeyOf(string vkey) => read.TryGetValue(vkey, out var known) ? known : NoteKey.Parse(vkey) is { Ok: true, Value: var key } ? read.GetOrAdd(vkey, key) : null;

    /// <summary>Null unless the leaf is that of an answer to this very question, with these very rows, metered as one use under the agreement asked.</summary>
    QueryAnswer? Answer(string provider, SealedPart part, long index, byte[] asked, QueryMessage query)
    {
        if (SealedLeaf.Read(part.Leaf.Span) is not { Kind: ExchangeLeaf.Provided, Units: 1, Department.Length: <= 64 } leaf
            || leaf.Reference != ExchangeLeaf.ReferenceOfProvided(node.Id, query.ExchangeId) || leaf.ExchangeId != query.ExchangeId
            || leaf.Consumer != node.Id || leaf.Provider != provider || leaf.Agreement != query.Agreement || leaf.Resource != query.Resource || leaf.Purpose != query.Purpose
            || !Commitment.Opens(leaf.Question, part.QuestionSalt, asked) || !Commitment.Opens(leaf.Answer, part.AnswerSalt, part.Rows.Span)
            || Rows(part.Rows) is not { } rows || leaf.Rows != rows.Count || leaf.Outcome != (rows.Count == 0 ? "empty" : "answered"))
            return null;
        return new QueryAnswer(1, query.ExchangeId, provider, leaf.Department, query.Resource, leaf.At, index, rows) { RowsJson = part.Rows, Withholding = Withholding(part.Leaf, provider, index) };
    }

    /// <summary>Few leaves say that their use is shown later: only those are read whole.</summary>
    static Withholding? Withholding(ReadOnlyMemory<byte> leaf, string provider, long index) =>
        leaf.Span.IndexOf("\"disclosure\":"u8) < 0 ? null : LeafFacts.Read(provider, index, 0, leaf)?.Withholding;

    static List<IReadOnlyDictionary<string, string?>>? Rows(ReadOnlyMemory<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            return QueryAnswer.ReadRows(ref reader, json).Rows;
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            return null;
        }
    }

    Error Wrong(string provider, string what)
    {
        var name = directory.Entry(provider)?.Name ?? new(provider, provider);
        return Error.Unavailable("peer.answer-not-trusted",
            $"{name.Zh}的回答没有通过日志封印的验证（{what}），未采用", $"The answer of {name.En} did not pass verification of its seal ({what}) and was not used",
            "请稍后再试；如一直出现，请通知数据管理员", "Try again later; if it persists, tell the data steward");
    }
}
