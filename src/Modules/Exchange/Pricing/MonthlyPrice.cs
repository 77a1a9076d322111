using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>What was used of one agreement for one purpose in a month.</summary>
sealed record PurposeUse(string Purpose, long Calls, long Rows);

/// <summary>What a month costs by an agreement's plan. Computed from the metering alone, so that both sides, which metered the same uses at the same instants, come to the same fen.</summary>
static class MonthlyPrice
{
    /// <param name="Units">Calls, rows, or days in force of the month.</param>
    public sealed record Statement(long Units, long Fen, IReadOnlyList<Line> Lines);

    /// <summary>A purpose's part; the parts are the whole, to the fen.</summary>
    public sealed record Line(string Purpose, long Calls, long Rows, long Fen);

    /// <param name="month">Its first day.</param>
    /// <param name="from">When the agreement began; Unix ms.</param>
    /// <param name="until">When it runs out or was ended; Unix ms, exclusive.</param>
    public static Statement Of(PricePlan plan, IReadOnlyList<PurposeUse> uses, DateOnly month, long from, long until)
    {
        var ordered = uses.OrderBy(u => u.Purpose, StringComparer.Ordinal).ToList();
        var units = plan.Unit switch
        {
            PricePlan.Call => ordered.Sum(u => u.Calls),
            PricePlan.Row => ordered.Sum(u => u.Rows),
            _ => DaysInForce(month, from, until),
        };
        var exact = plan.Unit == PricePlan.Month
            ? (decimal)plan.Fen * units / DateTime.DaysInMonth(month.Year, month.Month)
            : (decimal)plan.Fen * units / plan.Per;
        var total = (long)Math.Round(exact, MidpointRounding.AwayFromZero);
        var weights = ordered.ConvertAll(u => plan.Unit == PricePlan.Row ? u.Rows : u.Calls);
        var shares = Shares(total, weights);
        return new(units, total, [.. ordered.Select((u, i) => new Line(u.Purpose, u.Calls, u.Rows, shares[i]))]);
    }

    /// <summary>Civil days of the month on which the agreement held, the first and the last as whole days.</summary>
    static long DaysInForce(DateOnly month, long from, long until)
    {
        var (first, last) = (LocalTime.DateOf(from), LocalTime.DateOf(until - 1));
        var end = month.AddMonths(1).AddDays(-1);
        var (begin, stop) = (first > month ? first : month, last < end ? last : end);
        return Math.Max(0, stop.DayNumber - begin.DayNumber + 1);
    }

    /// <summary>Largest remainder: whole fen that add up to the total; of equal remainders the first gets it.</summary>
    public static long[] Shares(long total, IReadOnlyList<long> weights)
    {
        var all = weights.Sum(w => (decimal)w);
        if (all == 0)
            return [.. weights.Select((_, i) => i == 0 ? total : 0L)];
        var exact = weights.Select(w => total * (decimal)w / all).ToList();
        var shares = exact.Select(e => (long)decimal.Floor(e)).ToArray();
        foreach (var i in Enumerable.Range(0, shares.Length).OrderByDescending(i => exact[i] - shares[i]).ThenBy(i => i).Take((int)(total - shares.Sum())))
            shares[i]++;
        return shares;
    }
}
