using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// All agreements of this node in memory, for the check of every query, with today's count of each. Read again whenever one
/// changes here, and every few seconds for changes by another replica.
/// </summary>
sealed class AgreementBook(NodeIdentity node, RegionDirectory directory, OwnResources own, TimeProvider clock, IServiceScopeFactory scopes)
{
    /// <summary>Of the file of agreements in the node's folder: one signed document a line, imported at start.</summary>
    public const string FileName = "agreements.jsonl";

    sealed record Pages(FrozenDictionary<string, Agreement> ById, FrozenDictionary<(string, string, string), Agreement[]> ByUse, Mark? Mark);

    Pages pages => Volatile.Read(ref current);

    Pages current = new(FrozenDictionary<string, Agreement>.Empty, FrozenDictionary<(string, string, string), Agreement[]>.Empty, null);
    readonly ConcurrentDictionary<(string Agreement, int Day), Counter> counts = new();

    readonly ConcurrentDictionary<string, (long Minute, long Used)> minutes = new(StringComparer.Ordinal);

    sealed class Counter
    {
        public long Used;
    }

    public Agreement? Find(string id) => pages.ById.GetValueOrDefault(id);

    /// <summary>The law a use of data rested on, where it rested on one and this node is a side of the agreement.</summary>
    public Words? LawOf(LeafFacts use) => use.Basis switch
    {
        AgreementBasis.Legal => Find(use.Agreement)?.Terms.Basis.Text,
        AgreementBasis.RelatedPerson => Find(use.Agreement)?.Terms.Related?.Text,
        _ => null,
    };

    public IEnumerable<Agreement> All => pages.ById.Values;

    /// <summary>The agreement in force for a use; of several the one that holds longest.</summary>
    public Agreement? Between(string provider, string consumer, string resource, int version, long at) =>
        pages.ByUse.TryGetValue((provider, consumer, resource), out var found)
            ? found.FirstOrDefault(a => a.Terms.ResourceVersion == version && a.StateAt(at) == AgreementState.InForce)
            : null;

    /// <summary>The agreement to ask under: one that covers the use, else the one in force, else the latest, whose refusal then says why not.</summary>
    /// <param name="use">Of whatever version of the resource the agreement is on.</param>
    /// <param name="consented">The question comes with a person's consent: one that rests on it is asked under first, else one that rests on the law.</param>
    public Agreement? ToAsk(string provider, in AgreementUse use, bool consented)
    {
        if (!pages.ByUse.TryGetValue((provider, use.Consumer, use.Resource), out var found))
            return null;
        Agreement? covers = null, inForce = null;
        foreach (var agreement in found)
        {
            if (agreement.Refuses(use with { ResourceVersion = agreement.Terms.ResourceVersion }) is null)
            {
                if (agreement.Terms.Basis.IsConsent == consented)
                    return agreement;
                covers ??= agreement;
            }
            if (inForce is null && agreement.StateAt(use.At) == AgreementState.InForce)
                inForce = agreement;
        }
        return covers ?? inForce ?? found[0];
    }

    /// <summary>Counts one query at that instant against the rate and the quota of its day. A query that was counted and then failed stays counted.</summary>
    public Error? OverQuota(Agreement agreement, long at)
    {
        if (OverRate(agreement, at) is { } tooFast)
            return tooFast;
        var counter = counts.GetOrAdd((agreement.Id, LocalTime.DateOf(at).DayNumber), _ => new Counter());
        if (Interlocked.Increment(ref counter.Used) <= agreement.Terms.QuotaPerDay)
            return null;
        // Nothing is given for it: a unit that is given back later is free for somebody.
        Interlocked.Decrement(ref counter.Used);
        return QuotaExceeded(agreement);
    }

    /// <summary>Whether one more would be over, without counting it: asked before a long reading that is counted at its end.</summary>
    public Error? Spent(Agreement agreement, long at)
    {
        if (agreement.Terms.RatePerMinute is { } most && minutes.TryGetValue(agreement.Id, out var now) && now.Minute == at / 60_000 && now.Used >= most)
            return RateExceeded(most);
        return counts.TryGetValue((agreement.Id, LocalTime.DateOf(at).DayNumber), out var counter) && Interlocked.Read(ref counter.Used) >= agreement.Terms.QuotaPerDay ? QuotaExceeded(agreement) : null;
    }

