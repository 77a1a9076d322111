using Tongban.Items.Catalogue;

namespace Tongban.Items.Search;

/// <summary>An item found, and how well it fits: higher is better.</summary>
readonly record struct Hit(ItemDocument Item, int Score);

/// <summary>
/// Search over names, everyday words and summaries. Chinese is matched by runs of characters and by pairs of neighbours
/// (which forgives a missing or swapped word), English by word beginnings. Everything is in memory: a catalogue of some
/// thousand items answers in well under a millisecond per hundred items.
/// </summary>
sealed class ItemIndex
{
    /// <summary>Words people put before what they want; they say nothing about it.</summary>
    static readonly string[] Filler = ["我要办理", "我想办理", "我要办", "我想办", "怎么办理", "如何办理", "怎么办", "办理", "我要", "我想", "申请", "的"];

    readonly Entry[] entries;

    sealed record Entry(ItemDocument Item, string Name, string[] Keywords, string Rest, HashSet<string> NamePairs, HashSet<string> AllPairs, string[] Words);

    public ItemIndex(IEnumerable<ItemDocument> items)
    {
        entries = [.. items.OrderBy(i => i.BaseCode, StringComparer.Ordinal).Select(Of)];

        static Entry Of(ItemDocument item)
        {
            var name = Plain(item.Name.Zh);
            var keywords = item.Keywords.Select(Plain).ToArray();
            var rest = Plain(item.Summary.Zh + "|" + item.ForWhom.Zh);
            var words = $"{item.Name.En} {item.Summary.En} {string.Join(' ', item.Keywords)}".ToLowerInvariant()
                .Split([' ', ',', '.', ';', ':', '(', ')', '-', '/', '\''], StringSplitOptions.RemoveEmptyEntries);
            return new Entry(item, name, keywords, rest, Pairs(name), Pairs(string.Join('|', [name, .. keywords, rest])), words);
        }
    }

    /// <summary>All that fit, best first; equals in the order of their base codes. Nothing asked: everything, popular first.</summary>
    public IReadOnlyList<Hit> Find(string? asked)
    {
        var query = Trim(Plain(asked ?? ""));
        if (query.Length == 0)
            return [.. entries.Select(e => new Hit(e.Item, e.Item.Popular is { } place ? 1000 - place : 0)).OrderByDescending(h => h.Score)];
        var english = query.Any(char.IsAsciiLetter) ? (asked ?? "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        return [.. entries.Select(e => new Hit(e.Item, Score(e, query, english))).Where(h => h.Score > 0).OrderByDescending(h => h.Score)];
    }

    static int Score(Entry entry, string query, string[] english)
    {
        if (entry.Item.BaseCode == query)
            return 10_000;
        if (english.Length > 0)
        {
            var met = english.Count(w => entry.Words.Any(own => own.StartsWith(w, StringComparison.Ordinal)));
            return met == english.Length ? 500 + Bonus(entry) : 0;
        }
        if (entry.Name == query)
            return 5_000;
        if (entry.Name.Contains(query, StringComparison.Ordinal))
            return 2_000 + 100 * query.Length / entry.Name.Length + Bonus(entry);
        if (entry.Keywords.Any(k => k == query))
            return 1_500 + Bonus(entry);
        if (entry.Keywords.Any(k => k.Contains(query, StringComparison.Ordinal)))
            return 1_200 + Bonus(entry);
        // The more of what was said an item's everyday words cover, the better: 身份证 · 丢了.
        if (entry.Keywords.Where(k => k.Length > 1 && query.Contains(k, StringComparison.Ordinal)).Sum(k => k.Length) is > 0 and var covered)
            return 800 + 60 * Math.Min(covered, query.Length) + Bonus(entry);
        if (query.Length == 1)
            return 0;
        var pairs = Pairs(query);
        var inName = pairs.Count(entry.NamePairs.Contains);
        var anywhere = pairs.Count(entry.AllPairs.Contains);
        // Half of what was asked must be there, or everything with one common pair would be found.
        return anywhere * 2 >= pairs.Count ? 400 * inName / pairs.Count + 200 * anywhere / pairs.Count + Bonus(entry) : 0;
    }

    static int Bonus(Entry entry) => (entry.Item.Tailored ? 40 : 0) + (entry.Item.Popular is null ? 0 : 20);

    static string Trim(string query)
    {
        foreach (var filler in Filler)
        {
            if (query.Length > filler.Length)
                query = query.Replace(filler, "", StringComparison.Ordinal);
        }
        return query;
    }

    /// <summary>Letters and digits only, lower case: punctuation and white space never stand between a person and an item.</summary>
    static string Plain(string text) => new([.. text.Where(c => char.IsLetterOrDigit(c) || c == '|').Select(char.ToLowerInvariant)]);

    static HashSet<string> Pairs(string text)
    {
        var pairs = new HashSet<string>();
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (text[i] != '|' && text[i + 1] != '|')
                pairs.Add(text.Substring(i, 2));
        }
        return pairs;
    }
}
