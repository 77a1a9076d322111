using Tongban.Kernel.Access;

namespace Tongban.Exchange;

/// <summary>Who has which right in a resource of this node, on what basis and how long. Never changed, only ended.</summary>
sealed class RightRow : IRowRuled
{
    public required string Id { get; set; }

    public required string Resource { get; set; }

    /// <summary>As <see cref="DataRights"/> names them.</summary>
    public required string Kind { get; set; }

    /// <summary>Node id of the member that has it.</summary>
    public required string Party { get; set; }

    /// <summary>The document that gives it, as its number and title.</summary>
    public required string Basis { get; set; }

    /// <summary>Unix ms, inclusive.</summary>
    public long ValidFrom { get; set; }

    /// <summary>Unix ms, exclusive; null without an end.</summary>
    public long? ValidUntil { get; set; }

    public long? EndedAt { get; set; }

    public long RegisteredAt { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;

    public DataRight Right => new(Kind, Party, ValidFrom, Math.Min(ValidUntil ?? long.MaxValue, EndedAt ?? long.MaxValue));
}
