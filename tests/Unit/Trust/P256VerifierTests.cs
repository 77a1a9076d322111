using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

/// <summary>
/// The verifier with tables says of every signature what OpenSSL says. <c>TONGBAN_TEST_SIGNATURES</c> sets how many random ones
/// are tried; a million take about two minutes.
/// </summary>
public sealed class P256VerifierTests
{
    static readonly BigInteger P = Hex("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");
    static readonly BigInteger N = Hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
    static readonly BigInteger B = Hex("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B");
    static readonly int Tries = int.TryParse(Environment.GetEnvironmentVariable("TONGBAN_TEST_SIGNATURES"), CultureInfo.InvariantCulture, out var tries) ? tries : 2000;

    [Fact]
    public void Random_signatures_whole_and_changed()
    {
        var random = new Random(20261122);
        for (var done = 0; done < Tries;)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var both = new Both(key.ExportParameters(false).Q);
            for (var i = 0; i < 500 && done < Tries; i++, done++)
            {
                var hash = new byte[32];
                random.NextBytes(hash);
                var signature = key.SignHash(hash);
                Assert.True(both.Say(hash, signature));
                signature[random.Next(64)] ^= (byte)(1 << random.Next(8));
                both.Say(hash, signature);
                random.NextBytes(signature);
                both.Say(hash, signature);
            }
        }
    }

    [Fact]
    public void R_and_s_at_and_beyond_their_bounds()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var both = new Both(key.ExportParameters(false).Q);
        var hash = SHA256.HashData("bounds"u8);
        var good = key.SignHash(hash);
        var (r, s) = (Number(good.AsSpan(0, 32)), Number(good.AsSpan(32)));
        // The other s of the same signature is right as well: ECDSA itself does not tell them apart.
        Assert.True(both.Say(hash, [.. good[..32], .. Bytes(N - s)]));
        BigInteger[] bounds = [0, 1, 2, N - 2, N - 1, N, N + 1, P - N, P - 1, P, P + 1, (BigInteger.One << 255) - 1, BigInteger.One << 255, (BigInteger.One << 256) - 1, r, s, N - r];
        foreach (var first in bounds)
        {
            foreach (var second in bounds)
            {
                both.Say(hash, [.. Bytes(first), .. Bytes(second)]);
                foreach (var edge in (BigInteger[])[0, 1, N - 1, N, N + 1, (BigInteger.One << 256) - 1])
                    both.Say(Bytes(edge), [.. Bytes(first), .. Bytes(second)]);
            }
        }
        if (r + N < BigInteger.One << 256)
            Assert.False(both.Say(hash, [.. Bytes(r + N), .. good[32..]]));
    }

    /// <summary>Keys and scalars for which sums meet the same point, its opposite, and infinity on their way.</summary>
    [Fact]
    public void Scalars_that_make_additions_meet_themselves()
    {
        var random = new Random(7);
        var scalars = new List<BigInteger> { 1, 2, 3, 127, 128, 129, 255, 256, 257, N - 1, N - 2, N - 128, N - 256, (N - 1) / 2, (N + 1) / 2, BigInteger.One << 255, (BigInteger.One << 255) - 1 };
        for (var window = 0; window < 32; window += 5)
            scalars.AddRange([BigInteger.One << (8 * window), BigInteger.One << ((8 * window) + 7), (BigInteger.One << (8 * window)) * 255 % N]);
        foreach (var d in (BigInteger[])[1, 2, 128, 256, N - 1, N - 2, (N + 1) / 2, BigInteger.One << 248, Random(random)])
        {
            var q = Base(d);
            var both = new Both(q.Q);
            foreach (var u1 in scalars)
            {
                for (var turn = 0; turn < 3; turn++)
                {
                    var u2 = scalars[random.Next(scalars.Count)];
                    var sum = Base((u1 + (u2 * d)) % N);
                    Assert.True(sum.X is null || Signed(both, u1, u2, sum));
                }
                // u1·G and u2·Q are opposite: the sum is infinity, and no r whatever is right.
                var against = (N - u1) * BigInteger.ModPow(d, N - 2, N) % N;
                Assert.Null(Base((u1 + (against * d)) % N).X);
                foreach (var r in (BigInteger[])[1, 2, q.X!.Value % N])
                    Assert.False(Signed(both, u1, against, new Point(r, 0)));
                // u1·G = u2·Q: the last addition may be a doubling.
                var along = u1 * BigInteger.ModPow(d, N - 2, N) % N;
                Assert.True(Signed(both, u1, along, Base(2 * u1 % N)));
            }
            Assert.True(Signed(both, 0, 1, q));
        }
    }

    /// <summary>One x in 2^32 is N or more; r is then smaller than x by N.</summary>
    [Fact]
    public void An_x_between_the_order_and_the_prime()
    {
        var (found, x) = (0, N);
        for (; found < 3; x++)
        {
            var square = (BigInteger.ModPow(x, 3, P) + ((P - 3) * x) + B) % P;
            var y = BigInteger.ModPow(square, (P + 1) / 4, P);
            if (y * y % P != square)
                continue;
            found++;
            var point = new Point(x, y);
            BigInteger u1 = 12345, u2 = 678910;
            // Q = (R − u1·G) / u2
            var q = point.Plus(Base(N - u1)).Times(BigInteger.ModPow(u2, N - 2, N));
            if (x > N)
                Assert.True(Signed(new Both(q.Q), u1, u2, point));
            Assert.False(Signed(new Both(q.Q), u1, u2, new Point(x - N + 1, 0)));
        }
    }

    [Fact]
    public void A_key_that_signs_often_is_given_tables_and_goes_on_as_before()
    {
        var (key, other) = (SignatureSuites.EcdsaP256.Generate(), SignatureSuites.EcdsaP256.Generate());
        for (var i = 0; i < 300; i++)
        {
            var data = BitConverter.GetBytes(i);
            var signature = key.Sign(data);
            Assert.True(key.Public.Verify(data, signature));
            Assert.False(key.Public.Verify(data, other.Sign(data)));
            Assert.False(other.Public.Verify(data, signature));
            // They are made aside.
            if (i == 100)
                Assert.True(SpinWait.SpinUntil(() => ((EcdsaP256Suite.OpenKey)key.Public.Handle).HasTables, TimeSpan.FromSeconds(20)));
        }
    }

    /// <summary>The signature for which a verifier computes u1·G + u2·Q, whose x is that of a point; s = r/u2, hash = u1·s.</summary>
    static bool Signed(Both both, BigInteger u1, BigInteger u2, Point sum)
    {
        var r = sum.X!.Value % N;
        var s = r * BigInteger.ModPow(u2, N - 2, N) % N;
        return both.Say(Bytes(u1 * s % N), [.. Bytes(r), .. Bytes(s)]);
    }

    /// <summary>k·G, as OpenSSL computes a public key.</summary>
    static Point Base(BigInteger k)
    {
        if (k.IsZero)
            return new(null, null);
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Bytes(k) });
        var q = key.ExportParameters(false).Q;
        return new(Number(q.X), Number(q.Y));
    }

    static BigInteger Random(Random random)
    {
        var bytes = new byte[32];
        random.NextBytes(bytes);
        return Number(bytes) % N;
    }

    static BigInteger Hex(string text) => BigInteger.Parse("0" + text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    static byte[] Bytes(BigInteger number)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }

    /// <summary>OpenSSL and the tables, which must agree.</summary>
    sealed class Both(ECPoint q)
    {
        readonly ECDsa openssl = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = q });
        readonly P256Verifier tables = P256Verifier.Make(q.X, q.Y)!;

        public bool Say(byte[] hash, byte[] signature)
        {
            var right = openssl.VerifyHash(hash, signature);
            Assert.True(right == tables.Verify(hash, signature), $"OpenSSL says {right} of {Convert.ToHexString(hash)} {Convert.ToHexString(signature)} by {Convert.ToHexString(q.X!)}");
            return right;
        }
    }

    /// <summary>The curve once more, by the schoolbook; infinity has no x.</summary>
    sealed record Point(BigInteger? X, BigInteger? Y)
    {
        public ECPoint Q => new() { X = Bytes(X!.Value), Y = Bytes(Y!.Value) };

        public Point Plus(Point other)
        {
            if (X is not { } x || Y is not { } y)
                return other;
            if (other.X is not { } ox || other.Y is not { } oy)
                return this;
            if (x == ox && (y + oy) % P == 0)
                return new(null, null);
            var slope = x == ox
                ? ((3 * x * x) + P - 3) * BigInteger.ModPow(2 * y, P - 2, P) % P
                : (oy - y + P) * BigInteger.ModPow(ox - x + P, P - 2, P) % P;
            var sum = ((slope * slope) - x - ox + (2 * P)) % P;
            return new(sum, ((slope * (x - sum + P)) - y + P) % P);
        }

        public Point Times(BigInteger k)
        {
            var result = new Point(null, null);
            for (var bit = (int)k.GetBitLength() - 1; bit >= 0; bit--)
            {
                result = result.Plus(result);
                if (((k >> bit) & 1) == 1)
                    result = result.Plus(this);
            }
            return result;
        }
    }
}
