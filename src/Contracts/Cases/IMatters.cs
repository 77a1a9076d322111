using Tongban.Kernel;

namespace Tongban.Contracts.Cases;

/// <summary>Room Cases answers: which matter of the signed-in person a reference means.</summary>
public interface IMatters
{
    /// <param name="references">Under which facts were asked for before there was a number, or case numbers. What is nobody's, or somebody else's, is left out.</param>
    Task<IReadOnlyDictionary<string, MatterName>> Named(IReadOnlyCollection<string> references, CancellationToken ct);

    /// <summary>Whether a filing was made here and that node decides it: who else would send its applicant papers?</summary>
    Task<bool> IsDecidedBy(string filingId, string node, CancellationToken ct);
}

/// <param name="Number">Case number, or the filing's while there is none; null while it has not been handed in.</param>
/// <param name="Href">Its page.</param>
public sealed record MatterName(Words Item, string? Number, string Href);
