using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// How often a consent was used here, counted in the node's own log: each answer under a consent that bounds them first takes a place of
/// its period, a leaf with a name that only one can have. So it holds across restarts, however many ask at once, and an audit counts the same.
/// </summary>
sealed class ConsentUses(TransparencyLog log)
{
    /// <summary>Exchanges held in memory, of all periods.</summary>
    const int MostHeld = 100_000;

    /// <summary>
    /// Places known to be taken, by period: where the search for a free one begins. With whom each was taken by, so that an answer costs the same
    /// however many were given before it: the places of a period are read once.
    /// </summary>
    readonly ConcurrentDictionary<string, Places> taken = new(StringComparer.Ordinal);

    int held;

    sealed record Places(int Count, ImmutableHashSet<string> By);

    /// <summary>An answer that is to be given under a consent.</summary>
    /// <param name="Related">About somebody related to the holder: counted apart from the holder's own.</param>
    public readonly record struct Use(ConsentArtefact Consent, string Resource, bool Related, string Consumer, string ExchangeId, long At)
    {
        public string Of => Related ? "related" : "holder";

        public string Answer => ExchangeLeaf.ReferenceOfProvided(Consumer, ExchangeId);

        public string Period => $"u/{Consent.Issuer}/{Consent.Id}/{Resource}/{Of}/{PeriodOf(Consent.Fetch!, At)}";
    }

    public static string PeriodOf(ConsentFetch fetch, long at) => fetch.Per switch
    {
        ConsentFetch.Day => LocalTime.DateOf(at).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ConsentFetch.Month => LocalTime.DateOf(at).ToString("yyyy-MM", CultureInfo.InvariantCulture),
        _ => ConsentFetch.Once,
    };

    /// <summary>Whether one more answer may be given now; null when it may. Nothing is taken.</summary>
    public async ValueTask<Error?> Left(Use use, CancellationToken ct) =>
        (await Taken(use, ct)).Count < use.Consent.Fetch!.Most || await IsAgain(use, ct) ? null : Full(use);

    /// <summary>Takes a place, durable when it returns null. An exchange that has one already, or its answer, takes no second.</summary>
    public async Task<Error?> Take(Use use, CancellationToken ct)
    {
        if (await IsAgain(use, ct))
            return null;
        for (var place = (await Taken(use, ct)).Count; place < use.Consent.Fetch!.Most; place++)
        {
            var placed = await log.Append(ExchangeLeaf.OfConsentUse(use, place), ct);
            if (!placed.Ok)
                return placed.Error;
            var by = placed.Value.Repeated ? await TakenBy(use.Period, place, ct) : use.ExchangeId;
            Note(use.Period, place, by);
            if (by == use.ExchangeId)
                return null;
        }
        return Full(use);
    }

    static Error Full(in Use use) => use.Consent.Fetch!.Kind == ConsentFetch.Once ? ConsentArtefact.UsedUp : ConsentArtefact.TooOften;

    /// <summary>Answered before with this id, or stopped between place and answer: the log then decides whether anything is given again.</summary>
    async ValueTask<bool> IsAgain(Use use, CancellationToken ct) =>
        await log.Find(use.Answer, ct) is not null
        || await HasPlace(use, ct);

    /// <summary>Whoever stopped may have been overtaken since: its place is any of them.</summary>
    async ValueTask<bool> HasPlace(Use use, CancellationToken ct) => (await Taken(use, ct)).By.Contains(use.ExchangeId);

    /// <summary>Places are taken in order: the first free one is found by halving.</summary>
    async ValueTask<Places> Taken(Use use, CancellationToken ct)
    {
        var period = use.Period;
        if (taken.TryGetValue(period, out var known))
            return known;
        var (low, high) = (0, use.Consent.Fetch!.Most);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (await log.Find(Place(period, middle), ct) is not null)
                low = middle + 1;
            else
                high = middle;
        }
        var leaves = await log.Leaves([.. Enumerable.Range(0, low).Select(place => Place(period, place))], ct);
        var by = leaves.Select(leaf => Read(leaf.Data)?.ExchangeId).OfType<string>().ToImmutableHashSet(StringComparer.Ordinal);
        Count(low + 1);
        // Whoever read it at the same time and took a place since knows more.
        return taken.GetOrAdd(period, new Places(low, by));
    }

    /// <summary>Of a period that is not held any more nothing is noted: it is read again.</summary>
    void Note(string period, int place, string? by)
    {
        while (taken.TryGetValue(period, out var before))
        {
            if (taken.TryUpdate(period, new Places(Math.Max(before.Count, place + 1), by is null ? before.By : before.By.Add(by)), before))
            {
                Count(1);
                return;
            }
        }
    }

    void Count(int more)
    {
        if (Interlocked.Add(ref held, more) <= MostHeld)
            return;
        Interlocked.Exchange(ref held, 0);
        taken.Clear();
    }

    async Task<string?> TakenBy(string period, int place, CancellationToken ct) =>
        await log.Find(Place(period, place), ct) is { } at && await log.Leaves(at.Index, 1, ct) is [var leaf] ? Read(leaf.Data)?.ExchangeId : null;

    public static string Place(string period, int place) => string.Create(CultureInfo.InvariantCulture, $"{period}/{place}");

    /// <summary>What the leaf of a place says; null when it is no such leaf.</summary>
    public static (string Reference, string Consumer, string ExchangeId, int Place)? Read(ReadOnlyMemory<byte> leaf)
    {
        try
        {
            using var document = JsonDocument.Parse(leaf);
            var whole = document.RootElement;
            return whole.TryGetProperty("kind", out var kind) && kind.ValueEquals(ExchangeLeaf.ConsentUsed) && whole.TryGetProperty("body", out var body)
                ? (whole.GetProperty("ref").GetString() ?? "", body.GetProperty("consumer").GetString() ?? "", body.GetProperty("exchange").GetString() ?? "", body.GetProperty("place").GetInt32())
                : null;
        }
        // A leaf of another room may hold anything.
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
