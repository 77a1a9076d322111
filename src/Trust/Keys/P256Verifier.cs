using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Tongban.Trust;

/// <summary>
/// A point as X/ZZ, Y/ZZZ with ZZ³ = ZZZ²; at infinity when ZZ is zero. Formulas madd-2008-s and dbl-2008-s-1 of the
/// Explicit-Formulas Database: of those for adding affine points they multiply least.
/// </summary>
struct P256Point
{
    public U256 X, Y, ZZ, ZZZ;

    public readonly bool IsInfinity => ZZ.IsZero;

    public P256Point(in U256 x, in U256 y) => (X, Y, ZZ, ZZZ) = (x, y, P256Field.One, P256Field.One);

    /// <summary>Adds an affine point, whichever it is: the same and the opposite one too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(in U256 x, in U256 y)
    {
        if (IsInfinity)
        {
            this = new(x, y);
            return;
        }
        P256Field.Multiply(x, ZZ, out var p);
        P256Field.Subtract(p, X, out p);
        P256Field.Multiply(y, ZZZ, out var r);
        P256Field.Subtract(r, Y, out r);
        if (p.IsZero)
        {
            if (r.IsZero)
                Double();
            else
                this = default;
            return;
        }
        P256Field.Multiply(p, p, out var pp);
        P256Field.Multiply(X, pp, out var q);
        P256Field.Multiply(p, pp, out var ppp);
        P256Field.Multiply(ZZ, pp, out ZZ);
        P256Field.Multiply(ZZZ, ppp, out ZZZ);
        P256Field.Multiply(r, r, out X);
        P256Field.Subtract(X, ppp, out X);
        P256Field.Subtract(X, q, out X);
        P256Field.Subtract(X, q, out X);
        P256Field.Multiply(Y, ppp, out ppp);
        P256Field.Subtract(q, X, out q);
        P256Field.Multiply(r, q, out Y);
        P256Field.Subtract(Y, ppp, out Y);
    }

    /// <summary>The curve's a is −3. No point of P-256 has Y = 0, for the order is odd; infinity stays what it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Double()
    {
        P256Field.Subtract(X, ZZ, out var less);
        P256Field.Add(X, ZZ, out var more);
        P256Field.Multiply(less, more, out var third);
        P256Field.Add(third, third, out var m);
        P256Field.Add(m, third, out m);
        P256Field.Add(Y, Y, out var u);
        P256Field.Multiply(u, u, out var v);
        P256Field.Multiply(u, v, out var w);
        P256Field.Multiply(X, v, out var s);
        P256Field.Multiply(v, ZZ, out ZZ);
        P256Field.Multiply(w, ZZZ, out ZZZ);
        P256Field.Multiply(w, Y, out w);
        P256Field.Multiply(m, m, out X);
        P256Field.Subtract(X, s, out X);
        P256Field.Subtract(X, s, out X);
        P256Field.Subtract(s, X, out s);
        P256Field.Multiply(m, s, out Y);
        P256Field.Subtract(Y, w, out Y);
    }
}

/// <summary>
/// Verifies ECDSA signatures (FIPS 186-5, 6.4.2) of one P-256 key that signs often: a neighbour node's. For the key and for the
/// curve's base point it holds every multiple j·2^(8i), so that a verification is 64 additions and no doubling, about a third of what a
/// verification costs without tables. 256 KB a key. Everything here is public, so nothing is done about timing; secrets stay with OpenSSL.
/// Immutable; safe for concurrent use.
/// </summary>
sealed class P256Verifier
{
    const int Windows = 32;
    const int Largest = 128;

    static readonly U256[] OfBase = Table(
        new(0xF4A13945D898C296, 0x77037D812DEB33A0, 0xF8BCE6E563A440F2, 0x6B17D1F2E12C4247),
        new(0xCBB6406837BF51F5, 0x2BCE33576B315ECE, 0x8EE7EB4A7C0F9E16, 0x4FE342E2FE1A7F9B));

