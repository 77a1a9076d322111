using System.Text;

namespace Tongban.Trust;

/// <summary>
/// A component identifier (RFC 9421, section 2): a field name in lower case or a derived name with <c>@</c>, and its parameters.
/// <see cref="Canonical"/> ignores the order of parameters, as comparison of identifiers does.
/// </summary>
public sealed class Component
{
    readonly FieldItem item;

    Component(FieldItem item, string text)
    {
        this.item = item;
        Text = text;
        Name = item.Value.AsText!;
        Canonical = item.Parameters.Count < 2 ? text : Sorted(item);
    }

    public string Name { get; }

    /// <summary>The identifier as it stands in the signature base, parameters in the signer's order.</summary>
    public string Text { get; }

    internal string Canonical { get; }

    internal FieldParameters Parameters => item.Parameters;

    internal FieldItem Item => item;

    internal bool OfRequest => item.Parameters["req"]?.AsBoolean is true;

    /// <summary>Reads an identifier in the form of the signature base, such as <c>"@method";req</c>, or a bare name.</summary>
    public static Component Parse(string text)
    {
        var parsed = StructuredField.ParseItem(text.StartsWith('"') ? text : $"\"{text}\"");
        return parsed.Ok && From(parsed.Value) is { } component
            ? component
            : throw new FormatException($"Not a component identifier: {text}");
    }

    /// <summary>Null when the item is not a component identifier: not a string, upper case, or a parameter of the wrong type.</summary>
    internal static Component? From(FieldItem item)
    {
        if (item.Value is not { Type: FieldType.String, AsText: { Length: > 0 } name })
            return null;
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) || !(FieldText.IsTokenCharacter(c) || c == '@'))
                return null;
        }
        foreach (var (key, value) in item.Parameters)
        {
            var fits = key switch
            {
                "req" or "sf" or "bs" or "tr" => value.AsBoolean is true,
                "key" or "name" => value.Type == FieldType.String,
                _ => false,
            };
            if (!fits)
                return null;
        }
        var text = new StringBuilder();
        return FieldText.Item(text, item) ? new(item, text.ToString()) : null;
    }

    static string Sorted(FieldItem item)
    {
        var parameters = new FieldParameters();
        foreach (var (key, value) in item.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
            parameters.Add(key, value);
        var text = new StringBuilder();
        FieldText.Item(text, new FieldItem(item.Value, parameters));
        return text.ToString();
    }

    public override string ToString() => Text;
}
