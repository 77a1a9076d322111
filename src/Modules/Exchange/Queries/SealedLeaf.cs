using System.Text.Json;

namespace Tongban.Exchange;

/// <summary>What another node's leaf says of an answer, as much as is compared with what was asked. Read by hand, for it is read for every sealed answer.</summary>
sealed record SealedLeaf(
    string Kind, string Reference, string Question, string Answer, string Department, string ExchangeId, long Rows,
    string Agreement, string Consumer, string Provider, string Resource, string Purpose, long Units, long At, string Outcome)
{
    /// <summary>Null when it is no leaf of an answer.</summary>
    public static SealedLeaf? Read(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            reader.Begin();
            string? kind = null, reference = null;
            (string? Question, string? Answer, string? Department, string? Exchange, long Rows) body = default;
            (string? Agreement, string? Consumer, string? Provider, string? Resource, string? Purpose, long Units, long At, string? Outcome) use = default;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("body"u8))
                    body = Body(ref reader);
                else if (reader.ValueTextEquals("kind"u8))
                    kind = reader.Text();
                else if (reader.ValueTextEquals("metering"u8))
                    use = Use(ref reader);
                else if (reader.ValueTextEquals("ref"u8))
                    reference = reader.Text();
                else
                    reader.Pass();
            }
            reader.End();
            return kind is not null && reference is not null && body is { Question: not null, Answer: not null, Department: not null, Exchange: not null }
                && use is { Agreement: not null, Consumer: not null, Provider: not null, Resource: not null, Purpose: not null, Outcome: not null }
                ? new(kind, reference, body.Question, body.Answer, body.Department, body.Exchange, body.Rows,
                    use.Agreement, use.Consumer, use.Provider, use.Resource, use.Purpose, use.Units, use.At, use.Outcome)
                : null;
        }
        catch (Exception e) when (JsonReading.IsOfInput(e))
        {
            return null;
        }
    }

    static (string?, string?, string?, string?, long) Body(ref Utf8JsonReader reader)
    {
        reader.Begin();
        string? question = null, answer = null, department = null, exchange = null;
        var rows = -1L;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("answer"u8))
                answer = reader.Text();
            else if (reader.ValueTextEquals("department"u8))
                department = reader.Text();
            else if (reader.ValueTextEquals("exchange"u8))
                exchange = reader.Text();
            else if (reader.ValueTextEquals("question"u8))
                question = reader.Text();
            else if (reader.ValueTextEquals("rows"u8))
                rows = reader.Number64();
            else
                reader.Pass();
        }
        return (question, answer, department, exchange, rows);
    }

    static (string?, string?, string?, string?, string?, long, long, string?) Use(ref Utf8JsonReader reader)
    {
        reader.Begin();
        string? agreement = null, consumer = null, provider = null, resource = null, purpose = null, outcome = null;
        var (units, at) = (-1L, 0L);
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("agreement"u8))
                agreement = reader.Text();
            else if (reader.ValueTextEquals("at"u8))
                at = reader.Number64();
            else if (reader.ValueTextEquals("consumer"u8))
                consumer = reader.Text();
            else if (reader.ValueTextEquals("outcome"u8))
                outcome = reader.Text();
            else if (reader.ValueTextEquals("provider"u8))
                provider = reader.Text();
            else if (reader.ValueTextEquals("purpose"u8))
                purpose = reader.Text();
            else if (reader.ValueTextEquals("resource"u8))
                resource = reader.Text();
            else if (reader.ValueTextEquals("units"u8))
                units = reader.Number64();
            else
                reader.Pass();
        }
        return (agreement, consumer, provider, resource, purpose, units, at, outcome);
    }
}
