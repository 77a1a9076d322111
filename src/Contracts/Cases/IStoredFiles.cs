using Tongban.Kernel;

namespace Tongban.Contracts.Cases;

/// <summary>Room Cases answers: the files people handed in, by the SHA-256 of their content; sealed on disk.</summary>
public interface IStoredFiles
{
    /// <summary>Largest file taken, in bytes.</summary>
    const long MaximumLength = 10_000_000;

    bool Has(string hash);

    /// <summary>The plain content. Its whole seal was checked before this returns. NotFound <c>file.missing</c>.</summary>
    Task<Result<Stream>> Open(string hash, CancellationToken ct);

    /// <summary>
    /// Keeps a file a person brings. Its kind is told by its content: PDF, JPEG or PNG; a name that says otherwise is refused.
    /// Durable when this returns.
    /// </summary>
    Task<Result<UploadedFile>> Save(Stream content, string name, CancellationToken ct);

    /// <summary>Keeps a file another node sends before the event that names it. The content must have this hash.</summary>
    Task<Result<Done>> Receive(string hash, Stream content, CancellationToken ct);
}
