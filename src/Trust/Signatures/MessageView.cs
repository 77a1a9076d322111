using Microsoft.Extensions.Primitives;

namespace Tongban.Trust;

/// <summary>
/// What signing sees of an HTTP message (RFC 9421, section 2), the same for the client, the server and a test.
/// A request has <see cref="Method"/> and <see cref="Target"/>; a response has <see cref="Status"/> and the request it answers.
/// </summary>
public abstract class MessageView
{
    /// <summary>The request method as sent; null for a response.</summary>
    public virtual string? Method => null;

    /// <summary>The parts of the target; null for a response.</summary>
    public virtual RequestTarget? Target => null;

    /// <summary>The status code; null for a request.</summary>
    public virtual int? Status => null;

    /// <summary>The request that a response answers, with the headers it was sent with; needed for <c>;req</c> components.</summary>
    public virtual MessageView? Request => null;

    /// <summary>The content after content coding, whole; empty when there is none.</summary>
    public abstract ReadOnlyMemory<byte> Body { get; }

    /// <summary>All field lines of one name (given in lower case), in order; empty when absent.</summary>
    public abstract StringValues Header(string name);
}

/// <summary>
/// The target of a request in the normal form of RFC 9421: scheme and host in lower case, no default port, path
/// never empty. Path and query are kept exactly as sent, percent-encoding included.
/// </summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Authority">Host, and port unless it is the scheme's own.</param>
/// <param name="Path">Begins with a slash.</param>
/// <param name="Query">Begins with a question mark, or is empty when there is none.</param>
public sealed record RequestTarget(string Scheme, string Authority, string Path, string Query)
{
    public string Uri { get; } = string.Concat(Scheme, "://", Authority, string.Concat(Path, Query));

    public static RequestTarget Of(Uri uri)
    {
        var port = uri.IsDefaultPort ? "" : $":{uri.Port}";
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        return new(uri.Scheme, host.ToLowerInvariant() + port, uri.AbsolutePath, uri.Query);
    }

    /// <param name="authority">As in the Host field.</param>
    /// <param name="pathAndQuery">The origin-form request target.</param>
    public static RequestTarget Of(string scheme, string authority, string pathAndQuery)
    {
        scheme = scheme.ToLowerInvariant();
        authority = authority.ToLowerInvariant();
        if (scheme == "http" && authority.EndsWith(":80", StringComparison.Ordinal))
            authority = authority[..^3];
        else if (scheme == "https" && authority.EndsWith(":443", StringComparison.Ordinal))
            authority = authority[..^4];
        var query = pathAndQuery.IndexOf('?');
        var path = query < 0 ? pathAndQuery : pathAndQuery[..query];
        return new(scheme, authority, path.Length == 0 ? "/" : path, query < 0 ? "" : pathAndQuery[query..]);
    }
}
