using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The tree as tiles (C2SP tlog-tiles), below <c>/log</c>: <c>checkpoint</c> and <c>tile/L/N[.p/W]</c>, so that any client of such logs follows this one.
/// Tiles of entries are not given: leaves say who asked whom about which case, and only auditors and those concerned see them.
/// </summary>
static class LogTiles
{
    /// <summary>Where a tile lies.</summary>
    /// <param name="Width">256, or less for one that is not full.</param>
    public readonly record struct Place(int Level, long Number, int Width);

    public static async Task<IResult> Handle(string place, HttpContext http, TransparencyLog log, CancellationToken ct)
    {
        if (Read(place) is not { } tile)
            return Error.NotFound("tile.path", "没有这样的路径：应为 层/编号[.p/宽度]", "There is no such path: it is level/number[.p/width]").AsResult();
        var hashes = await log.Tile(tile.Level, tile.Number, tile.Width, ct);
        if (!hashes.Ok)
            return hashes.Error.AsResult();
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(hashes.Value, "application/octet-stream");
    }

    /// <summary>Null for anything but the one way in which a place is written.</summary>
    public static Place? Read(string path)
    {
        var parts = path.Split('/');
        if (parts.Length is < 2 or > 9 || !Number(parts[0], 1, 2, out var level) || level > 63 || (parts[0].Length == 2 && parts[0][0] == '0'))
            return null;
        var (last, width) = (parts.Length - 1, (long)MerkleTree.Tile);
        var partial = parts.Length >= 3 && parts[^2].EndsWith(".p", StringComparison.Ordinal);
        if (partial)
        {
            if (!Number(parts[^1], 1, 3, out width) || parts[^1][0] == '0' || width >= MerkleTree.Tile)
                return null;
            last--;
        }
        var number = 0L;
        for (var i = 1; i <= last; i++)
        {
            var group = i == last ? partial ? parts[i][..^2] : parts[i] : parts[i].StartsWith('x') ? parts[i][1..] : "";
            if (!Number(group, 3, 3, out var digits) || (i == 1 && last > 1 && digits == 0))
                return null;
            number = (number * 1000) + digits;
        }
        return new((int)level, number, (int)width);
    }

    static bool Number(string text, int shortest, int longest, out long number)
    {
        number = 0;
        return text.Length >= shortest && text.Length <= longest && text.All(char.IsAsciiDigit) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
