using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Tongban.Trust;

/// <summary>
/// The field under a curve of 256 bits with a = −3, its elements in Montgomery form (x is held as x·2^256 mod P). <b>For public data only</b>: times
/// depend on values. Of two factors only the second need be below P.
/// </summary>
interface ICurveField
{
    static abstract U256 P { get; }

    /// <summary>1 in Montgomery form: 2^256 − P.</summary>
    static abstract U256 One { get; }

    static abstract void Multiply(in U256 x, in U256 y, out U256 product);

    static abstract void Add(in U256 x, in U256 y, out U256 sum);

    static abstract void Subtract(in U256 x, in U256 y, out U256 difference);
}

static class CurveField<TField> where TField : struct, ICurveField
{
    /// <summary>2^512 mod P: a product with it puts a number into Montgomery form.</summary>
    static readonly U256 Square = Twice(TField.One, 256);

    public static void Of(in U256 number, out U256 element) => TField.Multiply(number, Square, out element);

    /// <summary>x^(P−2): by Fermat, 1/x. Zero stays zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Inverse(in U256 x, out U256 inverse)
    {
        var result = TField.One;
        U256.Subtract(TField.P, new(2, 0, 0, 0), out var e);
        ReadOnlySpan<ulong> exponent = [e.L0, e.L1, e.L2, e.L3];
        for (var bit = 255; bit >= 0; bit--)
        {
            TField.Multiply(result, result, out result);
            if (((exponent[bit >> 6] >> bit) & 1) == 1)
                TField.Multiply(result, x, out result);
        }
        inverse = result;
    }

    static U256 Twice(U256 x, int times)
    {
        for (; times > 0; times--)
            TField.Add(x, x, out x);
        return x;
    }
}

/// <summary>
/// A point as X/ZZ, Y/ZZZ with ZZ³ = ZZZ²; at infinity when ZZ is zero. Formulas madd-2008-s and dbl-2008-s-1 of the
/// Explicit-Formulas Database: of those for adding affine points they multiply least.
/// </summary>
struct CurvePoint<TField> where TField : struct, ICurveField
{
    public U256 X, Y, ZZ, ZZZ;

    public readonly bool IsInfinity => ZZ.IsZero;

    public CurvePoint(in U256 x, in U256 y) => (X, Y, ZZ, ZZZ) = (x, y, TField.One, TField.One);

    /// <summary>Whether x mod N is a number below N: x is the number, or the number + N where that is still below P.</summary>
    public readonly bool HasX(in U256 number, in U256 order) => Is(number) || (U256.Add(number, order, out var more) == 0 && U256.Less(more, TField.P) && Is(more));

    readonly bool Is(in U256 number)
    {
        CurveField<TField>.Of(number, out var x);
        TField.Multiply(x, ZZ, out x);
        return x.Is(X);
    }

    /// <summary>Adds an affine point, whichever it is: the same and the opposite one too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in U256 x, in U256 y)
    {
        if (IsInfinity)
        {
            this = new(x, y);
            return;
        }
        TField.Multiply(x, ZZ, out var p);
        TField.Subtract(p, X, out p);
        TField.Multiply(y, ZZZ, out var r);
        TField.Subtract(r, Y, out r);
        if (p.IsZero)
        {
            if (r.IsZero)
                Double();
            else
                this = default;
            return;
        }
        TField.Multiply(p, p, out var pp);
        TField.Multiply(X, pp, out var q);
        TField.Multiply(p, pp, out var ppp);
        TField.Multiply(ZZ, pp, out ZZ);
        TField.Multiply(ZZZ, ppp, out ZZZ);
        TField.Multiply(r, r, out X);
        TField.Subtract(X, ppp, out X);
        TField.Subtract(X, q, out X);
        TField.Subtract(X, q, out X);
        TField.Multiply(Y, ppp, out ppp);
        TField.Subtract(q, X, out q);
        TField.Multiply(r, q, out Y);
        TField.Subtract(Y, ppp, out Y);
    }

    /// <summary>The curve's a is −3. No point has Y = 0, for the order is odd; infinity stays what it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Double()
    {
        TField.Subtract(X, ZZ, out var less);
        TField.Add(X, ZZ, out var more);
        TField.Multiply(less, more, out var third);
        TField.Add(third, third, out var m);
        TField.Add(m, third, out m);
        TField.Add(Y, Y, out var u);
        TField.Multiply(u, u, out var v);
        TField.Multiply(u, v, out var w);
        TField.Multiply(X, v, out var s);
        TField.Multiply(v, ZZ, out ZZ);
        TField.Multiply(w, ZZZ, out ZZZ);
        TField.Multiply(w, Y, out w);
        TField.Multiply(m, m, out X);
        TField.Subtract(X, s, out X);
        TField.Subtract(X, s, out X);
        TField.Subtract(s, X, out s);
        TField.Multiply(m, s, out Y);
        TField.Subtract(Y, w, out Y);
    }
}

