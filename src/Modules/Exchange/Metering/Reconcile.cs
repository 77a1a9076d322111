using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// Compares what both sides of an agreement metered in a month, exchange by exchange, and which of it was acknowledged. Memory stays flat:
/// each side's month is read in pages, and of each page the other side is asked by the ids. An exchange belongs to the month of each side's own
/// record, so one that crossed midnight, or a change that came days later, is found by its id and not by its time.
/// </summary>
sealed class Reconcile(NodeIdentity node, RegionDirectory directory, PeerClient peers, TimeProvider clock)
{
    /// <summary>What is younger may still be on its way to the other side.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    /// <summary>Of one comparison: millions of exchanges, but no list that goes on for ever while other agreements wait.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <param name="own">This side's metering.</param>
    /// <param name="db">What was acknowledged.</param>
    /// <returns>Fails with what the other side answered, with <c>metering.malformed</c>, <c>metering.contradictory</c> or <c>metering.too-long</c>, or when it cannot be reached.</returns>
    public async Task<Result<Reconciliation>> Run(AgreementTerms terms, DateOnly month, IMeteredRows own, NodeDb db, CancellationToken ct)
    {
        if (MeteringSide.Of(terms, node.Id) is not { } side)
            return TerminateAgreement.None;
        var agreementId = terms.Id;
        var end = clock.GetUtcNow() + Longest;
        var (from, to) = (MeteringTally.Began(month), Math.Min(MeteringTally.Began(month.AddMonths(1)), clock.NowMs() - (long)Settling.TotalMilliseconds));
        var run = new Comparison(side, await LostBefore(side, terms.Provider, own, db, ct));
        if (to <= from)
            return run.Result;
        for (MeteredRow? last = null; ;)
        {
            var rows = await own.Metered(agreementId, from, to, last, MeteredRows.Most, ct);
            var mine = await Of(side, rows, db, ct);
            var asked = await Ask(side.Peer, new MeteringRequest(1, agreementId, 0, 0, Exchanges: Ids(mine)), ct);
            if (!asked.Ok)
                return asked.Error;
            var theirs = ById(asked.Value.Rows);
            foreach (var row in mine)
            {
                var there = row.Exchange is null ? null : theirs.GetValueOrDefault(row.Exchange);
                run.Own(row, there, IsListed(there));
            }
            if (rows.Count < MeteredRows.Most)
                break;
            if (clock.GetUtcNow() >= end)
                return TooLong;
            last = rows[^1];
        }
        for (MeteredExchange? last = null; ;)
        {
            var asked = await Ask(side.Peer, new MeteringRequest(1, agreementId, from, to, last?.At, last?.Index), ct);
            if (!asked.Ok)
                return asked.Error;
            if (!AreInOrder(asked.Value.Rows, last, from, to))
                return Malformed;
            // Under this agreement: an exchange of another, listed here too, would be billed twice.
            var rows = (await own.Metered([.. Ids(asked.Value.Rows).Select(side.ReferenceOf)], ct)).Where(r => r.Agreement == agreementId).ToList();
            var mine = ById(await Of(side, rows, db, ct));
            foreach (var row in asked.Value.Rows)
            {
                var here = row.Exchange is null ? null : mine.GetValueOrDefault(row.Exchange);
                run.Theirs(row, here, IsListed(here));
            }
            if (!asked.Value.More || asked.Value.Rows.Count == 0)
                break;
            if (clock.GetUtcNow() >= end)
                return TooLong;
            last = asked.Value.Rows[^1];
        }
        return run.IsContradictory ? Contradictory : run.Result;

        bool IsListed(MeteredExchange? row) => row is { Units: > 0 } && row.At >= from && row.At < to;
    }

