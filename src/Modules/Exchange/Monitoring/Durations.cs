using System.Buffers;
using System.Diagnostics;
using System.Numerics;

namespace Tongban.Exchange;

/// <summary>
/// Counts of durations in steps of a fifth: four to each doubling, from 32 µs to a minute. A percentile read from it is right to a tenth or so, and
/// histograms of different hours and replicas add up.
/// </summary>
static class Durations
{
    const int First = 5;

    /// <summary>Of every histogram.</summary>
    public const int Buckets = 84;

    public static long Microseconds(long from, long to) => (long)((to - from) * (1_000_000.0 / Stopwatch.Frequency));

    public static int BucketOf(long microseconds)
    {
        if (microseconds < 1 << First)
            return 0;
        var log = BitOperations.Log2((ulong)microseconds);
        return Math.Min((((log - First) << 2) | (int)((microseconds >> (log - 2)) & 3)), Buckets - 1);
    }

    /// <summary>Microseconds at which a bucket begins.</summary>
    public static long Begins(int bucket) => (4L + (bucket & 3)) << ((bucket >> 2) + First - 2);

    /// <summary>Microseconds that a share of what was counted did not exceed; null when nothing was.</summary>
    public static long? Percentile(ReadOnlySpan<long> counts, double share)
    {
        var all = 0L;
        foreach (var count in counts)
            all += count;
        if (all == 0)
            return null;
        var (rank, seen) = ((long)Math.Ceiling(all * share), 0L);
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            seen += counts[bucket];
            // Between its two ends: what lies in a bucket is taken as spread evenly.
            if (seen >= rank && counts[bucket] > 0)
                return Begins(bucket) + ((Begins(bucket + 1) - Begins(bucket)) * (counts[bucket] - (seen - rank)) / counts[bucket]);
        }
        return Begins(counts.Length);
    }

    /// <summary>Of each bucket that has any: how many were passed over, and its count, in seven-bit groups.</summary>
    public static byte[] Write(ReadOnlySpan<long> counts)
    {
        var bytes = new ArrayBufferWriter<byte>(64);
        var passed = 0L;
        foreach (var count in counts)
        {
            if (count == 0)
            {
                passed++;
                continue;
            }
            Number(bytes, passed);
            Number(bytes, count);
            passed = 0;
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Adds what <see cref="Write"/> made to counts; false when it is nothing of the kind.</summary>
    public static bool AddTo(Span<long> counts, ReadOnlySpan<byte> bytes)
    {
        for (var bucket = 0L; bytes.Length > 0; bucket++)
        {
            if (!Number(ref bytes, out var passed) || !Number(ref bytes, out var count) || passed > counts.Length || (bucket += passed) >= counts.Length)
                return false;
            counts[(int)bucket] += count;
        }
        return true;
    }

    static void Number(ArrayBufferWriter<byte> to, long number)
    {
        for (; number >= 0x80; number >>= 7)
            Byte(to, (byte)(number | 0x80));
        Byte(to, (byte)number);
    }

    static void Byte(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    static bool Number(ref ReadOnlySpan<byte> from, out long number)
    {
        number = 0;
        for (var shift = 0; shift < 63 && from.Length > 0; shift += 7)
        {
            var next = from[0];
            from = from[1..];
            number |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
                return true;
        }
        return false;
    }
}
