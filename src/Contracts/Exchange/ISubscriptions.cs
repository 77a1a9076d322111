using Tongban.Kernel;

namespace Tongban.Contracts.Exchange;

/// <summary>
/// Standing questions: asked once, and answered again whenever what the provider's department holds changes. Every answer is checked
/// like that of a query, against the agreement, the consent and their end; at least once, in order for each subscription, after an outage too.
/// </summary>
public interface ISubscriptions
{
    /// <summary>Begins with what is true now, which comes as the first change. Ends by itself at <paramref name="until"/>, with the agreement or with the consent.</summary>
    /// <returns>The id of the subscription.</returns>
    Task<Result<string>> Subscribe(ExchangeQuestion question, DateTimeOffset until, CancellationToken ct);

    /// <summary>What came, oldest first, after an offset (0 for all); at most 100 at once. Empty when there is no such subscription.</summary>
    Task<IReadOnlyList<FactChange>> Changes(string subscription, long after, CancellationToken ct);

    Task<Result<Done>> End(string subscription, CancellationToken ct);
}

/// <param name="Offset">From 1, without gaps.</param>
/// <param name="Rows">As in <see cref="ExchangeAnswer"/>: all that is true now, not the difference.</param>
public sealed record FactChange(long Offset, DateTimeOffset AsOf, IReadOnlyList<IReadOnlyDictionary<string, string?>> Rows, string ExchangeId);
