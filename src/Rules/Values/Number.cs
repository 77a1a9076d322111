using System.Globalization;

namespace Tongban.Rules;

/// <summary>
/// A FEEL number (DMN 1.5 §10.3.2.3.1). Every arithmetic step goes through this type, so its precision can be deepened
/// to the 34 digits of IEEE decimal128 without touching the engine; today it holds 28 digits.
/// Operations that have no answer (overflow, division by zero) give null, as FEEL asks; they never throw.
/// </summary>
public readonly struct Number : IComparable<Number>, IEquatable<Number>
{
    const int MaxScale = 28;

    /// <summary>The scales that decimal128 knows; a rounding function asked for another gives null.</summary>
    internal const int LowestScale = -6111, HighestScale = 6176;

    readonly decimal value;

    public Number(decimal value) => this.value = value;

    public static readonly Number Zero = new(0m);
    public static readonly Number One = new(1m);

    public decimal Value => value;

    public bool IsInteger => decimal.Truncate(value) == value;

    public int Sign => Math.Sign(value);

    /// <summary>The number without its fraction, or null when it does not fit 64 bits.</summary>
    public long? Truncated => value is >= long.MinValue and <= long.MaxValue ? (long)decimal.Truncate(value) : null;

    public static implicit operator Number(decimal value) => new(value);
    public static implicit operator Number(long value) => new(value);
    public static implicit operator Number(int value) => new(value);

    /// <summary>Reads digits, an optional fraction and an optional exponent; no blanks, no grouping.</summary>
    public static Number? Parse(ReadOnlySpan<char> text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var d)
            ? new Number(d) : null;

    /// <summary>The nearest number with 15 significant digits, or null for NaN and infinities.</summary>
    public static Number? FromDouble(double d) =>
        double.IsFinite(d) && Math.Abs(d) < 7.9e28 ? new Number((decimal)d) : null;

    public static Number? Add(Number a, Number b)
    {
        try
        {
            return new(a.value + b.value);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    public static Number? Subtract(Number a, Number b) => Add(a, new(-b.value));

    public static Number? Multiply(Number a, Number b)
    {
        try
        {
            return new(a.value * b.value);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    public static Number? Divide(Number a, Number b)
    {
        if (b.value == 0m)
            return null;
        try
        {
            return new(a.value / b.value);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    public static Number operator -(Number a) => new(-a.value);

    /// <summary>FEEL modulo: the result has the sign of the divisor (DMN 1.5 table 76).</summary>
    public static Number? Modulo(Number a, Number b)
    {
        if (b.value == 0m)
            return null;
        var r = a.value % b.value;
        return new(r != 0m && (r < 0m) != (b.value < 0m) ? r + b.value : r);
    }

    public Number Abs() => new(Math.Abs(value));

    public enum Rounding { Floor, Ceiling, Up, Down, HalfUp, HalfDown, HalfEven }

    /// <summary>Rounds to a count of decimals; negative counts round to tens, hundreds and so on.</summary>
    /// <returns>Null when the scale is outside decimal128 or the result does not fit.</returns>
    public Number? Round(long scale, Rounding mode)
    {
        if (scale is < LowestScale or > HighestScale)
            return null;
        if (scale >= MaxScale)
            return this;
        if (scale >= 0)
            return new(RoundFraction(value, (int)scale, mode));
        if (scale < -MaxScale)
            return value == 0m || mode is Rounding.Down or Rounding.HalfUp or Rounding.HalfDown or Rounding.HalfEven ? Zero : null;
        var unit = PowerOfTen((int)-scale);
        return Multiply(new(RoundFraction(value / unit, 0, mode)), new(unit));
    }

    static decimal RoundFraction(decimal v, int scale, Rounding mode)
    {
        switch (mode)
        {
            case Rounding.Floor: return decimal.Round(v, scale, MidpointRounding.ToNegativeInfinity);
            case Rounding.Ceiling: return decimal.Round(v, scale, MidpointRounding.ToPositiveInfinity);
            case Rounding.Down: return decimal.Round(v, scale, MidpointRounding.ToZero);
            case Rounding.HalfUp: return decimal.Round(v, scale, MidpointRounding.AwayFromZero);
            case Rounding.HalfEven: return decimal.Round(v, scale, MidpointRounding.ToEven);
            case Rounding.Up:
                return decimal.Round(v, scale, v < 0 ? MidpointRounding.ToNegativeInfinity : MidpointRounding.ToPositiveInfinity);
            default:
                var down = decimal.Round(v, scale, MidpointRounding.ToZero);
                var rest = Math.Abs(v - down);
                return rest * 2 > 1m / PowerOfTen(scale) ? decimal.Round(v, scale, MidpointRounding.AwayFromZero) : down;
        }
    }

    static decimal PowerOfTen(int n)
    {
        var p = 1m;
        for (var i = 0; i < n; i++)
            p *= 10m;
        return p;
    }

    public static Number? Power(Number a, Number b)
    {
        if (b.IsInteger && b.Truncated is { } n && Math.Abs(n) <= 1_000_000)
        {
            var p = IntegerPower(a, Math.Abs(n));
            return n >= 0 || p is null ? p : Divide(One, p.Value);
        }
        if (a.value < 0m)
            return null;
        if (a.value == 0m)
            return b.value > 0m ? Zero : null;
        return Log(a) is { } log && Multiply(log, b) is { } exponent ? Exp(exponent) : null;
    }

    static Number? IntegerPower(Number a, long n)
    {
        Number? result = One, square = a;
        while (n > 0)
        {
            if ((n & 1) == 1)
                result = result is { } r && square is { } s ? Multiply(r, s) : null;
            n >>= 1;
            if (n > 0)
                square = square is { } q ? Multiply(q, q) : null;
            if (result is null || (n > 0 && square is null))
                return null;
        }
        return result;
    }

    public static Number? Sqrt(Number a)
    {
        if (a.value < 0m)
            return null;
        if (a.value == 0m)
            return Zero;
        // Newton from the double estimate: each step doubles the correct digits, so two reach the full width.
        var x = (decimal)Math.Sqrt((double)a.value);
        for (var i = 0; i < 3; i++)
            x = (x + a.value / x) / 2m;
        return new(x);
    }

    /// <summary>e to the power of a: halve the argument until the series converges fast, then square back.</summary>
    public static Number? Exp(Number a)
    {
        if (a.value > 66m)
            return null;
        if (a.value < -66m)
            return Zero;
        if (a.value < 0m)
            return Exp(-a) is { } inverse ? Divide(One, inverse) : null;
        var whole = (int)decimal.Truncate(a.value);
        var x = a.value - whole;
        decimal sum = 1m, term = 1m;
        for (var i = 1; i < 40 && term != 0m; i++)
        {
            term = term * x / i;
            sum += term;
        }
        return IntegerPower(new(2.7182818284590452353602874714m), whole) is { } e ? Multiply(e, new(sum)) : null;
    }

    /// <summary>Natural logarithm; null for zero and below.</summary>
    public static Number? Log(Number a)
    {
        if (a.value <= 0m)
            return null;
        // y' = y + 2 (a - e^y) / (a + e^y) converges cubically from the double estimate.
        var y = (decimal)Math.Log((double)a.value);
        for (var i = 0; i < 2; i++)
        {
            if (Exp(new(y)) is not { } e || e.value == 0m)
                return new(y);
            var ratio = (a.value / 2m - e.value / 2m) / (a.value / 2m + e.value / 2m);
            y += 2m * ratio;
        }
        return new(y);
    }

    public int CompareTo(Number other) => value.CompareTo(other.value);

    public bool Equals(Number other) => value == other.value;

    public override bool Equals(object? obj) => obj is Number n && Equals(n);

    public override int GetHashCode() => value.GetHashCode();

    public static bool operator ==(Number a, Number b) => a.value == b.value;
    public static bool operator !=(Number a, Number b) => a.value != b.value;
    public static bool operator <(Number a, Number b) => a.value < b.value;
    public static bool operator >(Number a, Number b) => a.value > b.value;
    public static bool operator <=(Number a, Number b) => a.value <= b.value;
    public static bool operator >=(Number a, Number b) => a.value >= b.value;

    /// <summary>Plain digits without an exponent and without trailing zeros.</summary>
    public override string ToString() => value.ToString("0.############################", CultureInfo.InvariantCulture);
}
