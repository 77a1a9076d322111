using System.Runtime.CompilerServices;

namespace Tongban.Trust;

/// <summary>
/// The field under the curve of SM2 (GM/T 0003.5), in Montgomery form. <b>For public data only.</b>
/// P + 1 = 2^256 − 2^224 − 2^96 + 2^64, so that a reduction step needs no multiplication.
/// </summary>
readonly struct Sm2Field : ICurveField
{
    const ulong P0 = 0xFFFFFFFFFFFFFFFF, P1 = 0xFFFFFFFF00000000, P2 = 0xFFFFFFFFFFFFFFFF, P3 = 0xFFFFFFFEFFFFFFFF;

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
        // −1/P is 1 modulo 2^64, so the lowest limb itself is how often P must be added to make it zero. What is added, a limb further down:
        // m − m·2^32 − m·2^160 + m·2^192; the two differences are taken apart from each other so that neither outgrows its limbs.
        var m = t0;
        var shifted = m << 32;
        var borrow = 0UL;
        t0 = Limb.Subtract(t1, shifted - m, ref borrow);
        t1 = Limb.Subtract(t2, (m >> 32) - (shifted < m ? 1UL : 0UL), ref borrow);
        t2 = Limb.Subtract(t3, 0, ref borrow);
        t3 = Limb.Subtract(t4, 0, ref borrow);
        t4 = t5 - borrow;
        carry = 0;
        t2 = Limb.Add(t2, 0 - shifted, ref carry);
        t3 = Limb.Add(t3, m - (m >> 32) - (shifted != 0 ? 1UL : 0UL), ref carry);
        t4 += carry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Reduce(ulong t0, ulong t1, ulong t2, ulong t3, ulong over, out U256 value)
    {
        var borrow = 0UL;
        var l0 = Limb.Subtract(t0, P0, ref borrow);
        var l1 = Limb.Subtract(t1, P1, ref borrow);
        var l2 = Limb.Subtract(t2, P2, ref borrow);
        var l3 = Limb.Subtract(t3, P3, ref borrow);
        var keep = 0 - (borrow & (over ^ 1));
        (value.L0, value.L1, value.L2, value.L3) = (l0 ^ ((l0 ^ t0) & keep), l1 ^ ((l1 ^ t1) & keep), l2 ^ ((l2 ^ t2) & keep), l3 ^ ((l3 ^ t3) & keep));
    }
}
