using System.Globalization;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Finds resources of the whole region by words, in what the members publish. Each catalogue has an index of its own, made
/// anew only when that catalogue changed. What is published is cut into pairs of neighbouring characters, so that any part of
/// two or more is found whatever its words are; what is asked is cut into words (<see cref="ChineseWords"/>), all of which must be there, and
/// what also has the pairs between them comes first.
/// </summary>
/// <param name="catalogues">Those that are held at the moment; a changed one is another object.</param>
sealed class SearchCatalogues(Func<IEnumerable<CatalogueDocument>> catalogues)
{
    volatile IReadOnlyList<CatalogueIndex> indexes = [];
    readonly Lock turn = new();

    public sealed record Found(CatalogueDocument Catalogue, ResourceOffer Offer, int Score);

    /// <param name="last">Score, node and code of the last one seen; null for the first page.</param>
    public List<Found> Find(string words, Func<CatalogueDocument, bool> among, Func<ResourceOffer, bool> having, (int Score, string Node, string Code)? last, int most)
    {
        var found = new List<Found>();
        foreach (var index in Current().Where(i => among(i.Document)))
            found.AddRange(index.Find(words).Where(f => having(f.Offer)).Select(f => new Found(index.Document, f.Offer, f.Score)));
        found.Sort(Compare);
        var from = last is { } key ? found.FindIndex(f => After(f, key)) : 0;
        return from < 0 ? [] : [.. found.Skip(from).Take(most)];
    }

    static int Compare(Found a, Found b) =>
        a.Score != b.Score ? b.Score.CompareTo(a.Score)
        : string.CompareOrdinal(a.Catalogue.NodeId, b.Catalogue.NodeId) is not 0 and var node ? node
        : string.CompareOrdinal(a.Offer.Code, b.Offer.Code);

    static bool After(Found f, (int Score, string Node, string Code) key) =>
        f.Score != key.Score ? f.Score < key.Score
        : string.CompareOrdinal(f.Catalogue.NodeId, key.Node) is not 0 and var node ? node > 0
        : string.CompareOrdinal(f.Offer.Code, key.Code) > 0;

    IReadOnlyList<CatalogueIndex> Current()
    {
        var held = catalogues().ToList();
        var before = indexes;
        if (Same(before, held))
            return before;
        lock (turn)
        {
            if (!Same(indexes, held))
                indexes = [.. held.Select(d => indexes.FirstOrDefault(i => ReferenceEquals(i.Document, d)) ?? new CatalogueIndex(d))];
            return indexes;
        }
    }

    static bool Same(IReadOnlyList<CatalogueIndex> made, List<CatalogueDocument> held) =>
        made.Count == held.Count && made.Zip(held).All(p => ReferenceEquals(p.First.Document, p.Second));
}

/// <summary>The words of one catalogue, each with the resources that have it and how much it says of them.</summary>
sealed class CatalogueIndex
{
    readonly ResourceOffer[] offers;
    readonly Dictionary<string, List<(int Offer, int Weight)>> places = new(StringComparer.Ordinal);

    /// <summary>Words that are not pairs of characters, for those that are only begun.</summary>
    readonly string[] spelled;

    public CatalogueIndex(CatalogueDocument document)
    {
        Document = document;
        offers = [.. document.Resources.DistinctBy(r => r.Code)];
        for (var i = 0; i < offers.Length; i++)
        {
            var o = offers[i];
            var weights = new Dictionary<string, int>(StringComparer.Ordinal);
            void Add(string text, int weight)
            {
                foreach (var word in Cut(text, Pairs))
                    weights[word] = Math.Max(weights.GetValueOrDefault(word), weight);
            }
            Add(o.Name.Zh, 8);
            Add(o.Name.En, 8);
            Add(o.Code, 6);
            Add(o.DepartmentName.Zh, 3);
            Add(o.DepartmentName.En, 3);
            foreach (var field in o.Fields)
            {
                Add(field.Label.Zh, 2);
                Add(field.Label.En, 2);
                Add(field.Element ?? "", 2);
            }
            foreach (var type in o.EvidenceTypes)
                Add(type, 4);
            Add(o.Summary.Zh, 1);
            Add(o.Summary.En, 1);
            foreach (var (word, weight) in weights)
            {
                if (!places.TryGetValue(word, out var list))
                    places[word] = list = [];
                list.Add((i, weight));
            }
        }
        spelled = [.. places.Keys.Where(w => !IsHan(w[0])).Order(StringComparer.Ordinal)];
    }

