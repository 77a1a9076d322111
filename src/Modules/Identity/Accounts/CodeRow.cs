using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Identity.Accounts;

/// <summary>A one-time code that was sent, or that was asked for and must look as if it had been sent.</summary>
[NoRowRule("Found only by its own opaque id, before anybody is signed in; holds keyed indexes, no content.")]
sealed class CodeRow
{
    public const string Register = "register";
    public const string Recover = "recover";

    public required string Id { get; set; }

    public required string Purpose { get; set; }

    /// <summary>Recovery: the account, or null when there is none and no code will ever fit.</summary>
    public string? AccountId { get; set; }

    /// <summary>Blind index of whom it was sent to and why, by which codes are counted; empty when it went nowhere.</summary>
    [BlindIndex("purpose and account or number a code was sent for")]
    public string Target { get; set; } = "";

    /// <summary>Registration: the number that will be the account's, sealed.</summary>
    [Sealed(Codes.PhoneContext)]
    public required string PhoneSealed { get; set; }

    /// <summary>Blind index of id and code; empty when no code fits.</summary>
    [BlindIndex("the code itself, with its row's id")]
    public required string CodeIndex { get; set; }

    public int Tries { get; set; }

    public long ExpiresAt { get; set; }

    public long? UsedAt { get; set; }

    public const int MaximumTries = 5;

    /// <summary>Codes sent to one target within <see cref="Window"/>; with the tries, all the guesses anybody has.</summary>
    public const int MaximumSent = 5;

    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
}

/// <summary>
/// The local out-tray: messages of a node that has no SMS gateway. Its administrators read them on the accounts page and
/// pass them on; with a gateway (another <see cref="ICodeDelivery"/>) the table stays empty.
/// </summary>
sealed class LocalMessageRow : IRowRuled
{
    public required string Id { get; set; }

    public required string Division { get; set; }

    /// <summary>First three and last two digits.</summary>
    public required string ToMasked { get; set; }

    [Sealed(LocalCodeDelivery.TextContext)]
    public required string TextSealed { get; set; }

    public long At { get; set; }

    public long ExpiresAt { get; set; }

    public string Department { get; set; } = "";

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public static string ReadFor => Purposes.Accounts;
}
