using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>At the hub: a request past its day, as the consumer's node told it. Governments, a resource and dates; nobody's data.</summary>
[NoRowRule("Which government waits for which; about no person, and open to the whole region.")]
sealed class EscalationRow
{
    public required string Id { get; set; }

    public required string Consumer { get; set; }

    public required string Provider { get; set; }

    public required string Resource { get; set; }

    /// <summary><c>answer</c> or <c>share</c>.</summary>
    public required string Stage { get; set; }

    /// <summary>ISO date.</summary>
    public required string DueOn { get; set; }

    public long RaisedAt { get; set; }

    public long? ClosedAt { get; set; }

    /// <summary>State in which the request left the list.</summary>
    public string? Outcome { get; set; }
}
