namespace Tongban.Trust;

/// <summary>
/// Verifies SM2 signatures (GM/T 0003.2, 7.1) of one key that signs often, with tables as <see cref="P256Verifier"/> does. libcrypto has no code of
/// its own for this curve, so that the tables make a verification some ten times cheaper. Public data only. Immutable; safe for concurrent use.
/// </summary>
sealed class Sm2Verifier
{
    public static readonly U256 N = new(0x53BBF40939D54123, 0x7203DF6B21C6052B, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFEFFFFFFFF);

    static readonly U256[] OfBase = PointTable<Sm2Field>.Of(
        new(0x715A4589334C74C7, 0x8FE30BBFF2660BE1, 0x5F9904466A39C994, 0x32C4AE2C1F198119),
        new(0x02DF32E52139F0A0, 0xD0A9877CC62A4740, 0x59BDCEE36B692153, 0xBC3736A2F4F6779C));

    readonly U256[] ofKey;

    Sm2Verifier(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => ofKey = PointTable<Sm2Field>.Of(U256.Read(x), U256.Read(y));

    ~Sm2Verifier() => TablesKept.Return();

    /// <summary>Takes some 5 ms. Null when too many keys have tables already.</summary>
    /// <param name="x">Big-endian; the point must already be known to lie on the curve.</param>
    public static Sm2Verifier? Make(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => TablesKept.Take() ? new(x, y) : null;

    /// <param name="e">SM3(Z ‖ M): what was signed, with the signer's identity in front.</param>
    /// <param name="signature">r ‖ s, 64 bytes.</param>
    public bool Verify(ReadOnlySpan<byte> e, ReadOnlySpan<byte> signature)
    {
        var (r, s) = (U256.Read(signature), U256.Read(signature[32..]));
        if (r.IsZero || s.IsZero || !U256.Less(r, N) || !U256.Less(s, N))
            return false;
        if (U256.Add(r, s, out var t) == 1 || !U256.Less(t, N))
            U256.Subtract(t, N, out t);
        if (t.IsZero)
            return false;
        var sum = default(CurvePoint<Sm2Field>);
        PointTable<Sm2Field>.Add(ref sum, OfBase, s, N);
        PointTable<Sm2Field>.Add(ref sum, ofKey, t, N);
        if (sum.IsInfinity)
            return false;
        // (e + x) mod N = r, so x mod N = r − e.
        var hash = U256.Read(e);
        if (!U256.Less(hash, N))
            U256.Subtract(hash, N, out hash);
        if (U256.Subtract(r, hash, out var x) == 1)
            U256.Add(x, N, out x);
        return sum.HasX(x, N);
    }
}
