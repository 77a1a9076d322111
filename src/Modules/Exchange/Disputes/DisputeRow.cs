using System.ComponentModel.DataAnnotations.Schema;
using System.Globalization;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

enum DisputeState
{
    Open,
    Corrected,
    Explained,
}

/// <summary>
/// A value that somebody says is wrong, as one side of it holds it: where it was raised (which stays responsible for it), or the provider.
/// A node that is both has a row for each.
/// </summary>
sealed class DisputeRow : IRowRuled
{
    public const string SealContext = "exchange_dispute.Sealed";

    /// <summary>Working days in which a provider corrects or explains (regulations on government data sharing).</summary>
    public const int WorkingDays = 10;

    public required string Id { get; set; }

    /// <summary>Of this row; the first receiver is the consumer of the exchange.</summary>
    public DspSide Side { get; set; }

    /// <summary>Node id of the other side.</summary>
    public required string Peer { get; set; }

    public required string ExchangeId { get; set; }

    public required string Resource { get; set; }

    public required string Field { get; set; }

    public required string CaseReference { get; set; }

    /// <summary><see cref="DisputeWords"/>, sealed.</summary>
    [Sealed(SealContext)]
    public required string Sealed { get; set; }

    /// <summary>Provider: keyed hash of what the source said when it was first read after the dispute came, so that "corrected" means that it says something else now.</summary>
    [BlindIndex("the value in dispute as it was, to see that it changed")]
    public string Seen { get; set; } = "";

    /// <summary>Provider: when <see cref="Seen"/> was read (Unix ms); null while it was not.</summary>
    public long? SeenAt { get; set; }

    /// <summary>Provider: when the source is to be read for <see cref="Seen"/> (Unix ms); null once it was, and where it no longer matters.</summary>
    public long? LookAt { get; set; }

    /// <summary>What was read later than this after the dispute came may have been corrected before it was read.</summary>
    static readonly TimeSpan Prompt = TimeSpan.FromMinutes(10);

    /// <summary>Provider: <see cref="Seen"/> is what the source said before anybody could have corrected it.</summary>
    [NotMapped]
    public bool IsBeforeKnown => SeenAt is { } at && at - RaisedAt <= (long)Prompt.TotalMilliseconds;

    public DisputeState State { get; set; }

    public long RaisedAt { get; set; }

    /// <summary>ISO date.</summary>
    public required string DueOn { get; set; }

    public bool IsProvisional { get; set; }

    public long? AnsweredAt { get; set; }

    /// <summary>Since when both sides' stewards and the hub are told that it is overdue (Unix ms); null while it is not.</summary>
    public long? OverdueAt { get; set; }

    /// <summary>Node whose officer asked for it, where the value had gone on to; on that node's own row itself. Null when it was raised here.</summary>
    public string? AskedBy { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public required string SubjectKey { get; set; }

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;

    public void RunUntil(DueDate due) => (DueOn, IsProvisional) = (due.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), due.Provisional);

    public void Answer(bool corrected, string @sealed, long at)
    {
        (State, Sealed, AnsweredAt, LookAt) = (corrected ? DisputeState.Corrected : DisputeState.Explained, @sealed, at, null);
        Revision++;
    }

    /// <summary>Working days left of one that is open; negative when it is overdue.</summary>
    public int? DaysLeft(WorkingCalendar calendar, DateOnly today) =>
        State == DisputeState.Open ? calendar.Between(today, DateOnly.ParseExact(DueOn, "yyyy-MM-dd", CultureInfo.InvariantCulture)) : null;
}

/// <summary>What is said in a dispute; personal data, sealed at rest.</summary>
/// <param name="Subject">Whom it is about.</param>
/// <param name="Answer">Of the provider; null while it is open.</param>
sealed record DisputeWords(string Subject, string Claim, string? Answer);

/// <summary>A value this node was given has been corrected at its source: shown wherever the exchange is.</summary>
sealed class CorrectionRow : IRowRuled
{
    public required string ExchangeId { get; set; }

    public required string DisputeId { get; set; }

    public required string Provider { get; set; }

    public required string Resource { get; set; }

    public required string Field { get; set; }

    public required string CaseReference { get; set; }

    public long At { get; set; }

    public required string Division { get; set; }

    public string Department { get; set; } = "";

    public required string SubjectKey { get; set; }

    public string Readers { get; set; } = "";

    public static string ReadFor => Purposes.Exchange;
}
