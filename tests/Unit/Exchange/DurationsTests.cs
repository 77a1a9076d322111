using System.Net;
using Tongban.Exchange;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

public sealed class DurationsTests
{
    [Fact]
    public void Every_duration_lies_in_the_bucket_that_holds_it()
    {
        Assert.Equal(32, Durations.Begins(0));
        for (var bucket = 0; bucket < Durations.Buckets; bucket++)
        {
            Assert.Equal(bucket, Durations.BucketOf(Durations.Begins(bucket)));
            Assert.Equal(bucket, Durations.BucketOf(Durations.Begins(bucket + 1) - 1));
            Assert.InRange(Durations.Begins(bucket + 1) / (double)Durations.Begins(bucket), 1.1, 1.26);
        }
        Assert.Equal(0, Durations.BucketOf(0));
        Assert.Equal(0, Durations.BucketOf(-5));
        Assert.Equal(Durations.Buckets - 1, Durations.BucketOf(long.MaxValue));
        Assert.InRange(Durations.Begins(Durations.Buckets), 60_000_000, 70_000_000);
    }

    [Fact]
    public void A_percentile_is_right_to_a_fifth_beside_the_sorted_values()
    {
        var random = new Random(20261129);
        for (var run = 0; run < 50; run++)
        {
            var values = Enumerable.Range(0, random.Next(20, 3000)).Select(_ => (long)(50 * Math.Exp(random.NextDouble() * 9))).Order().ToList();
            var counts = new long[Durations.Buckets];
            foreach (var value in values)
                counts[Durations.BucketOf(value)]++;
            foreach (var share in new[] { 0.5, 0.95, 0.99 })
            {
                var real = values[(int)Math.Ceiling(values.Count * share) - 1];
                Assert.InRange(Durations.Percentile(counts, share)!.Value / (double)real, 0.8, 1.25);
            }
        }
        Assert.Null(Durations.Percentile(new long[Durations.Buckets], 0.5));
    }

    [Fact]
    public void What_is_stored_adds_up()
    {
        var random = new Random(20261129);
        var sum = new long[Durations.Buckets];
        var read = new long[Durations.Buckets];
        for (var run = 0; run < 200; run++)
        {
            var counts = new long[Durations.Buckets];
            for (var i = random.Next(0, 12); i > 0; i--)
                counts[random.Next(Durations.Buckets)] += random.NextInt64(1, 1L << random.Next(1, 50));
            for (var i = 0; i < counts.Length; i++)
                sum[i] += counts[i];
            Assert.True(Durations.AddTo(read, Durations.Write(counts)));
        }
        Assert.Equal(sum, read);
        Assert.Empty(Durations.Write(new long[Durations.Buckets]));
        Assert.False(Durations.AddTo(read, [200, 1, 5]));
        Assert.False(Durations.AddTo(read, [0x80]));
        Assert.False(Durations.AddTo(read, [83, 1, 1, 1]));
    }

    [Theory]
    [InlineData("node;dur=12.345", 12_345L)]
    [InlineData("node;dur=0.007", 7L)]
    [InlineData("node;dur=", null)]
    [InlineData("node;dur=-1", null)]
    [InlineData("node;dur=1e99", null)]
    [InlineData("node;dur=12 ", null)]
    [InlineData("other;dur=1", null)]
    [InlineData("node;dur=NaN", null)]
    [InlineData("node;dur=1111111111111111111111111111", null)]
    public void What_a_node_says_it_took_is_read_or_passed_over(string header, long? microseconds)
    {
        Assert.Equal(microseconds, ServerTiming.Parse(header));
        using var response = new HttpResponseMessage(HttpStatusCode.OK);
        Assert.True(response.Headers.TryAddWithoutValidation(ServerTiming.Header, header));
        Assert.Equal(microseconds, ServerTiming.Read(response));
    }

    [Fact]
    public void What_is_written_is_read() => Assert.Equal(1_234_005, ServerTiming.Parse(ServerTiming.Write(1_234_005)));
}
