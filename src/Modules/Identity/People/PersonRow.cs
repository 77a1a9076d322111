using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Identity.People;

/// <summary>A natural or legal person this node knows through its accounts and mandates. Every personal field is sealed.</summary>
sealed class PersonRow : IRowRuled
{
    public const string Natural = "natural";
    public const string Enterprise = "enterprise";

    public required string Id { get; set; }

    /// <summary><see cref="Natural"/> or <see cref="Enterprise"/>.</summary>
    public required string Kind { get; set; }

    /// <summary>
    /// From level 2: the node's key of the citizen id or credit code. Below: a key of the account alone, because nobody
    /// has checked that the number belongs to who typed it, and the true key opens the person's matters.
    /// </summary>
    [BlindIndex(Columns.Person, First = true)]
    public required string SubjectKey { get; set; }

    [Sealed(PersonFields.Number)]
    public required string NumberSealed { get; set; }

    [Sealed(PersonFields.Name)]
    public required string NameSealed { get; set; }

    [Sealed(PersonFields.Phone)]
    public required string PhoneSealed { get; set; }

    /// <summary>Where the person lives or the firm is registered, as far as known: GB/T 2260.</summary>
    public required string Division { get; set; }

    /// <summary>Real-name level 0–3, as in <see cref="Actor.Level"/>.</summary>
    public int Level { get; set; }

    public long CreatedAt { get; set; }

    public long Revision { get; set; }

    public string Department { get; set; } = "";

    public string Readers { get; set; } = "";

    /// <summary>No role has this purpose: only the person's own session and the node itself read the row.</summary>
    public static string ReadFor => "own";
}
