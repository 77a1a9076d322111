using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tongban.Trust;

/// <summary>
/// Integers modulo the order of P-256's group (FIPS 186-5). <b>For public data only</b>: times and branches depend on values.
/// Compiled with all optimisation at once: the first versions of arithmetic that the just-in-time compiler would make are ten times slower.
/// </summary>
static class P256Order
{
    const ulong N0 = 0xF3B9CAC2FC632551, N1 = 0xBCE6FAADA7179E84, N2 = 0xFFFFFFFFFFFFFFFF, N3 = 0xFFFFFFFF00000000;

    public static readonly U256 N = new(N0, N1, N2, N3);

    /// <summary>−1/N modulo 2^64.</summary>
    const ulong Factor = 0xCCD1C8AAEE00BC4F;

    static readonly U256[] PowersOfTwo = Powers();

    /// <summary>x·y/2^256 mod N (Montgomery); of the two only y need be below N.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in U256 x, in U256 y, out U256 product)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0;
        Row(x, y.L0, ref t0, ref t1, ref t2, ref t3, ref t4);
        Row(x, y.L1, ref t0, ref t1, ref t2, ref t3, ref t4);
        Row(x, y.L2, ref t0, ref t1, ref t2, ref t3, ref t4);
        Row(x, y.L3, ref t0, ref t1, ref t2, ref t3, ref t4);
        Reduce(t0, t1, t2, t3, t4, out product);
    }

    /// <summary>2^256/s mod N, for s from 1 to N−1: what <see cref="Multiply"/> divides by s with.</summary>
    /// <remarks>
    /// Kaliski's "almost inverse", IEEE Transactions on Computers 44 (1995), with all even steps of a turn taken at once. Throughout,
    /// s·q ≡ v·2^k and s·r ≡ −u·2^k (mod N), and u·q + v·r = N, so that nothing outgrows 256 bits; at the end u = v = 1.
    /// </remarks>
    public static void Inverse(in U256 s, out U256 inverse)
    {
        U256 u = N, v = s, q = new(1, 0, 0, 0), r = default;
        var k = 0;
        Halve(ref v, ref r, ref k);
        while (!u.Is(v))
        {
            if (U256.Less(v, u))
            {
                U256.Subtract(u, v, out u);
                U256.Add(r, q, out r);
                Halve(ref u, ref q, ref k);
            }
            else
            {
                U256.Subtract(v, u, out v);
                U256.Add(q, r, out q);
                Halve(ref v, ref r, ref k);
            }
        }
        Multiply(q, PowersOfTwo[512 - k], out inverse);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Halve(ref U256 even, ref U256 other, ref int k)
    {
        while ((even.L0 & 1) == 0)
        {
            var zeros = Math.Min(BitOperations.TrailingZeroCount(even.L0), 63);
            even.ShiftRight(zeros);
            other.ShiftLeft(zeros);
            k += zeros;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Row(in U256 x, ulong y, ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3, ref ulong t4)
    {
        var carry = 0UL;
        t0 = Limb.MultiplyAdd(x.L0, y, t0, ref carry);
        t1 = Limb.MultiplyAdd(x.L1, y, t1, ref carry);
        t2 = Limb.MultiplyAdd(x.L2, y, t2, ref carry);
        t3 = Limb.MultiplyAdd(x.L3, y, t3, ref carry);
        var t5 = 0UL;
        t4 = Limb.Add(t4, carry, ref t5);
        var m = t0 * Factor;
        carry = 0;
        Limb.MultiplyAdd(m, N0, t0, ref carry);
        t0 = Limb.MultiplyAdd(m, N1, t1, ref carry);
        t1 = Limb.MultiplyAdd(m, N2, t2, ref carry);
        t2 = Limb.MultiplyAdd(m, N3, t3, ref carry);
        t3 = Limb.Add(t4, 0, ref carry);
        t4 = t5 + carry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Reduce(ulong t0, ulong t1, ulong t2, ulong t3, ulong over, out U256 value)
    {
        var borrow = 0UL;
        var l0 = Limb.Subtract(t0, N0, ref borrow);
        var l1 = Limb.Subtract(t1, N1, ref borrow);
        var l2 = Limb.Subtract(t2, N2, ref borrow);
        var l3 = Limb.Subtract(t3, N3, ref borrow);
        (value.L0, value.L1, value.L2, value.L3) = over >= borrow ? (l0, l1, l2, l3) : (t0, t1, t2, t3);
    }

    static U256[] Powers()
    {
        var powers = new U256[513];
        powers[0] = new(1, 0, 0, 0);
        for (var i = 1; i < powers.Length; i++)
        {
            var over = U256.Add(powers[i - 1], powers[i - 1], out var twice);
            Reduce(twice.L0, twice.L1, twice.L2, twice.L3, over, out powers[i]);
        }
        return powers;
    }
}

/// <summary>
/// The field under P-256, in Montgomery form. <b>For public data only.</b>
/// P + 1 = 2^256 − 2^224 + 2^192 + 2^96 makes a reduction step one multiplication and two shifts.
/// </summary>
readonly struct P256Field : ICurveField
{
    const ulong P0 = 0xFFFFFFFFFFFFFFFF, P1 = 0x00000000FFFFFFFF, P2 = 0, P3 = 0xFFFFFFFF00000001;

    public static U256 P => new(P0, P1, P2, P3);

    public static U256 One => new(1, ~P1, ~P2, ~P3);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in U256 x, in U256 y, out U256 product)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0;
        Row(x, y.L0, ref t0, ref t1, ref t2, ref t3, ref t4);
        Row(x, y.L1, ref t0, ref t1, ref t2, ref t3, ref t4);
        Row(x, y.L2, ref t0, ref t1, ref t2, ref t3, ref t4);
        Row(x, y.L3, ref t0, ref t1, ref t2, ref t3, ref t4);
        Reduce(t0, t1, t2, t3, t4, out product);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(in U256 x, in U256 y, out U256 sum)
    {
        var carry = U256.Add(x, y, out var all);
        Reduce(all.L0, all.L1, all.L2, all.L3, carry, out sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Subtract(in U256 x, in U256 y, out U256 difference)
    {
        // P's limbs are so plain that adding them under a mask is cheaper than a branch that is wrong half the time.
        var mask = 0 - U256.Subtract(x, y, out var d);
        var carry = 0UL;
        var l0 = Limb.Add(d.L0, mask & P0, ref carry);
        var l1 = Limb.Add(d.L1, mask & P1, ref carry);
        var l2 = Limb.Add(d.L2, mask & P2, ref carry);
        (difference.L0, difference.L1, difference.L2, difference.L3) = (l0, l1, l2, d.L3 + (mask & P3) + carry);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Row(in U256 x, ulong y, ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3, ref ulong t4)
    {
        var carry = 0UL;
        t0 = Limb.MultiplyAdd(x.L0, y, t0, ref carry);
        t1 = Limb.MultiplyAdd(x.L1, y, t1, ref carry);
        t2 = Limb.MultiplyAdd(x.L2, y, t2, ref carry);
        t3 = Limb.MultiplyAdd(x.L3, y, t3, ref carry);
        var t5 = 0UL;
        t4 = Limb.Add(t4, carry, ref t5);
        // −1/P is 1 modulo 2^64, so the lowest limb itself is how often P must be added to make it zero.
        var m = t0;
        // m·(2^64 − 2^32 + 1)
        var low = m - (m << 32);
        var high = m - (m >> 32) - (m < m << 32 ? 1UL : 0UL);
        carry = 0;
        t0 = Limb.Add(t1, m << 32, ref carry);
        t1 = Limb.Add(t2, m >> 32, ref carry);
        t2 = Limb.Add(t3, low, ref carry);
        t3 = Limb.Add(t4, high, ref carry);
        t4 = t5 + carry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Reduce(ulong t0, ulong t1, ulong t2, ulong t3, ulong over, out U256 value)
    {
        var borrow = 0UL;
        var l0 = Limb.Subtract(t0, P0, ref borrow);
        var l1 = Limb.Subtract(t1, P1, ref borrow);
        var l2 = Limb.Subtract(t2, P2, ref borrow);
        var l3 = Limb.Subtract(t3, P3, ref borrow);
        // Which of the two it is cannot be foretold: a mask, not a branch.
        var keep = 0 - (borrow & (over ^ 1));
        (value.L0, value.L1, value.L2, value.L3) = (l0 ^ ((l0 ^ t0) & keep), l1 ^ ((l1 ^ t1) & keep), l2 ^ ((l2 ^ t2) & keep), l3 ^ ((l3 ^ t3) & keep));
    }
}
