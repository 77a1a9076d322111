using System.Globalization;
using System.Text.Json;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// How often a member exchanged with whom about which resource, by month: what it publishes to the region when its steward chose to. Counts only, and
/// none below <see cref="Least"/>: of a few, one might guess whom they were about.
/// </summary>
/// <param name="At">Unix ms when they were added up.</param>
sealed record MonthlyCounts(int V, string Node, long At, IReadOnlyList<MonthlyCounts.Use> Uses)
{
    /// <param name="Month"><c>2026-11</c> (Asia/Shanghai).</param>
    /// <param name="Count">Answered exchanges.</param>
    public sealed record Use(string Month, string Consumer, string Provider, string Resource, long Count)
    {
        /// <summary>What is counted, once.</summary>
        internal (string Month, string Consumer, string Provider, string Resource) What => (Month, Consumer, Provider, Resource);
    }

    /// <summary>The <c>typ</c> of the token.</summary>
    public const string TokenType = "tb-counts+jws";

    public const long Least = 10;

    /// <summary>Months that are published, the present one included.</summary>
    public const int Months = 12;

    public const int Most = 50_000;

    /// <summary>Of all that a node metered, what may be published.</summary>
    public static MonthlyCounts Of(string node, IReadOnlyList<MonthUse> uses, DateOnly today, long at) => new(1, node, at,
    [
        .. uses.Where(u => u.Consumer != u.Provider && u.Units > 0 && u.Month > MeteringTally.MonthOf(today).AddMonths(-Months))
            .GroupBy(u => (u.Month, u.Consumer, u.Provider, u.Resource)).Select(g => new Use(MeteringPage.Of(g.Key.Month), g.Key.Consumer, g.Key.Provider, g.Key.Resource, g.Sum(u => u.Records)))
            .Where(u => u.Count >= Least).OrderBy(u => u.Month, StringComparer.Ordinal).ThenByDescending(u => u.Count).Take(Most),
    ]);

    public string Sign(NodeKey key) => Jws.Sign(key, JsonSerializer.SerializeToUtf8Bytes(this, DirectoryDocument.Json), TokenType);

    /// <summary>Null unless that member signed it, about exchanges of its own.</summary>
    public static MonthlyCounts? Verify(string token, TrustedDirectory directory, string node)
    {
        KeyOfMember? signer = null;
        var opened = Jws.Verify(token, TokenType, kid => (signer = directory.KeyOfAnyTime(kid))?.Key);
        return opened.Ok && signer!.Member.NodeId == node ? Read(opened.Value.Payload, node) : null;
    }

    public static MonthlyCounts? Read(ReadOnlySpan<byte> json, string node)
    {
        try
        {
            return JsonSerializer.Deserialize<MonthlyCounts>(json, DirectoryDocument.Json) is { V: 1, Uses: { Count: <= Most } uses } read && read.Node == node
                && uses.All(u => u is { Month.Length: 7, Consumer.Length: > 0 and <= 64, Provider.Length: > 0 and <= 64, Resource.Length: > 0 and <= 64, Count: >= Least } && (u.Consumer == node) != (u.Provider == node)
                    && DateOnly.TryParseExact(u.Month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                && uses.DistinctBy(u => u.What).Count() == uses.Count
                ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
