using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>Two checkpoints that one log signed and that are not of one tree: kept for good, as evidence that anybody can check.</summary>
[NoRowRule("signed checkpoints: hashes and sizes, no person")]
sealed class EquivocationRow
{
    /// <summary>Of the log.</summary>
    public required string Origin { get; set; }

    /// <summary>Node id of the witness to whom it showed the second; this node's own when it showed both here.</summary>
    public required string Witness { get; set; }

    /// <summary>Node id of the log's owner.</summary>
    public required string Member { get; set; }

    /// <summary>What was shown to this node, as the log signed it.</summary>
    public required string Held { get; set; }

    /// <summary>What was shown to the other.</summary>
    public required string Shown { get; set; }

    public long HeldSize { get; set; }

    public long ShownSize { get; set; }

    /// <summary>Unix ms.</summary>
    public long FoundAt { get; set; }
}
