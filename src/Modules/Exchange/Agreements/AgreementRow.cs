using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>An agreement that this node is a side of, as it was signed, and how it ended.</summary>
sealed class AgreementRow : IRowRuled
{
    public required string Id { get; set; }

    public required string Provider { get; set; }

    public required string Consumer { get; set; }

    public required string Resource { get; set; }

    public int ResourceVersion { get; set; }

    /// <summary>Unix ms.</summary>
    public long ValidFrom { get; set; }

    public long ValidUntil { get; set; }

    /// <summary>The document both sides signed; never changed.</summary>
    public required string Document { get; set; }

    /// <summary>When this node took it; of those from before this was kept, when it began to be. Unix ms.</summary>
    public long TakenAt { get; set; }

    public long? TerminatedAt { get; set; }

    /// <summary>Node whose steward ended it.</summary>
    public string? TerminatedBy { get; set; }

    public string? TerminationReason { get; set; }

    /// <summary>The division of this node.</summary>
    public required string Division { get; set; }

    /// <summary>The department that provides it when this node is the provider; empty otherwise.</summary>
    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; }

    public static string ReadFor => Purposes.Exchange;

    /// <summary>Ends it; a second time changes nothing.</summary>
    public void Terminate(string by, string reason, long now)
    {
        if (TerminatedAt is not null)
            return;
        TerminatedAt = now;
        TerminatedBy = by;
        TerminationReason = reason;
        Revision++;
    }
}