    /// <summary>What was asked for, each row behind the one before, or a page that is given again would be read without end; and no exchange twice.</summary>
    static bool AreInOrder(IReadOnlyList<MeteredExchange> rows, MeteredExchange? last, long from, long to)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if ((row.Exchange is not null && !ids.Add(row.Exchange)) || row.Units is not > 0 || row.At < from || row.At >= to || (last is not null && (row.At, row.Index).CompareTo((last.At, last.Index)) <= 0))
                return false;
            last = row;
        }
        return true;
    }

    /// <summary>
    /// Unix ms before which the provider's log lost exchanges; 0 when it never did. The provider has it from its own log, the consumer from the provider's
    /// answer to acknowledgements; until that came, nothing was exchanged since.
    /// </summary>
    async Task<long> LostBefore(MeteringSide side, string provider, IMeteredRows own, NodeDb db, CancellationToken ct)
    {
        if (directory.Entry(provider)?.Log?.Ended is not { Count: > 0 and var ended })
            return 0;
        if (side.IsProvider)
            return (await own.Metered([EpochLeaf.ReferenceOf(ended + 1)], ct)) is [var began] ? began.At : long.MaxValue;
        var told = await db.Set<AckSentRow>().AsNoTracking().Where(a => a.Provider == provider).Select(a => a.Lost).SingleOrDefaultAsync(ct);
        return LostPart.Read(told) is { Count: var known } parts && known == ended ? parts[^1].Since : long.MaxValue;
    }

    static async Task<IReadOnlyList<MeteredExchange>> Of(MeteringSide side, List<MeteredRow> rows, NodeDb db, CancellationToken ct)
    {
        var confirmed = side.IsProvider ? await Confirmations.Of(db, side.Peer, rows, ct) : null;
        return [.. rows.Select(r => new MeteredExchange(side.ExchangeOf(r.Reference), r.Index, r.Units, r.Stated, r.At, confirmed?.Of(r.Index)))];
    }

    async Task<Result<MeteringReply>> Ask(string peer, MeteringRequest request, CancellationToken ct)
    {
        if (request.Exchanges is { Count: 0 })
            return new MeteringReply(1, [], false);
        var sent = await peers.Send(peer, HttpMethod.Post, "/peer/metering", request.ToJson(), ct);
        if (!sent.Ok)
            return sent.Error;
        return MeteringReply.Read(sent.Value.Body) is { } reply ? reply : Malformed;
    }

    static readonly Error Malformed = Error.Unavailable("metering.malformed", "对方的对账答复格式错误", "The other side's answer about metering is malformed", "请对方的数据管理员核对接口版本", "Ask the other side's steward to check its version of the interface");

    static readonly Error Contradictory = Error.Unavailable("metering.contradictory", "对方列出的当月记录与其按编号的答复不符", "What the other side lists of the month is not what it answers when it is asked by ids",
        "请稍后再核对；如仍不符，请与对方的数据管理员核对当月的记录", "Compare again later; if it stays, go through the month's records with the other side's steward");

    static readonly Error TooLong = Error.Unavailable("metering.too-long", "对方的对账答复没有尽头，核对已停止", "The other side's answer about metering did not come to an end, and the comparison was stopped",
        "请与对方的数据管理员核对当月的记录数", "Check with the other side's steward how many records the month has");

    static List<string> Ids(IReadOnlyList<MeteredExchange> rows) => [.. rows.Select(r => r.Exchange).OfType<string>()];

    static Dictionary<string, MeteredExchange> ById(IReadOnlyList<MeteredExchange> rows) =>
        rows.Where(r => r.Exchange is not null).DistinctBy(r => r.Exchange).ToDictionary(r => r.Exchange!, StringComparer.Ordinal);

    sealed class Comparison(MeteringSide side, long lostBefore)
    {
        // Apart, so that a thousand answers that never arrived push no difference off the list that somebody must answer for.
        readonly List<Difference> open = [];
        readonly List<Difference> explained = [];
        MeteredTotal here;
        MeteredTotal there;
        long confirmed;
        long opened;
        long explainedAll;
        long shared;
        long listed;

        /// <summary>
        /// Exchanges of the month at both sides are as many by the other side's list as by its answers to ids; where they are not, it lists one more than
        /// once, or left one out, and no difference of a single exchange says so.
        /// </summary>
        public bool IsContradictory => opened == 0 && shared != listed;

        /// <param name="isListed">The other side's is of this month as well.</param>
        public void Own(MeteredExchange own, MeteredExchange? theirs, bool isListed)
        {
            here = here.And(own);
            if (isListed)
                shared++;
            if (side.IsProvider && own.Confirmed is true)
                confirmed++;
            Judge(own, theirs);
        }

        /// <param name="judged">It came up among this side's own already.</param>
        public void Theirs(MeteredExchange theirs, MeteredExchange? own, bool judged)
        {
            there = there.And(theirs);
            if (!side.IsProvider && theirs.Confirmed is true)
                confirmed++;
            if (judged)
                listed++;
            else
                Judge(own, theirs);
        }

        void Judge(MeteredExchange? own, MeteredExchange? theirs)
        {
            var (provider, consumer) = side.IsProvider ? (own, theirs) : (theirs, own);
            if (Reconciliation.Judge(provider, consumer, lostBefore) is not { } kind)
                return;
            var list = Difference.IsExplained(kind) ? explained : open;
            if (list == open)
                opened++;
            else
                explainedAll++;
            if (list.Count < Reconciliation.MostKept)
                list.Add(new(kind, provider?.Exchange ?? consumer?.Exchange, provider, consumer));
        }

        public Reconciliation Result => new(side.IsProvider ? here : there, side.IsProvider ? there : here, confirmed, opened, explainedAll, [.. open, .. explained]);
    }
}
