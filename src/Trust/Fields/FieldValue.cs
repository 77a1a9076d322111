using System.Globalization;

namespace Tongban.Trust;

/// <summary>The bare item types of RFC 9651, section 3.3.</summary>
public enum FieldType
{
    Integer,
    Decimal,
    String,
    Token,
    Binary,
    Boolean,
    Date,
    DisplayString,
}

/// <summary>A bare item. Equality is by value, binary included.</summary>
public readonly record struct FieldValue
{
    readonly long number;
    readonly decimal fraction;
    readonly object? content;

    FieldValue(FieldType type, long number = 0, decimal fraction = 0, object? content = null) =>
        (Type, this.number, this.fraction, this.content) = (type, number, fraction, content);

    public FieldType Type { get; }

    public static FieldValue Integer(long value) => new(FieldType.Integer, number: value);

    public static FieldValue Decimal(decimal value) => new(FieldType.Decimal, fraction: value);

    public static FieldValue String(string value) => new(FieldType.String, content: value);

    public static FieldValue Token(string value) => new(FieldType.Token, content: value);

    public static FieldValue Binary(byte[] value) => new(FieldType.Binary, content: value);

    public static FieldValue Boolean(bool value) => new(FieldType.Boolean, number: value ? 1 : 0);

    /// <param name="seconds">Unix seconds.</param>
    public static FieldValue Date(long seconds) => new(FieldType.Date, number: seconds);

    public static FieldValue DisplayString(string value) => new(FieldType.DisplayString, content: value);

    /// <summary>The value of an Integer, or the Unix seconds of a Date; null for another type.</summary>
    public long? AsInteger => Type is FieldType.Integer or FieldType.Date ? number : null;

    public decimal? AsDecimal => Type is FieldType.Decimal ? fraction : Type is FieldType.Integer ? number : null;

    /// <summary>The text of a String, Token or DisplayString; null for another type.</summary>
    public string? AsText => content as string;

    public byte[]? AsBinary => content as byte[];

    public bool? AsBoolean => Type is FieldType.Boolean ? number != 0 : null;

    public bool Equals(FieldValue other) =>
        Type == other.Type && number == other.number && fraction == other.fraction
        && (content is byte[] bytes ? other.content is byte[] others && bytes.AsSpan().SequenceEqual(others) : Equals(content, other.content));

    public override int GetHashCode() => HashCode.Combine(Type, number, fraction, content is byte[] bytes ? bytes.Length : content?.GetHashCode() ?? 0);

    public override string ToString() => Type switch
    {
        FieldType.Binary => $"{AsBinary!.Length} bytes",
        FieldType.Decimal => fraction.ToString(CultureInfo.InvariantCulture),
        FieldType.Boolean => number != 0 ? "?1" : "?0",
        _ => AsText ?? number.ToString(CultureInfo.InvariantCulture),
    };
}
