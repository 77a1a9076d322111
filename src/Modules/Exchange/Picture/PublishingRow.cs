using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>Whether this node publishes its monthly counts. Without a row it does not.</summary>
[NoRowRule("one choice of the node's stewards, no person's data")]
sealed class PublishingRow
{
    public const int Only = 1;

    public int Id { get; set; } = Only;

    public bool IsOn { get; set; }

    /// <summary>Unix ms.</summary>
    public long ChangedAt { get; set; }

    public long Revision { get; set; }
}