    /// <summary>64 MB of tables; the keys beyond stay with OpenSSL.</summary>
    const int Most = 256;

    static int alive;

    readonly U256[] ofKey;

    P256Verifier(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => ofKey = Table(U256.Read(x), U256.Read(y));

    ~P256Verifier() => Interlocked.Decrement(ref alive);

    /// <summary>Takes some 5 ms. Null when too many keys have tables already.</summary>
    /// <param name="x">Big-endian; the point must already be known to lie on the curve.</param>
    public static P256Verifier? Make(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        if (Interlocked.Increment(ref alive) <= Most)
            return new(x, y);
        Interlocked.Decrement(ref alive);
        return null;
    }

    /// <param name="hash">SHA-256 of what was signed.</param>
    /// <param name="signature">r ‖ s, 64 bytes.</param>
    public bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var (r, s) = (U256.Read(signature), U256.Read(signature[32..]));
        if (r.IsZero || s.IsZero || !U256.Less(r, P256Order.N) || !U256.Less(s, P256Order.N))
            return false;
        P256Order.Inverse(s, out var divideByS);
        P256Order.Multiply(U256.Read(hash), divideByS, out var times);
        var sum = default(P256Point);
        Add(ref sum, OfBase, times);
        P256Order.Multiply(r, divideByS, out times);
        Add(ref sum, ofKey, times);
        if (sum.IsInfinity)
            return false;
        // x mod N = r: x is r, or r + N where that is still below P.
        return HasX(sum, r) || (U256.Add(r, P256Order.N, out var more) == 0 && U256.Less(more, P256Field.P) && HasX(sum, more));
    }

    static bool HasX(in P256Point point, in U256 number)
    {
        P256Field.Of(number, out var x);
        P256Field.Multiply(x, point.ZZ, out x);
        return x.Is(point.X);
    }

    /// <summary>Adds scalar·point, the scalar as 32 digits of −127 to 128.</summary>
    static void Add(ref P256Point sum, U256[] table, U256 scalar)
    {
        // Of k and N − k one is below 2^255, and then no carry leaves the last digit.
        var opposite = scalar.L3 >> 63 == 1;
        if (opposite)
            U256.Subtract(P256Order.N, scalar, out scalar);
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
            P256Field.Subtract(default, table[at + 1], out var negative);
            sum.Add(table[at], negative);
        }
    }

    /// <summary>Affine x and y of j·2^(8i)·(x, y), for i from 0 to 31 and j from 1 to 128, in Montgomery form.</summary>
    static U256[] Table(U256 x, U256 y)
    {
        P256Field.Of(x, out x);
        P256Field.Of(y, out y);
        var table = new U256[Windows * Largest * 2];
        // One more than a row holds: twice its last begins the next.
        var points = new P256Point[Largest + 1];
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
    static void Affine(ReadOnlySpan<P256Point> points, Span<U256> into)
    {
        Span<U256> products = new U256[points.Length + 1];
        products[0] = P256Field.One;
        for (var i = 0; i < points.Length; i++)
            P256Field.Multiply(products[i], points[i].ZZZ, out products[i + 1]);
        P256Field.Inverse(products[^1], out var inverse);
        for (var i = points.Length - 1; i >= 0; i--)
        {
            // With ZZ = z² and ZZZ = z³: 1/z = ZZ/ZZZ.
            P256Field.Multiply(inverse, products[i], out var ofZzz);
            P256Field.Multiply(inverse, points[i].ZZZ, out inverse);
            P256Field.Multiply(ofZzz, points[i].ZZ, out var ofZ);
            P256Field.Multiply(ofZ, ofZ, out var ofZz);
            P256Field.Multiply(points[i].X, ofZz, out into[2 * i]);
            P256Field.Multiply(points[i].Y, ofZzz, out into[(2 * i) + 1]);
        }
    }
}
