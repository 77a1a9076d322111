using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>A published resource whose department did not write to its system within the declared cycle. Gone as soon as it did.</summary>
sealed class OverdueRow : IRowRuled
{
    public required string Code { get; set; }

    public int Version { get; set; }

    /// <summary>ISO date on which its source was last written to.</summary>
    public required string WrittenOn { get; set; }

    /// <summary>ISO date; the first day on which it was too old.</summary>
    public required string Since { get; set; }

    public long NotedAt { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;
}
