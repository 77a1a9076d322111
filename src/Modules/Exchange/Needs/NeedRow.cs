using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>Facts that a department here wants of another government, by data element. Stays open until an agreement covers it or it is closed.</summary>
sealed class NeedRow : IRowRuled
{
    public required string Id { get; set; }

    public required string Title { get; set; }

    /// <summary>Data elements, parted by spaces.</summary>
    public required string Elements { get; set; }

    /// <summary>Node that should hold them; empty is any.</summary>
    public required string Of { get; set; }

    /// <summary>Why: the duty, the item.</summary>
    public required string Reason { get; set; }

    public long CreatedAt { get; set; }

    public long? ClosedAt { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;

    public IReadOnlyList<string> Wanted => Elements.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
