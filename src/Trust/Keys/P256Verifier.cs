namespace Tongban.Trust;

/// <summary>
/// Verifies ECDSA signatures (FIPS 186-5, 6.4.2) of one P-256 key that signs often: a neighbour node's. For the key and for the
/// curve's base point it holds every multiple j·2^(8i), so that a verification is 64 additions and no doubling, about a third of what a
/// verification costs without tables. 256 KB a key. Everything here is public, so nothing is done about timing; secrets stay with OpenSSL.
/// Immutable; safe for concurrent use.
/// </summary>
sealed class P256Verifier
{
    static readonly U256[] OfBase = PointTable<P256Field>.Of(
        new(0xF4A13945D898C296, 0x77037D812DEB33A0, 0xF8BCE6E563A440F2, 0x6B17D1F2E12C4247),
        new(0xCBB6406837BF51F5, 0x2BCE33576B315ECE, 0x8EE7EB4A7C0F9E16, 0x4FE342E2FE1A7F9B));

    readonly U256[] ofKey;

    P256Verifier(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => ofKey = PointTable<P256Field>.Of(U256.Read(x), U256.Read(y));

    ~P256Verifier() => TablesKept.Return();

    /// <summary>Takes some 5 ms. Null when too many keys have tables already.</summary>
    /// <param name="x">Big-endian; the point must already be known to lie on the curve.</param>
    public static P256Verifier? Make(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => TablesKept.Take() ? new(x, y) : null;

    /// <param name="hash">SHA-256 of what was signed.</param>
    /// <param name="signature">r ‖ s, 64 bytes.</param>
    public bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var (r, s) = (U256.Read(signature), U256.Read(signature[32..]));
        if (r.IsZero || s.IsZero || !U256.Less(r, P256Order.N) || !U256.Less(s, P256Order.N))
            return false;
        P256Order.Inverse(s, out var divideByS);
        P256Order.Multiply(U256.Read(hash), divideByS, out var times);
        var sum = default(CurvePoint<P256Field>);
        PointTable<P256Field>.Add(ref sum, OfBase, times, P256Order.N);
        P256Order.Multiply(r, divideByS, out times);
        PointTable<P256Field>.Add(ref sum, ofKey, times, P256Order.N);
        if (sum.IsInfinity)
            return false;
        return sum.HasX(r, P256Order.N);
    }
}
