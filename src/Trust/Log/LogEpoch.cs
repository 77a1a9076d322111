using System.Globalization;

namespace Tongban.Trust;

/// <summary>
/// Names of a log's epochs: the first is the log's own (<c>CN-YRD/340000/log</c>), the next <c>…/log/2</c>. The tree goes on with the leaves
/// that are left; the name is another, so that what was lost cannot be passed off as never having been.
/// </summary>
public static class LogEpoch
{
    public static string Origin(string first, int number) => number == 1 ? first : string.Create(CultureInfo.InvariantCulture, $"{first}/{number}");

    /// <summary>From 1; null when the name is none of this log's.</summary>
    public static int? Number(string first, string origin) =>
        origin == first ? 1
        : origin.StartsWith(first + "/", StringComparison.Ordinal) && int.TryParse(origin.AsSpan(first.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 1 && Origin(first, number) == origin ? number : null;
}
