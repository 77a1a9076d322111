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

    /// <summary>This node's key of a person or enterprise: a keyed blind index, the same for the same number.</summary>
    string KeyOf(string citizenIdOrCreditCode);
}
