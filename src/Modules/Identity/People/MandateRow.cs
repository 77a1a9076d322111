using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Identity.People;

/// <summary>
/// A recorded right of one person to act for another person or an enterprise. It is never deleted: it ends by date or is
/// revoked, so that every act done under it keeps its basis.
/// </summary>
sealed class MandateRow : IRowRuled
{
    /// <summary>A parent or guardian for a minor (民法典 第二十七条); ends on the eighteenth birthday at the latest.</summary>
    public const string Guardian = "guardian";

    /// <summary>The legal representative of an enterprise; may give mandates to its staff.</summary>
    public const string LegalRepresentative = "legal-representative";

    /// <summary>Staff of an enterprise whom its legal representative empowered.</summary>
    public const string EnterpriseStaff = "enterprise-staff";

    public required string Id { get; set; }

    public required string Kind { get; set; }

    /// <summary>Who may act.</summary>
    public required string SubjectKey { get; set; }

    /// <summary>For whom: <see cref="PersonRow.SubjectKey"/>.</summary>
    [BlindIndex(Columns.Person)]
    public required string ForKey { get; set; }

    /// <summary>Name of who may act, sealed: who gave the mandate must know to whom.</summary>
    [Sealed(PersonFields.MandateName)]
    public required string NameSealed { get; set; }

    /// <summary>What it rests on, without personal data, such as 户口簿 or 营业执照.</summary>
    public required string Basis { get; set; }

    /// <summary>Civil dates, ISO; both ends included.</summary>
    public required string StartsOn { get; set; }

    public required string EndsOn { get; set; }

    /// <summary>Account that recorded it.</summary>
    public required string RecordedBy { get; set; }

    public long RecordedAt { get; set; }

    public long? RevokedAt { get; set; }

    /// <summary>Account that ended it before its last day.</summary>
    public string? RevokedBy { get; set; }

    /// <summary>A code of the reasons a clerk chooses from, so that it holds no personal data; null when whoever gave the mandate took it back.</summary>
    public string? RevokedReason { get; set; }

    public long Revision { get; set; }

    public string Division { get; set; } = "";

    public string Department { get; set; } = "";

    public string Readers { get; set; } = "";

    public static string ReadFor => "own";

    public bool HoldsOn(DateOnly day) =>
        RevokedAt is null
        && string.CompareOrdinal(StartsOn, Iso(day)) <= 0
        && string.CompareOrdinal(Iso(day), EndsOn) <= 0;

    public void End(long at, string by, string? reason)
    {
        (RevokedAt, RevokedBy, RevokedReason) = (at, by, reason);
        Revision++;
    }

    public static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The last day a guardian may act: the day before the child turns eighteen.</summary>
    public static DateOnly LastDayAsMinor(DateOnly birth) => birth.AddYears(18).AddDays(-1);
}
