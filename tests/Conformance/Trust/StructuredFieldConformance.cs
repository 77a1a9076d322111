using System.Globalization;
using System.Text;
using System.Text.Json;
using Tongban.Trust;

namespace Tongban.Tests.Conformance.Trust;

/// <summary>Every case of the HTTP working group's structured-field tests, parsing and serialising (RFC 9651).</summary>
public sealed class StructuredFieldConformance(ITestOutputHelper output)
{
    [Fact]
    public void Parses_every_published_case() => Run("", Parse);

    [Fact]
    public void Serialises_every_published_case() => Run("serialisation-tests", Serialise);

    void Run(string under, Func<JsonElement, string?> check)
    {
        var folder = Path.Combine(ConformanceData.Folder("structured-fields"), under);
        var (passed, total, losses) = (0, 0, new List<string>());
        foreach (var file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file));
            foreach (var test in document.RootElement.EnumerateArray())
            {
                total++;
                if (check(test) is { } loss)
                    losses.Add($"{Path.GetFileName(file)}: {test.GetProperty("name").GetString()}: {loss}");
                else
                    passed++;
            }
        }
        output.WriteLine($"structured fields, {(under.Length == 0 ? "parse" : under)}: {passed}/{total}");
        Assert.True(losses.Count == 0, string.Join('\n', losses));
        Assert.True(total > 0, "no cases found");
    }

    static string? Parse(JsonElement test)
    {
        var raw = string.Join(", ", test.GetProperty("raw").EnumerateArray().Select(line => line.GetString()));
        var (ok, shape, again) = test.GetProperty("header_type").GetString() switch
        {
            "item" => Shape(StructuredField.ParseItem(raw), Describe, StructuredField.Write),
            "list" => Shape(StructuredField.ParseList(raw), Describe, StructuredField.Write),
            _ => Shape(StructuredField.ParseDictionary(raw), Describe, StructuredField.Write),
        };
        if (Flag(test, "must_fail"))
            return ok ? "parsed, must fail" : null;
        if (!ok)
            return Flag(test, "can_fail") ? null : "does not parse";
        var expected = Describe(test.GetProperty("expected"), test.GetProperty("header_type").GetString()!);
        if (shape != expected)
            return $"read {shape}, expected {expected}";
        var canonical = test.TryGetProperty("canonical", out var lines)
            ? string.Join(", ", lines.EnumerateArray().Select(line => line.GetString()))
            : raw;
        return again == canonical ? null : $"written {again}, canonical {canonical}";
    }

    static (bool, string, string) Shape<T>(Tongban.Kernel.Result<T> parsed, Func<T, string> describe, Func<T, Tongban.Kernel.Result<string>> write) =>
        parsed.Ok ? (true, describe(parsed.Value), write(parsed.Value).Value) : (false, "", "");

    static string? Serialise(JsonElement test)
    {
        var expected = test.GetProperty("expected");
        var written = test.GetProperty("header_type").GetString() switch
        {
            "item" => StructuredField.Write(Item(expected)),
            "list" => StructuredField.Write([.. expected.EnumerateArray().Select(Member)]),
            _ => StructuredField.Write(Dictionary(expected)),
        };
        if (Flag(test, "must_fail"))
            return written.Ok ? $"written as {written.Value}, must fail" : null;
        if (!written.Ok)
            return Flag(test, "can_fail") ? null : "cannot be written";
        var canonical = string.Join(", ", test.GetProperty("canonical").EnumerateArray().Select(line => line.GetString()));
        return written.Value == canonical ? null : $"written {written.Value}, canonical {canonical}";
    }

    static bool Flag(JsonElement test, string name) => test.TryGetProperty(name, out var flag) && flag.GetBoolean();

    // The cases' JSON becomes our objects, and both sides one text, so that types are compared too (1 is not 1.0).
    static FieldMember Member(JsonElement json) => json[0].ValueKind == JsonValueKind.Array
        ? new FieldInnerList([.. json[0].EnumerateArray().Select(Item)], Parameters(json[1]))
        : Item(json);

    static FieldItem Item(JsonElement json) => new(Bare(json[0]), Parameters(json[1]));

    static FieldDictionary Dictionary(JsonElement json)
    {
        var dictionary = new FieldDictionary();
        foreach (var member in json.EnumerateArray())
            dictionary.Add(member[0].GetString()!, Member(member[1]));
        return dictionary;
    }

    static FieldParameters Parameters(JsonElement json)
    {
        var parameters = new FieldParameters();
        foreach (var parameter in json.EnumerateArray())
            parameters.Add(parameter[0].GetString()!, Bare(parameter[1]));
        return parameters;
    }

    static FieldValue Bare(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number when json.GetRawText().Contains('.') => FieldValue.Decimal(json.GetDecimal()),
        JsonValueKind.Number => FieldValue.Integer(json.GetInt64()),
        JsonValueKind.String => FieldValue.String(json.GetString()!),
        JsonValueKind.True or JsonValueKind.False => FieldValue.Boolean(json.GetBoolean()),
        _ => json.GetProperty("__type").GetString() switch
        {
            "token" => FieldValue.Token(json.GetProperty("value").GetString()!),
            "date" => FieldValue.Date(json.GetProperty("value").GetInt64()),
            "displaystring" => FieldValue.DisplayString(json.GetProperty("value").GetString()!),
            _ => FieldValue.Binary(Base32(json.GetProperty("value").GetString()!)),
        },
    };

    static string Describe(JsonElement expected, string type) => type switch
    {
        "item" => Describe(Item(expected)),
        "list" => Describe([.. expected.EnumerateArray().Select(Member)]),
        _ => Describe(Dictionary(expected)),
    };

    static string Describe(IReadOnlyList<FieldMember> list) => string.Join(" , ", list.Select(Describe));

    static string Describe(FieldDictionary dictionary) => string.Join(" , ", dictionary.Select(member => $"{member.Key}={Describe(member.Value)}"));

    static string Describe(FieldMember member) => member switch
    {
        FieldItem item => Describe(item.Value) + Describe(item.Parameters),
        FieldInnerList inner => $"({string.Join(' ', inner.Items.Select(Describe))}){Describe(inner.Parameters)}",
        _ => throw new InvalidOperationException(),
    };

    static string Describe(FieldParameters parameters) => string.Concat(parameters.Select(p => $";{p.Key}={Describe(p.Value)}"));

    static string Describe(FieldValue value) => $"{value.Type}:{(value.AsBinary is { } bytes ? Convert.ToHexString(bytes) : value.AsDecimal is { } number ? number.ToString("0.###", CultureInfo.InvariantCulture) : value.ToString())}";

    static byte[] Base32(string text)
    {
        var (bits, count, bytes) = (0, 0, new List<byte>());
        foreach (var c in text.TrimEnd('='))
        {
            bits = (bits << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c);
            count += 5;
            if (count < 8)
                continue;
            count -= 8;
            bytes.Add((byte)(bits >> count));
            bits &= (1 << count) - 1;
        }
        return [.. bytes];
    }
}
