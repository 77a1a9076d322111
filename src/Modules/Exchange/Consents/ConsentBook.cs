using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// Consents for the path of a query, in memory: as consumer, the tokens this node attested; as provider, tokens already
/// verified and ids that were revoked.
/// </summary>
sealed class ConsentBook(RegionDirectory directory, IVault vault, TimeProvider clock, IServiceScopeFactory scopes)
{
    /// <summary>Bounds the memory of each cache; what falls out is read or verified again.</summary>
    const int Most = 20_000;

    /// <param name="About">Keys of the persons whose uses are found again: the holder, and those in <see cref="ConsentRow.AlsoAbout"/>.</param>
    sealed record Held(ConsentSecret Secret, int? DataLifeDays, IReadOnlySet<string> About);

    readonly ConcurrentDictionary<string, Held> given = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, (ConsentArtefact Artefact, string DirectoryHash, long SeenAt)> verified = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, byte> revoked = new(StringComparer.Ordinal);

    public void Keep(ConsentRow row, ConsentSecret secret) =>
        Put(given, row.Id, new(secret, row.DataLifeDays, new HashSet<string>(row.AlsoAbout.Split('|', StringSplitOptions.RemoveEmptyEntries).Append(row.SubjectKey), StringComparer.Ordinal)));

    /// <param name="issuer">The node that said so; a node can revoke only what it attested itself.</param>
    public void Revoke(string issuer, string id)
    {
        revoked[Name(issuer, id)] = 1;
        given.TryRemove(id, out _);
    }

    public bool IsRevoked(string issuer, string id) => revoked.ContainsKey(Name(issuer, id));

    static string Name(string issuer, string id) => string.Concat(issuer, " ", id);

    /// <summary>The token and salt of a consent this node attested, to be sent with a query.</summary>
    public async ValueTask<Result<ConsentSecret>> Given(string id, CancellationToken ct)
    {
        if (given.TryGetValue(id, out var held))
            return held.Secret;
        await using var scope = Scope();
        var row = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<ConsentRow>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        if (row is null)
            return ConsentArtefact.Missing;
        if (row.RevokedAt is not null)
            return ConsentArtefact.Revoked;
        var secret = JsonSerializer.Deserialize<ConsentSecret>(vault.Open(row.Sealed, ConsentRow.SealContext))!;
        Keep(row, secret);
        return secret;
    }

    /// <summary>How long what it gave may be kept, also when it was revoked since.</summary>
    public async ValueTask<int?> DataLifeDays(string id, CancellationToken ct)
    {
        if (given.TryGetValue(id, out var held))
            return held.DataLifeDays;
        await using var scope = Scope();
        return await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<ConsentRow>().Where(c => c.Id == id).Select(c => c.DataLifeDays).SingleOrDefaultAsync(ct);
    }

    /// <summary>Notes about whom it is asked under it, before it is: the holder finds those uses under that person.</summary>
    public async ValueTask AskedAbout(string id, string subjectKey, CancellationToken ct)
    {
        if (subjectKey.Length == 0 || !given.TryGetValue(id, out var held) || vault.Forms(subjectKey).Any(held.About.Contains))
            return;
        await using var scope = Scope();
        var (db, forms) = (scope.ServiceProvider.GetRequiredService<NodeDb>(), vault.Forms(subjectKey));
        var (older, newer, key) = ($"|{forms[0]}|", $"|{forms[^1]}|", $"|{vault.Written(subjectKey)}|");
        // The revision stays: nothing changes that the person could be deciding on.
        await db.Set<ConsentRow>().Where(c => c.Id == id && !c.AlsoAbout.Contains(older) && !c.AlsoAbout.Contains(newer)).ExecuteUpdateAsync(set => set.SetProperty(c => c.AlsoAbout, c => c.AlsoAbout + key), ct);
        given.TryUpdate(id, held with { About = new HashSet<string>(held.About, StringComparer.Ordinal) { subjectKey } }, held);
    }

    /// <summary>A token that came with a query. Its signature is verified once for each version of the directory.</summary>
    public Result<ConsentArtefact> Verify(string token)
    {
        var trusted = directory.Trusted;
        if (verified.TryGetValue(token, out var known) && known.DirectoryHash == trusted.Hash)
            return IsRevoked(known.Artefact.Issuer, known.Artefact.Id) ? ConsentArtefact.Revoked : known.Artefact;
        // That it was here before is what shows that it was signed by then, should its key be distrusted later. After a restart the person consents anew.
        long? seenAt = verified.TryGetValue(token, out known) ? known.SeenAt : null;
        var artefact = ConsentArtefact.Verify(token, trusted, seenAt);
        if (!artefact.Ok)
            return artefact.Error;
        Put(verified, token, (artefact.Value, trusted.Hash, seenAt ?? clock.NowMs()));
        return IsRevoked(artefact.Value.Issuer, artefact.Value.Id) ? ConsentArtefact.Revoked : artefact.Value;
    }

    /// <summary>Replicas commit in another order than their clocks say, and their clocks differ: what was stored within this of the newest is read once more.</summary>
    static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    long newest;

    /// <summary>The revocations this node knows, its own and those it was told of: all at start, then what other replicas added. Called by one at a time.</summary>
    /// <returns>How many were read.</returns>
    public async Task<int> Load(CancellationToken ct)
    {
        await using var scope = Scope();
        var since = newest - (long)Overlap.TotalMilliseconds;
        var rows = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<RevocationRow>().AsNoTracking().Where(r => r.HeardAt >= since || r.HeardAt == 0).ToListAsync(ct);
        foreach (var row in rows)
        {
            Revoke(row.FromNode, row.ConsentId);
            newest = Math.Max(newest, row.HeardAt);
        }
        return rows.Count;
    }

    static void Put<T>(ConcurrentDictionary<string, T> cache, string key, T value)
    {
        if (cache.Count >= Most)
            cache.Clear();
        cache[key] = value;
    }

    AsyncServiceScope Scope() => scopes.AsNode("consents");
}
