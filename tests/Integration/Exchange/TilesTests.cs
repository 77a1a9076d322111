using System.Net;
using System.Text;
using Tongban.Exchange;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A stranger who knows only C2SP's tlog-tiles and the log's key follows the log over HTTP.</summary>
public sealed class TilesTests
{
    static readonly HttpClient Http = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_checkpoints_root_comes_out_of_the_tiles()
    {
        await using var region = await Start();
        var log = region.Get<TransparencyLog>(Anhui);
        await Task.WhenAll(Enumerable.Range(0, 700).Select(i => log.Append(new LogEntry($"t/{i}", Encoding.UTF8.GetBytes($"leaf {i}")), Ct)));
        var key = NoteKey.Parse(region.Get<RegionDirectory>(Shanghai).Entry(Anhui)!.Log!.VKey).Value;

        var checkpoint = Checkpoint.Verify(await Http.GetStringAsync(region.Url(Anhui) + "/log/checkpoint", Ct), key).Value.Checkpoint;
        Assert.Equal(700, checkpoint.Size);
        byte[][] leaves = [.. await Tile("0/000"), .. await Tile("0/001"), .. await Tile("0/002.p/188")];
        Assert.Equal(Merkle.LeafHash("leaf 0"u8).Length, leaves[0].Length);
        Assert.Equal(checkpoint.Root, Root(leaves));
        Assert.Equal([Root(leaves.AsSpan(0, 256)), Root(leaves.AsSpan(256, 256))], await Tile("1/000.p/2"));
        Assert.Equal(leaves.AsSpan(512, 3).ToArray(), await Tile("0/002.p/3"));

        foreach (var none in new[]
        {
            "0/002", "0/002.p/189", "0/003", "1/000", "1/000.p/3", "2/000.p/1", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/0", "0/0000", "0/x000/001", "0/001/002", "0/-01", "00/000", "64/000", "8/000.p/1",
            "0/000.p", "0/000/", "0/", "x/000", "0/x999/x999/x999/x999/x999/x999/999", "entries/000", "0/０００",
        })
        {
            using var answer = await Http.GetAsync($"{region.Url(Anhui)}/log/tile/{none}", Ct);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{none}: {answer.StatusCode}");
        }

        async Task<byte[][]> Tile(string place)
        {
            using var answer = await Http.GetAsync($"{region.Url(Anhui)}/log/tile/{place}", Ct);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("immutable", answer.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
            return [.. (await answer.Content.ReadAsByteArrayAsync(Ct)).Chunk(32)];
        }
    }

    [Theory]
    [InlineData("0/x001/x234/067", 0, 1_234_067L, 256)]
    [InlineData("3/x001/000.p/9", 3, 1000L, 9)]
    public void A_place_is_read(string path, int level, long number, int width) => Assert.Equal(new LogTiles.Place(level, number, width), LogTiles.Read(path));

    /// <summary>RFC 6962, 2.1.</summary>
    static byte[] Root(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 1)
            return leaves[0];
        var k = 1;
        while (k * 2 < leaves.Length)
            k *= 2;
        return Merkle.NodeHash(Root(leaves[..k]), Root(leaves[k..]));
    }
}
