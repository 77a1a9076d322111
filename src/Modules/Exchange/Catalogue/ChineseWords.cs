using Icu;

namespace Tongban.Exchange;

/// <summary>
/// Where words begin and end in Chinese text, which has no spaces, by ICU's dictionary. What was asked in a sentence finds what has its
/// words, and not only what has the sentence.
/// </summary>
static class ChineseWords
{
    /// <summary>Words that join others and are in nearly every sentence.</summary>
    const string Joining = "的了和与及在是为对等或之于从向由把被给按我他她它你要有";

    static readonly char[] Ends = [.. Joining];

    /// <summary>
    /// The words of a run of Chinese characters. Characters that ICU's dictionary leaves alone beside each other stay together: they are a word
    /// that it does not know, such as one of an office.
    /// </summary>
    public static IEnumerable<string> Of(string run)
    {
        var unknown = "";
        foreach (var word in BreakIterator.Split(BreakIterator.UBreakIteratorType.WORD, "zh", run))
        {
            if (word.Length == 1 && !Joining.Contains(word[0], StringComparison.Ordinal))
            {
                unknown += word;
                continue;
            }
            if (unknown.Length > 0)
                yield return unknown;
            unknown = "";
            // 中的 is a word of the dictionary, and no more than what it joins.
            if (word.Trim(Ends) is { Length: > 1 } said)
                yield return said;
        }
        if (unknown.Length > 0)
            yield return unknown;
    }
}
