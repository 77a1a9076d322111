using Tongban.Contracts.Cases;
using Tongban.Kernel;

namespace Tongban.Contracts.Identity;

/// <summary>Room Identity answers: who is signed in.</summary>
public interface IIdentities
{
    /// <summary>
    /// The person whose matters the signed-in actor sees: themself, or who they act for. Forbidden for staff, and
    /// (<c>identity.level-too-low</c>) below level 2: nobody has checked yet that the number is the account holder's own.
    /// </summary>
    Task<Result<Person>> Subject(CancellationToken ct);

    /// <summary>The person who signed in, when they act for somebody else; null otherwise.</summary>
    Task<Person?> ActingPerson(CancellationToken ct);

    /// <summary>The mandate under which the signed-in actor acts for somebody else; null for whoever acts for themself, and for staff and jobs.</summary>
    Task<ActingMandate?> Mandate(CancellationToken ct);

    /// <summary>This node's key of a person or enterprise: a keyed blind index, the same for the same number.</summary>
    string KeyOf(string citizenIdOrCreditCode);

    /// <summary>The same as it is for ever, whatever becomes of the index's key: only as a part of an index over it, never stored itself.</summary>
    string LastingKeyOf(string citizenIdOrCreditCode);
}

/// <param name="Kind"><c>guardian</c>, <c>legal-representative</c> or <c>enterprise-staff</c>.</param>
/// <param name="Reference">Opaque; of the record at this node.</param>
/// <param name="Purposes">Base codes of the items it covers; <c>*</c> alone is all.</param>
/// <param name="Until">Unix ms, exclusive: when it ends if nobody ends it before.</param>
/// <param name="ActingId">Citizen id of whoever acts.</param>
public sealed record ActingMandate(string Kind, string Reference, IReadOnlyList<string> Purposes, long Until, string ActingId);
