using System.Diagnostics.CodeAnalysis;

namespace Tongban.Rules;

public enum FeelKind : byte
{
    Null, Number, Boolean, String, Date, Time, DateTime, DaysTimeDuration, YearsMonthsDuration, List, Context, Range, Function,
}

/// <summary>
/// A value of FEEL: one tag or reference and, for numbers, the number in place, so that arithmetic and comparison
/// allocate nothing. The default value is null. Immutable.
/// </summary>
public readonly struct FeelValue : IEquatable<FeelValue>
{
    sealed class Tag(FeelKind kind)
    {
        public readonly FeelKind Kind = kind;
    }

    static readonly Tag NumberTag = new(FeelKind.Number);
    static readonly Tag TrueTag = new(FeelKind.Boolean);
    static readonly Tag FalseTag = new(FeelKind.Boolean);

    readonly object? reference;
    readonly Number number;

    FeelValue(object? reference, Number number = default) => (this.reference, this.number) = (reference, number);

    public static readonly FeelValue Null = default;
    public static readonly FeelValue True = new(TrueTag);
    public static readonly FeelValue False = new(FalseTag);

    public static FeelValue Of(Number n) => new(NumberTag, n);
    public static FeelValue Of(Number? n) => n is { } v ? new(NumberTag, v) : Null;
    public static FeelValue Of(bool b) => b ? True : False;
    public static FeelValue Of(bool? b) => b is { } v ? (v ? True : False) : Null;
    public static FeelValue Of(string? s) => new(s);
    public static FeelValue Of(FeelDate? d) => new(d);
    public static FeelValue Of(FeelTime? t) => new(t);
    public static FeelValue Of(FeelDateTime? d) => new(d);
    public static FeelValue Of(DaysTimeDuration? d) => new(d);
    public static FeelValue Of(YearsMonthsDuration? d) => new(d);
    public static FeelValue Of(FeelList? l) => new(l);
    public static FeelValue Of(IEnumerable<FeelValue> items) => new(new FeelList([.. items]));
    public static FeelValue Of(FeelContext? c) => new(c);
    public static FeelValue Of(FeelRange? r) => new(r);
    public static FeelValue Of(FeelFunction? f) => new(f);

    public static implicit operator FeelValue(bool b) => Of(b);
    public static implicit operator FeelValue(string? s) => Of(s);
    public static implicit operator FeelValue(Number n) => Of(n);
    public static implicit operator FeelValue(decimal n) => Of(new Number(n));
    public static implicit operator FeelValue(long n) => Of(new Number(n));
    public static implicit operator FeelValue(int n) => Of(new Number(n));

    public FeelKind Kind => reference switch
    {
        null => FeelKind.Null,
        Tag t => t.Kind,
        string => FeelKind.String,
        FeelList => FeelKind.List,
        FeelContext => FeelKind.Context,
        FeelDate => FeelKind.Date,
        FeelDateTime => FeelKind.DateTime,
        FeelTime => FeelKind.Time,
        DaysTimeDuration => FeelKind.DaysTimeDuration,
        YearsMonthsDuration => FeelKind.YearsMonthsDuration,
        FeelRange => FeelKind.Range,
        _ => FeelKind.Function,
    };

    public bool IsNull => reference is null;
    public bool IsNumber => ReferenceEquals(reference, NumberTag);
    public bool IsBoolean => ReferenceEquals(reference, TrueTag) || ReferenceEquals(reference, FalseTag);
    public bool IsTrue => ReferenceEquals(reference, TrueTag);
    public bool IsFalse => ReferenceEquals(reference, FalseTag);

    public Number? AsNumber => IsNumber ? number : null;

    /// <summary>True, false, or null when this is not a boolean: the third value of FEEL logic.</summary>
    public bool? AsBoolean => IsTrue ? true : IsFalse ? false : null;
    public string? AsString => reference as string;
    public FeelDate? AsDate => reference as FeelDate;
    public FeelTime? AsTime => reference as FeelTime;
    public FeelDateTime? AsDateTime => reference as FeelDateTime;
    public DaysTimeDuration? AsDaysTimeDuration => reference as DaysTimeDuration;
    public YearsMonthsDuration? AsYearsMonthsDuration => reference as YearsMonthsDuration;
    public FeelList? AsList => reference as FeelList;
    public FeelContext? AsContext => reference as FeelContext;
    public FeelRange? AsRange => reference as FeelRange;
    public FeelFunction? AsFunction => reference as FeelFunction;

    internal Number Raw => number;

    internal bool Is<T>([NotNullWhen(true)] out T? part) where T : class => (part = reference as T) is not null;

    /// <summary>The only item of a list of one, otherwise the value itself (DMN 1.5 §10.3.2.9.4).</summary>
    internal FeelValue Unwrapped => reference is FeelList { Count: 1 } l ? l[0] : this;

    /// <summary>Same kind and same content; unlike FEEL's "=", null equals null and kinds may be mixed without error.</summary>
    public bool Equals(FeelValue other) => FeelEquality.Same(this, other);

    public override bool Equals(object? obj) => obj is FeelValue v && Equals(v);

    public override int GetHashCode() => Kind switch
    {
        FeelKind.Number => number.GetHashCode(),
        FeelKind.String => reference!.GetHashCode(),
        FeelKind.Boolean => IsTrue ? 1 : 2,
        FeelKind.List => AsList!.Count + 31,
        FeelKind.Context => AsContext!.Count + 61,
        var k => (int)k * 101,
    };

    public static bool operator ==(FeelValue a, FeelValue b) => a.Equals(b);
    public static bool operator !=(FeelValue a, FeelValue b) => !a.Equals(b);

    /// <summary>The text FEEL's <c>string()</c> gives; "null" for null.</summary>
    public override string ToString() => FeelText.Of(this);
}
