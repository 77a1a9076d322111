using Tongban.Kernel;

namespace Tongban.Contracts.Exchange;

/// <summary>Room Exchange takes what an officer says is wrong in the facts of a case (首问负责), and tells how it stands.</summary>
public interface IDisputes
{
    /// <summary>What is disputed at this node of these exchanges, the newest first, and what was corrected of them although nobody here disputed it. The caller has shown that the exchanges are its to ask about.</summary>
    Task<IReadOnlyList<DisputeBrief>> Of(IReadOnlyCollection<string> exchangeIds, CancellationToken ct);

    /// <summary>
    /// Adds a dispute to the context; the caller saves. Where another node obtained the value, that node is the first receiver: it is asked to
    /// raise the dispute, and what comes of it is told here too. Conflict when the same is open already.
    /// </summary>
    Task<Result<Done>> Raise(DisputeClaim claim, CancellationToken ct);
}

/// <param name="Field">One of the fields that the exchange gave.</param>
/// <param name="Subjects">Numbers of the persons whom it may be about, the applicant first: the log knows which.</param>
/// <param name="Claim">What is right, and how one knows; 4 to 500 characters.</param>
/// <param name="FilingNode">Node that obtained the value and handed the filing in.</param>
public sealed record DisputeClaim(string ExchangeId, string Resource, string Field, IReadOnlyList<string> Subjects, string Claim, string CaseNumber, string FilingId, string FilingNode);

/// <param name="State">In words.</param>
/// <param name="DueOn">ISO date by which the provider corrects or explains; empty where nobody here asked.</param>
public sealed record DisputeBrief(string ExchangeId, string Field, Words State, bool IsOpen, string DueOn);