/// <summary>
/// Every multiple j·2^(8i) of a point, so that a multiple of it is 32 additions and no doubling. 256 KB a point; some 5 ms to make.
/// </summary>
static class PointTable<TField> where TField : struct, ICurveField
{
    const int Windows = 32;
    const int Largest = 128;

    /// <summary>Adds scalar·point, the scalar as 32 digits of −127 to 128.</summary>
    public static void Add(ref CurvePoint<TField> sum, U256[] table, U256 scalar, in U256 order)
    {
        // Of k and N − k one is below 2^255, and then no carry leaves the last digit.
        var opposite = scalar.L3 >> 63 == 1;
        if (opposite)
            U256.Subtract(order, scalar, out scalar);
        Span<byte> digits = stackalloc byte[Windows];
        BinaryPrimitives.WriteUInt64LittleEndian(digits, scalar.L0);
        BinaryPrimitives.WriteUInt64LittleEndian(digits[8..], scalar.L1);
        BinaryPrimitives.WriteUInt64LittleEndian(digits[16..], scalar.L2);
        BinaryPrimitives.WriteUInt64LittleEndian(digits[24..], scalar.L3);
        var carry = 0;
        for (var window = 0; window < Windows; window++)
        {
            var digit = digits[window] + carry;
            carry = digit > Largest ? 1 : 0;
            digit -= carry << 8;
            if (digit == 0)
                continue;
            var at = ((window * Largest) + Math.Abs(digit) - 1) * 2;
            if (digit < 0 == opposite)
            {
                sum.Add(table[at], table[at + 1]);
                continue;
            }
            TField.Subtract(default, table[at + 1], out var negative);
            sum.Add(table[at], negative);
        }
    }

    /// <summary>Affine x and y of j·2^(8i)·(x, y), for i from 0 to 31 and j from 1 to 128, in Montgomery form.</summary>
    public static U256[] Of(U256 x, U256 y)
    {
        CurveField<TField>.Of(x, out x);
        CurveField<TField>.Of(y, out y);
        var table = new U256[Windows * Largest * 2];
        // One more than a row holds: twice its last begins the next.
        var points = new CurvePoint<TField>[Largest + 1];
        var affine = new U256[points.Length * 2];
        for (var window = 0; window < Windows; window++)
        {
            points[0] = new(x, y);
            for (var j = 1; j < Largest; j++)
            {
                points[j] = points[j - 1];
                points[j].Add(x, y);
            }
            points[Largest] = points[Largest - 1];
            points[Largest].Double();
            Affine(points, affine);
            affine.AsSpan(0, Largest * 2).CopyTo(table.AsSpan(window * Largest * 2));
            (x, y) = (affine[^2], affine[^1]);
        }
        return table;
    }

    /// <summary>Divides all with one inversion (Montgomery's trick). None is at infinity: the order is prime and far above 256.</summary>
    static void Affine(ReadOnlySpan<CurvePoint<TField>> points, Span<U256> into)
    {
        Span<U256> products = new U256[points.Length + 1];
        products[0] = TField.One;
        for (var i = 0; i < points.Length; i++)
            TField.Multiply(products[i], points[i].ZZZ, out products[i + 1]);
        CurveField<TField>.Inverse(products[^1], out var inverse);
        for (var i = points.Length - 1; i >= 0; i--)
        {
            // With ZZ = z² and ZZZ = z³: 1/z = ZZ/ZZZ.
            TField.Multiply(inverse, products[i], out var ofZzz);
            TField.Multiply(inverse, points[i].ZZZ, out inverse);
            TField.Multiply(ofZzz, points[i].ZZ, out var ofZ);
            TField.Multiply(ofZ, ofZ, out var ofZz);
            TField.Multiply(points[i].X, ofZz, out into[2 * i]);
            TField.Multiply(points[i].Y, ofZzz, out into[(2 * i) + 1]);
        }
    }
}

/// <summary>How many keys may have tables: 64 MB of them. The keys beyond stay with OpenSSL.</summary>
static class TablesKept
{
    const int Most = 256;

    static int alive;

    public static bool Take()
    {
        if (Interlocked.Increment(ref alive) <= Most)
            return true;
        Interlocked.Decrement(ref alive);
        return false;
    }

    public static void Return() => Interlocked.Decrement(ref alive);
}
