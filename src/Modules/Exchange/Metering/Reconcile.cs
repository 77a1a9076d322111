using Tongban.Kernel;
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

    /// <param name="own">This side's metering.</param>
    /// <param name="confirmations">As provider, which of one's own answers the consumer confirmed.</param>
    /// <returns>Fails with what the other side answered, or when it cannot be reached.</returns>
    public async Task<Result<Reconciliation>> Run(AgreementTerms terms, DateOnly month, IMeteredRows own, Func<string, IReadOnlyList<MeteredRow>, Task<Confirmations>> confirmations, CancellationToken ct)
    {
        if (MeteringSide.Of(terms, node.Id) is not { } side)
            return TerminateAgreement.None;
        var agreementId = terms.Id;
        var (from, to) = (MeteringTally.Began(month), Math.Min(MeteringTally.Began(month.AddMonths(1)), clock.NowMs() - (long)Settling.TotalMilliseconds));
        var run = new Comparison(side, directory.Entry(terms.Provider)?.Log?.Ended is { Count: > 0 });
        if (to <= from)
            return run.Result;
        for (MeteredRow? last = null; ;)
        {
            var rows = await own.Metered(agreementId, from, to, last, MeteredRows.Most, ct);
            var mine = await Of(side, rows, confirmations);
            var asked = await Ask(side.Peer, new MeteringRequest(1, agreementId, 0, 0, Exchanges: Ids(mine)), ct);
            if (!asked.Ok)
                return asked.Error;
            var theirs = ById(asked.Value.Rows);
            foreach (var row in mine)
                run.Own(row, row.Exchange is null ? null : theirs.GetValueOrDefault(row.Exchange));
            if (rows.Count < MeteredRows.Most)
                break;
            last = rows[^1];
        }
        for (MeteredExchange? last = null; ;)
        {
            var asked = await Ask(side.Peer, new MeteringRequest(1, agreementId, from, to, last?.At, last?.Index), ct);
            if (!asked.Ok)
                return asked.Error;
            var rows = await own.Metered([.. Ids(asked.Value.Rows).Select(side.ReferenceOf)], ct);
            var mine = ById(await Of(side, rows, confirmations));
            foreach (var row in asked.Value.Rows)
            {
                var here = row.Exchange is null ? null : mine.GetValueOrDefault(row.Exchange);
                run.Theirs(row, here, here is { Units: > 0 } && here.At >= from && here.At < to);
            }
            if (!asked.Value.More || asked.Value.Rows.Count == 0)
                break;
            last = asked.Value.Rows[^1];
        }
        return run.Result;
    }

    static async Task<IReadOnlyList<MeteredExchange>> Of(MeteringSide side, List<MeteredRow> rows, Func<string, IReadOnlyList<MeteredRow>, Task<Confirmations>> confirmations)
    {
        var confirmed = side.IsProvider ? await confirmations(side.Peer, rows) : null;
        return [.. rows.Select(r => new MeteredExchange(side.ExchangeOf(r.Reference), r.Index, r.Units, r.Stated, r.At, confirmed?.Of(r.Index)))];
    }

    async Task<Result<MeteringReply>> Ask(string peer, MeteringRequest request, CancellationToken ct)
    {
        if (request.Exchanges is { Count: 0 })
            return new MeteringReply(1, [], false);
        var sent = await peers.Send(peer, HttpMethod.Post, "/peer/metering", request.ToJson(), ct);
        if (!sent.Ok)
            return sent.Error;
        return MeteringReply.Read(sent.Value.Body) is { } reply ? reply : Error.Unavailable("metering.malformed", "对方的对账答复格式错误", "The other side's answer about metering is malformed");
    }

    static List<string> Ids(IReadOnlyList<MeteredExchange> rows) => [.. rows.Select(r => r.Exchange).OfType<string>()];

    static Dictionary<string, MeteredExchange> ById(IReadOnlyList<MeteredExchange> rows) =>
        rows.Where(r => r.Exchange is not null).DistinctBy(r => r.Exchange).ToDictionary(r => r.Exchange!, StringComparer.Ordinal);

    sealed class Comparison(MeteringSide side, bool lost)
    {
        readonly List<Difference> differences = [];
        MeteredTotal here;
        MeteredTotal there;
        long confirmed;
        long found;

        public void Own(MeteredExchange own, MeteredExchange? theirs)
        {
            here = here.And(own);
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
            if (!judged)
                Judge(own, theirs);
        }

        void Judge(MeteredExchange? own, MeteredExchange? theirs)
        {
            var (provider, consumer) = side.IsProvider ? (own, theirs) : (theirs, own);
            if (Reconciliation.Judge(provider, consumer, lost) is not { } kind)
                return;
            found++;
            if (differences.Count < Reconciliation.MostKept)
                differences.Add(new(kind, provider?.Exchange ?? consumer?.Exchange, provider, consumer));
        }

        public Reconciliation Result => new(side.IsProvider ? here : there, side.IsProvider ? there : here, confirmed, found, differences);
    }
}
