using System.Globalization;
using System.Numerics;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

/// <summary>The verifier of SM2 with tables says of every signature what libcrypto says; its field is that of arithmetic by the book.</summary>
public sealed class Sm2VerifierTests
{
    static readonly BigInteger P = Hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF");
    static readonly BigInteger N = Hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123");
    static readonly BigInteger R = BigInteger.One << 256;
    static readonly Point G = new(Hex("32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"), Hex("BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"));
    static readonly int Tries = int.TryParse(Environment.GetEnvironmentVariable("TONGBAN_TEST_SIGNATURES"), CultureInfo.InvariantCulture, out var tries) ? tries : 400;

    [Fact]
    public void The_field_multiplies_adds_and_subtracts_as_by_the_book()
    {
        var random = new Random(20261129);
        BigInteger[] edges = [0, 1, 2, P - 1, P - 2, (P - 1) / 2, R - P, BigInteger.One << 32, BigInteger.One << 64, (BigInteger.One << 64) - 1, (BigInteger.One << 96) - 1, BigInteger.One << 224, (BigInteger.One << 255) % P];
        var inverse = BigInteger.ModPow(R, P - 2, P);
        for (var turn = 0; turn < 20_000; turn++)
        {
            var x = turn % 3 == 0 ? edges[random.Next(edges.Length)] : Any(random, P);
            var y = turn % 5 == 0 ? edges[random.Next(edges.Length)] : Any(random, P);
            Sm2Field.Multiply(Number(x), Number(y), out var product);
            Assert.Equal(x * y * inverse % P, Value(product));
            Sm2Field.Add(Number(x), Number(y), out var sum);
            Assert.Equal((x + y) % P, Value(sum));
            Sm2Field.Subtract(Number(x), Number(y), out var difference);
            Assert.Equal((x - y + P) % P, Value(difference));
        }
    }

    [Fact]
    public void Random_signatures_whole_and_changed()
    {
        var random = new Random(5);
        for (var done = 0; done < Tries;)
        {
            var key = SignatureSuites.Sm2.Generate();
            var plain = Reread(key.Public);
            WithTables(key);
            for (var i = 0; i < 200 && done < Tries; i++, done++)
            {
                var data = new byte[random.Next(200)];
                random.NextBytes(data);
                var signature = key.Sign(data);
                Assert.True(key.Public.Verify(data, signature));
                signature[random.Next(64)] ^= (byte)(1 << random.Next(8));
                Assert.Equal(plain.Verify(data, signature), key.Public.Verify(data, signature));
                random.NextBytes(signature);
                Assert.Equal(plain.Verify(data, signature), key.Public.Verify(data, signature));
            }
        }
    }

    [Fact]
    public void R_and_s_at_and_beyond_their_bounds()
    {
        var key = SignatureSuites.Sm2.Generate();
        var plain = Reread(key.Public);
        WithTables(key);
        var data = "bounds"u8.ToArray();
        var good = key.Sign(data);
        var (r, s) = (Of(good.AsSpan(0, 32)), Of(good.AsSpan(32)));
        BigInteger[] bounds = [0, 1, 2, N - 2, N - 1, N, N + 1, P - 1, P, P + 1, (BigInteger.One << 255) - 1, R - 1, r, s, N - r, N - s];
        foreach (var first in bounds)
        {
            foreach (var second in bounds)
            {
                byte[] signature = [.. Bytes(first), .. Bytes(second)];
                Assert.Equal(plain.Verify(data, signature), key.Public.Verify(data, signature));
            }
        }
    }

    /// <summary>Keys and scalars for which sums meet the same point, its opposite, and infinity on their way.</summary>
    [Fact]
    public void Scalars_that_make_additions_meet_themselves()
    {
        BigInteger[] scalars = [1, 2, 127, 128, 129, 255, 256, 257, N - 1, N - 2, N - 128, (N - 1) / 2, (N + 1) / 2, BigInteger.One << 255, (BigInteger.One << 255) - 1, BigInteger.One << 248, Hex("80808080808080808080808080808080")];
        foreach (var d in (BigInteger[])[1, 2, 128, N - 2, (N + 1) / 2])
        {
            var q = G.Times(d);
            var tables = Sm2Verifier.Make(Bytes(q.X!.Value), Bytes(q.Y!.Value))!;
            foreach (var s in scalars)
            {
                foreach (var t in (BigInteger[])[1, 128, 256, N - 1, (N - 1) / 2, s, (N - (s * BigInteger.ModPow(d, N - 2, N) % N)) % N])
                {
                    var sum = G.Times(s).Plus(q.Times(t));
                    var r = (t - s + N) % N;
                    if (r.IsZero)
                        continue;
                    if (sum.X is not { } x)
                    {
                        Assert.False(tables.Verify(Bytes(0), [.. Bytes(r), .. Bytes(s)]));
                        continue;
                    }
                    var e = ((r - x) % N + N) % N;
                    Assert.True(tables.Verify(Bytes(e), [.. Bytes(r), .. Bytes(s)]), $"{d} {s} {t}");
                    Assert.False(tables.Verify(Bytes((e + 1) % N), [.. Bytes(r), .. Bytes(s)]));
                    // A hash of the order or more is the same hash.
                    if (e + N < R)
                        Assert.True(tables.Verify(Bytes(e + N), [.. Bytes(r), .. Bytes(s)]));
                }
            }
        }
    }

    static void WithTables(NodeKey key)
    {
        for (var i = 0; i < 70; i++)
            Assert.True(key.Public.Verify([(byte)i], key.Sign([(byte)i])));
        Assert.True(SpinWait.SpinUntil(() => ((Sm2Suite.OpenKey)key.Public.Handle).HasTables, TimeSpan.FromSeconds(20)));
    }

    /// <summary>The same key, for which libcrypto goes on verifying: what does not hold is not counted, and few that hold are asked.</summary>
    static PublicKey Reread(PublicKey key) => SignatureSuites.Sm2.ReadPublic(key.Jwk).Value;

    static BigInteger Any(Random random, BigInteger below)
    {
        var bytes = new byte[32];
        random.NextBytes(bytes);
        return Of(bytes) % below;
    }

    static BigInteger Hex(string text) => BigInteger.Parse("0" + text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    static BigInteger Of(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    static U256 Number(BigInteger number) => U256.Read(Bytes(number));

    static BigInteger Value(in U256 number) => number.L0 + ((BigInteger)number.L1 << 64) + ((BigInteger)number.L2 << 128) + ((BigInteger)number.L3 << 192);

    static byte[] Bytes(BigInteger number)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }

    /// <summary>The curve once more, by the schoolbook; infinity has no x.</summary>
    sealed record Point(BigInteger? X, BigInteger? Y)
    {
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
