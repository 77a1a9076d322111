using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tongban.Trust;

/// <summary>256 bits; the least significant limb first. Results are handed out by <c>out</c>: a struct that is returned is copied on the way.</summary>
struct U256(ulong l0, ulong l1, ulong l2, ulong l3)
{
    public ulong L0 = l0, L1 = l1, L2 = l2, L3 = l3;

    public readonly bool Is(in U256 other) => ((L0 ^ other.L0) | (L1 ^ other.L1) | (L2 ^ other.L2) | (L3 ^ other.L3)) == 0;

    public readonly bool IsZero => (L0 | L1 | L2 | L3) == 0;

    public static U256 Read(ReadOnlySpan<byte> bigEndian) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bigEndian[24..]), BinaryPrimitives.ReadUInt64BigEndian(bigEndian[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(bigEndian[8..]), BinaryPrimitives.ReadUInt64BigEndian(bigEndian));

    /// <returns>1 when the difference is negative; it is then given modulo 2^256.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(in U256 x, in U256 y, out U256 difference)
    {
        var borrow = 0UL;
        var l0 = Limb.Subtract(x.L0, y.L0, ref borrow);
        var l1 = Limb.Subtract(x.L1, y.L1, ref borrow);
        var l2 = Limb.Subtract(x.L2, y.L2, ref borrow);
        var l3 = Limb.Subtract(x.L3, y.L3, ref borrow);
        (difference.L0, difference.L1, difference.L2, difference.L3) = (l0, l1, l2, l3);
        return borrow;
    }

    /// <returns>1 when the sum does not fit; it is then given modulo 2^256.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(in U256 x, in U256 y, out U256 sum)
    {
        var carry = 0UL;
        var l0 = Limb.Add(x.L0, y.L0, ref carry);
        var l1 = Limb.Add(x.L1, y.L1, ref carry);
        var l2 = Limb.Add(x.L2, y.L2, ref carry);
        var l3 = Limb.Add(x.L3, y.L3, ref carry);
        (sum.L0, sum.L1, sum.L2, sum.L3) = (l0, l1, l2, l3);
        return carry;
    }

    public static bool Less(in U256 x, in U256 y) => Subtract(x, y, out _) == 1;

    /// <param name="by">1 to 63.</param>
    public void ShiftRight(int by)
    {
        L0 = (L0 >> by) | (L1 << (64 - by));
        L1 = (L1 >> by) | (L2 << (64 - by));
        L2 = (L2 >> by) | (L3 << (64 - by));
        L3 >>= by;
    }

    /// <param name="by">1 to 63.</param>
    public void ShiftLeft(int by)
    {
        L3 = (L3 << by) | (L2 >> (64 - by));
        L2 = (L2 << by) | (L1 >> (64 - by));
        L1 = (L1 << by) | (L0 >> (64 - by));
        L0 <<= by;
    }
}

/// <summary>One limb with its carry; the just-in-time compiler makes a few instructions of each.</summary>
static class Limb
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong x, ulong y, ref ulong carry)
    {
        var sum = x + y;
        var over = sum < x ? 1UL : 0UL;
        var all = sum + carry;
        carry = over + (all < sum ? 1UL : 0UL);
        return all;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(ulong x, ulong y, ref ulong borrow)
    {
        var difference = x - y;
        var under = x < y ? 1UL : 0UL;
        var all = difference - borrow;
        borrow = under + (difference < borrow ? 1UL : 0UL);
        return all;
    }

    /// <summary>x·y + add + carry: 128 bits hold it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyAdd(ulong x, ulong y, ulong add, ref ulong carry)
    {
        // The low half twice over: a product that hands out both halves goes by way of memory.
        var high = High(x, y);
        var low = x * y;
        low += add;
        high += low < add ? 1UL : 0UL;
        low += carry;
        carry = high + (low < carry ? 1UL : 0UL);
        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong High(ulong x, ulong y) => Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(x, y) : Math.BigMul(x, y, out _);
}
