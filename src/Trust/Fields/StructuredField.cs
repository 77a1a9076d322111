using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// Structured field values for HTTP (RFC 8941 as revised by RFC 9651, Date and Display String included).
/// A field sent in several lines is joined with <c>", "</c> first. No input makes these throw; what does not parse
/// is <c>field.malformed</c> with the position, what cannot be written is <c>field.unwritable</c>.
/// </summary>
public static class StructuredField
{
    public static Result<FieldItem> ParseItem(ReadOnlySpan<char> text)
    {
        var parser = new FieldParser(text);
        return parser.Item(out var item) ? item : Malformed(parser.Position);
    }

    /// <summary>Empty text is an empty list.</summary>
    public static Result<IReadOnlyList<FieldMember>> ParseList(ReadOnlySpan<char> text)
    {
        var parser = new FieldParser(text);
        return parser.List(out var members) ? Result.Of<IReadOnlyList<FieldMember>>(members) : Malformed(parser.Position);
    }

    /// <summary>Empty text is an empty dictionary.</summary>
    public static Result<FieldDictionary> ParseDictionary(ReadOnlySpan<char> text)
    {
        var parser = new FieldParser(text);
        return parser.Dictionary(out var dictionary) ? dictionary : Malformed(parser.Position);
    }

    public static Result<string> Write(FieldMember member)
    {
        var to = new StringBuilder();
        return FieldText.Member(to, member) ? to.ToString() : Unwritable();
    }

    public static Result<string> Write(IReadOnlyList<FieldMember> list)
    {
        var to = new StringBuilder();
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0)
                to.Append(", ");
            if (!FieldText.Member(to, list[i]))
                return Unwritable();
        }
        return to.ToString();
    }

    public static Result<string> Write(FieldDictionary dictionary)
    {
        var to = new StringBuilder();
        return FieldText.Dictionary(to, dictionary) ? to.ToString() : Unwritable();
    }

    static Error Malformed(int position) => Error.Invalid(
        "field.malformed", $"结构化字段在第 {position + 1} 个字符处不合语法（RFC 9651）", $"The structured field breaks the syntax of RFC 9651 at character {position + 1}");

    static Error Unwritable() => Error.Invalid(
        "field.unwritable", "该值无法写成结构化字段（RFC 9651）", "This value cannot be written as a structured field (RFC 9651)");
}