    public CatalogueDocument Document { get; }

    /// <summary>Resources that have every word, with the sum of what the words say of them; all when no word is given.</summary>
    public IEnumerable<(ResourceOffer Offer, int Score)> Find(string text)
    {
        var words = Cut(text, PairsOfWords).ToHashSet(StringComparer.Ordinal);
        if (words.Count == 0)
            return offers.Select(o => (o, 0));
        int[]? scores = null;
        foreach (var word in words)
        {
            var now = new int[offers.Length];
            foreach (var list in Lists(word))
            {
                foreach (var (offer, weight) in list)
                {
                    if (scores is null || scores[offer] > 0)
                        now[offer] = Math.Max(now[offer], (scores?[offer] ?? 0) + weight);
                }
            }
            scores = now;
        }
        foreach (var between in Cut(text, Pairs).Where(pair => pair.Length == 2 && IsHan(pair[0])).Distinct(StringComparer.Ordinal).Where(pair => !words.Contains(pair)))
        {
            foreach (var (offer, weight) in Lists(between).SelectMany(list => list).Where(at => scores![at.Offer] > 0))
                scores![offer] += weight;
        }
        return scores!.Select((score, i) => (offers[i], score)).Where(f => f.score > 0);
    }

    IEnumerable<List<(int Offer, int Weight)>> Lists(string word)
    {
        if (IsHan(word[0]))
        {
            if (places.TryGetValue(word, out var exact))
                yield return exact;
            yield break;
        }
        var at = Array.BinarySearch(spelled, word, StringComparer.Ordinal);
        for (at = at < 0 ? ~at : at; at < spelled.Length && spelled[at].StartsWith(word, StringComparison.Ordinal); at++)
            yield return places[spelled[at]];
    }

    static bool IsHan(char c) => (char.IsLetter(c) && c is (>= '\u2E80' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF')) || char.IsSurrogate(c);

    /// <summary>Each pair of neighbours, and each character, so that one of them finds.</summary>
    static IEnumerable<string> Pairs(string run)
    {
        for (var i = 0; i < run.Length; i++)
        {
            if (i + 1 < run.Length)
                yield return run.Substring(i, 2);
            yield return run.Substring(i, 1);
        }
    }

    /// <summary>The pairs within words; of a text of one character, that.</summary>
    static IEnumerable<string> PairsOfWords(string run)
    {
        var words = (run.Length > 2 ? ChineseWords.Of(run) : [run]).ToList();
        // What has no word of two characters is asked as it stands.
        if (!words.Exists(w => w.Length > 1))
            words = [run];
        return words.Where(w => w.Length > 1 || run.Length == 1).SelectMany(w => w.Length == 1 ? [w] : Pairs(w).Where(p => p.Length == 2));
    }

    static IEnumerable<string> Cut(string text, Func<string, IEnumerable<string>> chinese)
    {
        // One code point there is that cannot be normalised, and it means nothing.
        var plain = text.Replace('\uFFFE', ' ').Normalize(NormalizationForm.FormKC).ToLower(CultureInfo.InvariantCulture);
        for (var at = 0; at < plain.Length;)
        {
            var from = at;
            if (IsHan(plain[at]))
            {
                while (at < plain.Length && IsHan(plain[at]))
                    at++;
                foreach (var part in chinese(plain[from..at]))
                    yield return part;
            }
            else if (char.IsLetterOrDigit(plain[at]))
            {
                while (at < plain.Length && char.IsLetterOrDigit(plain[at]) && !IsHan(plain[at]))
                    at++;
                yield return plain[from..at];
            }
            else
            {
                at++;
            }
        }
    }
}
