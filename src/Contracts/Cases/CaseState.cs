using Tongban.Kernel;

namespace Tongban.Contracts.Cases;

/// <summary>Where a case is. The names cross nodes and are stored; they never change their meaning.</summary>
public static class CaseState
{
    /// <summary>Handed in at the filing node; the deciding node has not answered yet (已收件,待送达).</summary>
    public const string Submitted = "submitted";

    /// <summary>With the deciding department, which has not accepted it yet (已送达,待受理).</summary>
    public const string Received = "received";

    /// <summary>Waits for the person (待补正); the clock stands still.</summary>
    public const string Supplement = "supplement";

    /// <summary>Accepted; departments work on it and the clock runs (办理中).</summary>
    public const string Accepted = "accepted";

    /// <summary>Decided to approve; the department's own system is being changed first (决定执行中).</summary>
    public const string Deciding = "deciding";

    /// <summary>Approved; the certificate is being made (准予).</summary>
    public const string Approved = "approved";

    /// <summary>Decided against, with reasons (不予).</summary>
    public const string Refused = "refused";

    /// <summary>Not accepted, with the reason (不予受理).</summary>
    public const string NotAccepted = "not-accepted";

    /// <summary>Taken back by the person (已撤回).</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>The result is in the person's hands (已送达办结).</summary>
    public const string Delivered = "delivered";

    public static bool IsClosed(string state) => state is Refused or NotAccepted or Withdrawn or Delivered;

    public static Words Name(string state) => state switch
    {
        Submitted => new("已收件，待送达", "Received here, not yet delivered"),
        Received => new("待受理", "Waiting to be accepted"),
        Supplement => new("待补正", "Waiting for what is missing"),
        Accepted => new("办理中", "In progress"),
        Deciding => new("决定执行中", "Being put into effect"),
        Approved => new("已准予", "Approved"),
        Refused => new("不予批准", "Refused"),
        NotAccepted => new("不予受理", "Not accepted"),
        Withdrawn => new("已撤回", "Withdrawn"),
        Delivered => new("已办结", "Completed"),
        _ => new(state, state),
    };
}
