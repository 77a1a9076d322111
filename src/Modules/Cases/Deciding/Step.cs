using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Cases.Deciding;

/// <summary>One department's part of a case: who holds the power, who answers. Rows of the case's own node, wherever the department sits.</summary>
sealed class Step : IRowRuled
{
    public required string CaseId { get; init; }

    public required string StepId { get; init; }

    public required string CaseNumber { get; init; }

    public int Order { get; init; }

    public required Words Name { get; init; }

    public required string Division { get; init; }

    public required string Department { get; init; }

    public required Words DepartmentName { get; init; }

    public required string SubjectKey { get; init; }

    public required string Readers { get; init; }

    /// <summary>Node where the department sits.</summary>
    public required string Node { get; init; }

    public required string Power { get; init; }

    public required string Duty { get; init; }

    /// <summary>Ids of steps that come first, separated by blanks.</summary>
    public required string After { get; init; }

    public string? Effect { get; init; }

    /// <summary>One of <see cref="StepState"/>.</summary>
    public required string State { get; set; }

    /// <summary>ISO date.</summary>
    public string Due { get; set; } = "";

    /// <summary>Account that took it on; null while nobody has.</summary>
    public string? Worker { get; set; }

    /// <summary>Sealed <see cref="StepOutcome"/>; null until there is one.</summary>
    [Sealed(Dossiers.OutcomeColumn)]
    public string? Outcome { get; set; }

    public long? StartedAt { get; set; }

    public long? DoneAt { get; set; }

    public long Revision { get; set; }

    static string IRowRuled.ReadFor => Purposes.Cases;
}

static class StepState
{
    /// <summary>Another step must be done first.</summary>
    public const string Waiting = "waiting";

    /// <summary>A department of this node may work on it.</summary>
    public const string Ready = "ready";

    /// <summary>Somebody has taken it on.</summary>
    public const string Working = "working";

    /// <summary>It is with a department of another node.</summary>
    public const string Asked = "asked";

    /// <summary>Done by the officer; the department's own system is being changed.</summary>
    public const string Applying = "applying";

    public const string Done = "done";

    /// <summary>The department says no, with a reason.</summary>
    public const string Refused = "refused";

    /// <summary>No longer needed.</summary>
    public const string Cancelled = "cancelled";

    public static bool IsOpen(string state) => state is Waiting or Ready or Working or Asked or Applying;

    public static Words Label(string state) => state switch
    {
        Waiting => new("等待前序环节", "Waiting for an earlier step"),
        Ready => new("待办", "To do"),
        Working => new("办理中", "In progress"),
        Asked => new("已送外地部门", "With another government"),
        Applying => new("登记中", "Being entered"),
        Done => new("已完成", "Done"),
        Refused => new("不同意", "Refused"),
        Cancelled => new("已取消", "Cancelled"),
        _ => new(state, state),
    };
}

/// <param name="Trouble">Why the effect could not be applied; the step is open again.</param>
/// <param name="Data">What the effect produced; personal data.</param>
sealed record StepOutcome(bool Approved, string Reason, string? Trouble, IReadOnlyDictionary<string, string> Data);

/// <summary>A step that another node's case asks of a department of this node (多地联办).</summary>
sealed class JointStep : IRowRuled
{
    public required string Id { get; init; }

    public required string CaseNumber { get; init; }

    public required string StepId { get; init; }

    public required string OwnerNode { get; init; }

    public required Words Name { get; init; }

    public required Words ItemName { get; init; }

    public required string BaseCode { get; init; }

    public required string Division { get; init; }

    public required string Department { get; init; }

    public required string SubjectKey { get; init; }

    public string Readers { get; init; } = "";

    [BlindIndex("applicant's name without spaces")]
    public required string NameIndex { get; init; }

    [BlindIndex("applicant's phone")]
    public required string PhoneIndex { get; init; }

    /// <summary>Sealed <see cref="Contracts.Cases.Person"/>.</summary>
    [Sealed(JointAnswers.ApplicantColumn)]
    public required string Applicant { get; init; }

    /// <summary>Sealed <see cref="Contracts.Cases.StepRequested"/>.</summary>
    [Sealed(JointAnswers.BodyColumn)]
    public required string Body { get; set; }

    /// <summary>When something obtained in it is to be erased (<see cref="EvidenceLife"/>), Unix ms; null when nothing is.</summary>
    public long? EvidenceUntil { get; set; }

    [Sealed(JointAnswers.OutcomeColumn)]
    public string? Outcome { get; set; }

    public required string State { get; set; }

    public required string Due { get; init; }

    public string? Worker { get; set; }

    public long ReceivedAt { get; init; }

    public long? DoneAt { get; set; }

    public long Revision { get; set; }

    static string IRowRuled.ReadFor => Purposes.Cases;
}
