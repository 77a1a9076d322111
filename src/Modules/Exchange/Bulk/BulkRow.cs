using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

enum BulkState
{
    /// <summary>Provider: the department's system is being read. Consumer: asked for, the provider is not ready.</summary>
    Preparing,

    /// <summary>Provider: everything is read and the manifest is made; it is not in the log yet, and nothing is handed out.</summary>
    Logging,

    /// <summary>Provider: chunks are handed out. Consumer: they are being fetched.</summary>
    Ready,

    /// <summary>Consumer: all of it is here, and in the log.</summary>
    Done,

    Ended,
}

/// <summary>A whole resource on its way, as one side of it holds it. Its chunks are files (<see cref="BulkFiles"/>).</summary>
sealed class BulkRow : IRowRuled
{
    public const string SealContext = "exchange_bulk.Query";

    /// <summary>Chosen by the consumer: the exchange id of its query.</summary>
    public required string Id { get; set; }

    /// <summary>Of this row.</summary>
    public DspSide Side { get; set; }

    /// <summary>Node id of the other side.</summary>
    public required string Peer { get; set; }

    public required string AgreementId { get; set; }

    public required string Resource { get; set; }

    public required string Purpose { get; set; }

    public required string CaseReference { get; set; }

    /// <summary>The <see cref="QueryMessage"/>, sealed.</summary>
    [Sealed(SealContext)]
    public required byte[] Query { get; set; }

    public BulkState State { get; set; }

    /// <summary>Signed; names no person, only sizes and hashes. Empty before it is made.</summary>
    public string Manifest { get; set; } = "";

    /// <summary>Of the provider's leaf.</summary>
    public long? LogIndex { get; set; }

    /// <summary>Chunks of the manifest.</summary>
    public int Chunks { get; set; }

    /// <summary>Consumer: chunks that are here, from the first on.</summary>
    public int Held { get; set; }

    public long Rows { get; set; }

    public long Bytes { get; set; }

    /// <summary>Why it waits, or why it ended.</summary>
    public string? Code { get; set; }

    public int Attempts { get; set; }

    /// <summary>Nothing is tried before; Unix ms.</summary>
    public long NextAt { get; set; }

    public long CreatedAt { get; set; }

    /// <summary>When the files are deleted; null where nothing says so.</summary>
    public long? DeleteAt { get; set; }

    /// <summary>The files are gone.</summary>
    public bool IsEmpty { get; set; }

    public required string Division { get; set; }

    /// <summary>Provider: whose resource it is. Consumer: of whom asked for it; only its systems read what came, and where that is empty the node's own.</summary>
    public string Department { get; set; } = "";

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;

    public void Take(BulkManifest manifest, string token)
    {
        (Manifest, Chunks, Rows, Bytes) = (token, manifest.Chunks.Count, manifest.Rows, manifest.Chunks.Sum(c => c.Bytes));
        Revision++;
    }

    public void Become(BulkState state, string? code = null)
    {
        (State, Code, Attempts, NextAt) = (state, code, 0, 0);
        Revision++;
    }
}