    static Error QuotaExceeded(Agreement agreement) => new(ErrorKind.Forbidden,
        "agreement.quota-exceeded", $"今天的查询次数已达到协议上限 {agreement.Terms.QuotaPerDay} 次", $"Today's queries have reached the agreement's quota of {agreement.Terms.QuotaPerDay}",
        "agreement", "请明天再试，或与提供方商定更高的上限", "Try again tomorrow, or agree a higher quota with the provider");

    /// <summary>Counts within the minute of the clock; of each agreement only the present minute is kept.</summary>
    Error? OverRate(Agreement agreement, long at)
    {
        if (agreement.Terms.RatePerMinute is not { } most)
            return null;
        var minute = at / 60_000;
        var counter = minutes.AddOrUpdate(agreement.Id, _ => (minute, 1), (_, c) => c.Minute == minute ? (minute, c.Used + 1) : (minute, 1));
        return counter.Used <= most ? null : RateExceeded(most);
    }

    static Error RateExceeded(long most) => new(ErrorKind.Forbidden,
        "agreement.rate-exceeded", $"这一分钟的查询次数已达到协议上限 {most} 次", $"The queries of this minute have reached the agreement's {most}",
        "agreement", "请稍等一分钟再试", "Wait a minute and try again");

    /// <summary>A query that was sent twice, or met a log that does not answer, gives nothing: whoever repeats a captured message uses up nobody's quota.</summary>
    /// <param name="at">As it was counted: what was counted yesterday frees nothing of today.</param>
    public void TakeBack(Agreement agreement, long at)
    {
        if (counts.TryGetValue((agreement.Id, LocalTime.DateOf(at).DayNumber), out var counter))
            Interlocked.Decrement(ref counter.Used);
        if (agreement.Terms.RatePerMinute is not null && minutes.TryGetValue(agreement.Id, out var now) && now.Minute == at / 60_000)
            minutes.TryUpdate(agreement.Id, (now.Minute, now.Used - 1), now);
    }

    public long UsedToday(string id) => counts.TryGetValue((id, Today), out var counter) ? Interlocked.Read(ref counter.Used) : 0;

    int Today => clock.Today().DayNumber;

