using Microsoft.EntityFrameworkCore;

namespace Tongban.Identity;

static class IdentityQueries
{
    /// <summary>
    /// Reads past the row rule. Only for this room, which finds out who somebody is before there is an actor to rule by;
    /// the query must be by an exact key that the caller proved (a password, a session, a code, a mandate).
    /// </summary>
    public static IQueryable<T> ByProvenKey<T>(this IQueryable<T> rows) where T : class => rows.IgnoreQueryFilters();
}

/// <summary>Random secrets that others hold, and how they are stored.</summary>
static class Secrets
{
    /// <summary>256 bits, base64url, 43 characters.</summary>
    public static string New() => System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256, base64url. Enough for secrets with 256 bits of their own; never for passwords or short codes.</summary>
    public static string Hash(string secret) =>
        System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret)));

    public static bool Same(string a, string b) =>
        System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(a), System.Text.Encoding.UTF8.GetBytes(b));
}
