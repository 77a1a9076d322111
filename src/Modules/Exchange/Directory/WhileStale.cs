using Tongban.Contracts.Exchange;

namespace Tongban.Exchange;

/// <summary>
/// What goes on between nodes while the hub has not confirmed the directory for too long, so that a key that was stolen or a member that left
/// may not be known: what helps to learn of it, what proves itself or is public, and what only takes away. Everything else waits.
/// </summary>
static class WhileStale
{
    /// <summary>Queries are in it since their handler refuses them itself and logs that it did; of events see <see cref="Takes"/>.</summary>
    static readonly string[] paths = ["/peer/directory", "/peer/standards", "/peer/catalogue", "/peer/log", "/peer/events", "/peer/query", "/peer/queries", "/peer/sealed"];

    public static bool Goes(string path) => Array.Exists(paths, p => path.StartsWith(p, StringComparison.OrdinalIgnoreCase) && (path.Length == p.Length || path[p.Length] is '/' or '?'));

    /// <summary>Types of events that end something.</summary>
    public static bool Takes(string type) => type == ConsentRevoked.WireName || type == AgreementTerminated.WireName;
}
