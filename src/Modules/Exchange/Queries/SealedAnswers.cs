using System.Text.Json;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>One answer with the leaf that stands for it.</summary>
/// <param name="Leaf">As it stands in the log of whoever answered.</param>
/// <param name="QuestionSalt">Opens the leaf's commitment to the question.</param>
/// <param name="AnswerSalt">Opens its commitment to the rows.</param>
/// <param name="Rows">As they were committed to.</param>
readonly record struct SealedPart(ReadOnlyMemory<byte> Leaf, byte[] QuestionSalt, byte[] AnswerSalt, ReadOnlyMemory<byte> Rows);

/// <summary>
/// What is answered to <c>POST /peer/sealed</c>, in its order: <c>{"v":1,"checkpoint":note,"first":n,"before":[…],"behind":[…],"answers":[{"leaf":{…},
/// "question":salt,"answer":salt,"rows":[…]},…]}</c>: the leaves from n on of the log whose checkpoint it is. It carries no signature of its own: each
/// answer is signed by its place in the log of whoever gave it. Where one was refused, all go signed as <see cref="AnswersMessage"/>.
/// </summary>
sealed record SealedAnswers(string Checkpoint, long First, RangeProof Proof, IReadOnlyList<SealedPart> Parts)
{
    public byte[] ToJson() => JsonBuffer.Write(this, static (json, message) =>
    {
        json.WriteStartObject();
        json.WriteNumber("v"u8, 1);
        json.WriteString("checkpoint"u8, message.Checkpoint);
        json.WriteNumber("first"u8, message.First);
        Hashes(json, "before"u8, message.Proof.Before);
        Hashes(json, "behind"u8, message.Proof.Behind);
        json.WriteStartArray("answers"u8);
        foreach (var part in message.Parts)
            Part(json, part);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    static void Hashes(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<byte[]> hashes)
    {
        json.WriteStartArray(name);
        foreach (var hash in hashes)
            json.WriteBase64StringValue(hash);
        json.WriteEndArray();
    }

    static void Part(Utf8JsonWriter json, SealedPart part)
    {
        json.WriteStartObject();
        json.WritePropertyName("leaf"u8);
        json.WriteRawValue(part.Leaf.Span, skipInputValidation: true);
        json.WriteBase64String("question"u8, part.QuestionSalt);
        json.WriteBase64String("answer"u8, part.AnswerSalt);
        json.WritePropertyName("rows"u8);
        json.WriteRawValue(part.Rows.Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <summary>Null when it is none. Nothing of it is verified yet: see <see cref="OpenSeals"/>.</summary>
    public static SealedAnswers? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            reader.Begin();
            var (v, first) = (0, -1L);
            string? checkpoint = null;
            List<byte[]>? before = null, behind = null;
            List<SealedPart>? parts = null;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("v"u8))
                    v = reader.Number32();
                else if (reader.ValueTextEquals("checkpoint"u8))
                    checkpoint = reader.Text();
                else if (reader.ValueTextEquals("first"u8))
                    first = reader.Number64();
                else if (reader.ValueTextEquals("before"u8))
                    before = ReadHashes(ref reader);
                else if (reader.ValueTextEquals("behind"u8))
                    behind = ReadHashes(ref reader);
                else if (reader.ValueTextEquals("answers"u8))
                    parts = ReadParts(ref reader, json);
                else
                    reader.Pass();
            }
            reader.End();
            return v == 1 && first >= 0 && checkpoint is not null && before is not null && behind is not null && parts is { Count: > 0 and <= QueriesMessage.Most }
                ? new(checkpoint, first, new(before, behind), parts)
                : null;
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            return null;
        }
    }

    static List<byte[]> ReadHashes(ref Utf8JsonReader reader)
    {
        reader.Begin(JsonTokenType.StartArray);
        var hashes = new List<byte[]>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            hashes.Add(reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var hash) ? hash : throw new JsonException());
        return hashes;
    }

    static List<SealedPart> ReadParts(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        reader.Begin(JsonTokenType.StartArray);
        var parts = new List<SealedPart>();
        while (reader.NextItem())
        {
            ReadOnlyMemory<byte>? leaf = null, rows = null;
            byte[]? question = null, answer = null;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("leaf"u8))
                    leaf = reader.Whole(json);
                else if (reader.ValueTextEquals("question"u8))
                    question = reader.Bytes();
                else if (reader.ValueTextEquals("answer"u8))
                    answer = reader.Bytes();
                else if (reader.ValueTextEquals("rows"u8))
                    rows = ReadRows(ref reader, json);
                else
                    reader.Pass();
            }
            if (leaf is not { } logged || rows is not { } given || question is null || answer is null)
                throw new JsonException();
            parts.Add(new(logged, question, answer, given));
        }
        return parts;
    }

    static ReadOnlyMemory<byte> ReadRows(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        reader.Begin(JsonTokenType.StartArray);
        return reader.WholeHere(json);
    }
}