    /// <summary>Takes the day's counts from the metering records after a restart.</summary>
    public async Task Recount(TransparencyLog log, CancellationToken ct)
    {
        var dayBegan = new DateTimeOffset(clock.Today().ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds();
        foreach (var (agreement, uses) in await log.UnitsSince(dayBegan, node.Id, ct))
            counts.GetOrAdd((agreement, Today), _ => new Counter()).Used = uses;
    }

    /// <summary>Imports signed agreements that are not held yet, each checked against the directory. Returns how many were new.</summary>
    public async Task<Result<int>> Import(IEnumerable<string> documents, CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        List<string> all = [.. documents];
        // One that was negotiated is looked for by its id; the many of a start are compared with all that are held.
        var ids = all.Count > 1 ? null : all.Select(d => Agreement.Read(d)?.Terms.Id).ToList();
        var held = (await db.Set<AgreementRow>().Where(a => ids == null || ids.Contains(a.Id)).Select(a => a.Id).ToListAsync(ct)).ToHashSet(StringComparer.Ordinal);
        var added = 0;
        foreach (var document in all)
        {
            // Most are held after the first start: their id is looked at before two signatures are verified.
            if (Agreement.Read(document) is { } read && held.Contains(read.Terms.Id))
                continue;
            var row = Signed(document);
            if (!row.Ok)
                return row.Error;
            if (!held.Add(row.Value.Id))
                continue;
            db.Add(row.Value);
            added++;
        }
        await db.SaveChangesAsync(ct);
        await Load(ct);
        return added;
    }

    /// <summary>A signed agreement as this node holds it, once both signatures were verified and it is this node's.</summary>
    public Result<AgreementRow> Signed(string document)
    {
        var verified = Agreement.Verify(document, directory.Trusted);
        if (!verified.Ok)
            return verified.Error;
        var terms = verified.Value;
        if (terms.Provider != node.Id && terms.Consumer != node.Id)
            return Error.Invalid("agreement.not-ours", $"协议 {terms.Id} 与本节点无关", $"Agreement {terms.Id} is not of this node", "agreement");
        return new AgreementRow
        {
            Id = terms.Id,
            Provider = terms.Provider,
            Consumer = terms.Consumer,
            Resource = terms.Resource,
            ResourceVersion = terms.ResourceVersion,
            ValidFrom = terms.ValidFrom,
            ValidUntil = terms.ValidUntil,
            Document = document,
            TakenAt = clock.NowMs(),
            Division = node.Division,
            Department = terms.Provider == node.Id ? own.Find(terms.Resource)?.Department ?? "" : "",
            Revision = 1,
        };
    }

    /// <summary>Reads what is stored. What changed in memory meanwhile was newer than what was read: then it is read again.</summary>
    public async Task Load(CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        while (true)
        {
            var before = pages;
            // What was signed never changes: only what is new is read whole.
            var known = before.ById;
            var rows = await db.Set<AgreementRow>().AsNoTracking().Select(a => new { a.Id, a.TerminatedAt, a.Department, a.Revision }).ToListAsync(ct);
            var fresh = rows.Select(r => r.Id).Where(id => !known.ContainsKey(id)).ToList();
            var some = fresh.Count <= 100 ? fresh : null;
            var trusted = directory.Trusted;
            var documents = fresh.Count == 0 ? [] : await db.Set<AgreementRow>().AsNoTracking().Where(a => some == null || some.Contains(a.Id)).Select(a => new { a.Id, a.Document, a.TakenAt }).ToDictionaryAsync(a => a.Id, a => (a.Document, a.TakenAt), StringComparer.Ordinal, ct);
            var transfers = await db.Set<TransferRow>().AsNoTracking().Select(t => new { t.AgreementId, t.Revision, t.Side, t.State, t.Sending, t.SuspendedBy }).ToListAsync(ct);
            var suspended = transfers.Where(t => TransferRules.Halts(t.Side, t.State, t.Sending, t.SuspendedBy is not null)).Select(t => t.AgreementId).ToHashSet(StringComparer.Ordinal);
            // One that was ended in memory stays so: its end may still be being committed.
            var read = rows.Select(r =>
            {
                var one = known.GetValueOrDefault(r.Id) ?? Stored(r.Id, documents[r.Id].Document, documents[r.Id].TakenAt);
                return one with { TerminatedAt = r.TerminatedAt ?? one.TerminatedAt, Department = r.Department, IsSuspended = suspended.Contains(r.Id), IsDoubted = !trusted.Vouch(one.SignedBy, one.TakenAt) };
            });
            if (Turn(before, read, new Mark(trusted.Document.Version, rows.Count, rows.Sum(r => r.Revision), transfers.Count, transfers.Sum(t => t.Revision))))
                return;
        }
    }

    /// <summary>False when somebody turned the page in between.</summary>
    bool Turn(Pages before, IEnumerable<Agreement> agreements, Mark? mark)
    {
        var all = agreements.ToList();
        var next = new Pages(
            all.ToFrozenDictionary(a => a.Id, StringComparer.Ordinal),
            all.GroupBy(a => (a.Terms.Provider, a.Terms.Consumer, a.Terms.Resource))
                .ToFrozenDictionary(g => g.Key, g => g.OrderByDescending(a => a.Terms.ValidUntil).ToArray()),
            mark);
        return ReferenceEquals(Interlocked.CompareExchange(ref current, next, before), before);
    }

    /// <summary>Ends one in memory, while the change is still being committed: too early by a moment is right, too late is not.</summary>
    public void End(string id, long at)
    {
        while (true)
        {
            var before = pages;
            if (before.ById.GetValueOrDefault(id) is not { TerminatedAt: null } agreement || Turn(before, before.ById.Values.Select(a => a.Id == id ? agreement with { TerminatedAt = at } : a), mark: null))
                return;
        }
    }

    /// <summary>Looks whether another replica changed anything.</summary>
    public async Task Refresh(CancellationToken ct)
    {
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var (rows, transfers) = (db.Set<AgreementRow>(), db.Set<TransferRow>());
        if (new Mark(directory.Trusted.Document.Version, await rows.CountAsync(ct), await rows.SumAsync(a => a.Revision, ct), await transfers.CountAsync(ct), await transfers.SumAsync(t => t.Revision, ct)) != pages.Mark)
            await Load(ct);
    }

    /// <summary>Rows are never removed and revisions only rise, so that it never repeats.</summary>
    sealed record Mark(long Directory, int Agreements, long Revisions, int Transfers, long TransferRevisions);

    /// <summary>What this node stored was verified when it came; its signatures are not checked again.</summary>
    static Agreement Stored(string id, string document, long takenAt) => Agreement.Read(document) is { } read
        ? new Agreement(read.Terms, null, "") { SignedBy = [.. read.Document.SignerIds()], TakenAt = takenAt }
        : throw new InvalidDataException($"The stored agreement {id} cannot be read.");

    AsyncServiceScope Scope() => scopes.AsNode("agreements");
}
