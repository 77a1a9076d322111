using Tongban.Contracts.Notices;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Notices;

/// <summary>A notice this node's department issued. Never changed: a mistaken notice is answered by another.</summary>
sealed class Notice : IRowRuled
{
    public required string Id { get; set; }

    public required NoticeKind Kind { get; set; }

    public required string DocumentNumber { get; set; }

    public required string CaseNumber { get; set; }

    public required string TitleZh { get; set; }

    public required string TitleEn { get; set; }

    /// <summary>Sealed JSON of the text.</summary>
    [Sealed(NoticeSeal.Context)]
    public required string TextSealed { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public required string SubjectKey { get; set; }

    public string Readers { get; set; } = "";

    public long IssuedAt { get; set; }

    public static string ReadFor => Purposes.Notices;
}

/// <summary>A notice in a person's inbox, at the node where they filed.</summary>
sealed class InboxNotice : IRowRuled
{
    public required string Id { get; set; }

    public required NoticeKind Kind { get; set; }

    public required string DocumentNumber { get; set; }

    public required string CaseNumber { get; set; }

    public required string FilingId { get; set; }

    public required string TitleZh { get; set; }

    public required string TitleEn { get; set; }

    public required string FromZh { get; set; }

    public required string FromEn { get; set; }

    [Sealed(NoticeSeal.Context)]
    public required string TextSealed { get; set; }

    public required string Division { get; set; }

    public string Department { get; set; } = "";

    public required string SubjectKey { get; set; }

    public string Readers { get; set; } = "";

    public long IssuedAt { get; set; }

    /// <summary>When the person first opened it: the delivery receipt.</summary>
    public long? ReadAt { get; set; }

    public long Revision { get; set; }

    public static string ReadFor => Purposes.Notices;
}
