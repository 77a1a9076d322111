using Tongban.Kernel;

namespace Tongban.Contracts.Cases;

/// <summary>Room Cases answers: which matter of the signed-in person a reference means.</summary>
public interface IMatters
{
    /// <param name="references">Under which facts were asked for before there was a number, or case numbers. What is nobody's, or somebody else's, is left out.</param>
    Task<IReadOnlyDictionary<string, MatterName>> Named(IReadOnlyCollection<string> references, CancellationToken ct);

    /// <summary>Whether a filing was made here and that node decides it: who else would send its applicant papers?</summary>
    Task<bool> IsDecidedBy(string filingId, string node, CancellationToken ct);

    /// <summary>What was handed in here with facts that were asked for under a reference; mostly one, or none yet.</summary>
    Task<IReadOnlyList<FiledMatter>> FiledUnder(string reference, CancellationToken ct);

    /// <summary>The case that this node made of a filing of that node; null when it made none.</summary>
    Task<CaseHere?> CaseOf(string filingId, string filingNode, CancellationToken ct);
}

/// <param name="OwnerNode">Who decides it.</param>
public sealed record FiledMatter(string FilingId, string OwnerNode);

/// <param name="Exchanges">Ids of the exchanges that its facts came by.</param>
public sealed record CaseHere(string Number, string Division, string Department, IReadOnlyList<string> Exchanges);

/// <param name="Number">Case number, or the filing's while there is none; null while it has not been handed in.</param>
/// <param name="Href">Its page.</param>
public sealed record MatterName(Words Item, string? Number, string Href);
