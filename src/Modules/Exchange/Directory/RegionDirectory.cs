using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The directory this node trusts now: in memory for every request, durable so that neither a restart nor a hub can take it
/// back to an older one.
/// </summary>
sealed class RegionDirectory(NodeIdentity node, TimeProvider clock, IServiceScopeFactory scopes) : IMembers
{
    /// <summary>How long a node goes on without having heard the hub confirm the directory. Revocations may be that late while the hub is away.</summary>
    public static readonly TimeSpan FreshnessBound = TimeSpan.FromHours(24);

    /// <summary>Of the pinned first directory in the node's folder.</summary>
    public const string FileName = "directory.json";

    readonly SemaphoreSlim turn = new(1, 1);
    volatile State? state;

    sealed record State(TrustedDirectory Trusted, long ConfirmedAt, long TakenAt);

    public TrustedDirectory Trusted => state?.Trusted ?? throw new InvalidOperationException("The directory is read before the node starts.");

    /// <summary>When the hub last confirmed it; Unix ms.</summary>
    public long ConfirmedAt => state?.ConfirmedAt ?? 0;

    /// <summary>Since when this version is in force here; Unix ms.</summary>
    public long TakenAt => state?.TakenAt ?? 0;

    /// <summary>The last refused offer, for the steward's page: a roll-back or a fork is never silent.</summary>
    public (Error Why, long At)? Refused { get; private set; }

    public IReadOnlyList<Member> All => [.. Trusted.Document.Members.Select(m => Trusted.MemberOf(m, clock.NowMs()))];

    public Member? Find(string nodeId) => Trusted.Find(nodeId) is { } entry ? Trusted.MemberOf(entry, clock.NowMs()) : null;

    public MemberEntry? Entry(string nodeId) => Trusted.Find(nodeId);

    public KeyOfMember? Key(string kid) => Trusted.Key(kid, clock.NowMs());

    /// <summary>The hub itself needs nobody's confirmation.</summary>
    public Error? Stale() => node.IsHub || clock.NowMs() - ConfirmedAt <= FreshnessBound.TotalMilliseconds ? null :
        Error.Unavailable("directory.stale", "超过 24 小时没有从枢纽确认成员名录，暂停与其他节点交换",
            "The directory was not confirmed by the hub for more than 24 hours; exchange is paused",
            "请检查与枢纽的网络；恢复后自动继续", "Check the network to the hub; it goes on by itself once the hub answers");

    /// <summary>Why nothing of this kind is sent to another node or taken from it now; null when it may be. A node's own messages to itself are its own affair.</summary>
    public Error? Stale(string other, string path) => other == node.Id || WhileStale.Goes(path) ? null : Stale();

    /// <summary>The same of an event.</summary>
    public Error? StaleForEvent(string other, string type) => other == node.Id || WhileStale.Takes(type) ? null : Stale();

    /// <summary>Reads what was trusted before the restart; at the first start, the file pinned at installation.</summary>
    public async Task Load(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("directory");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var row = await db.Set<DirectoryRow>().OrderByDescending(d => d.Version).FirstOrDefaultAsync(ct);
        var file = Path.Combine(node.DataFolder, FileName);
        if (row is not null)
        {
            state = new State(TrustedDirectory.Kept(row.Document).Value, row.ConfirmedAt, row.TakenAt);
            // An operator may hand over a newer one by file, as when the hub has moved; it must be signed like any other.
            if (File.Exists(file) && Trusted.Succeed(await File.ReadAllTextAsync(file, ct), clock.NowMs()) is { Ok: true } newer && newer.Value != Trusted)
            {
                state = new State(newer.Value, row.ConfirmedAt, clock.NowMs());
                await Store(db, state, ct);
            }
        }
        else
        {
            if (!File.Exists(file))
                throw new InvalidOperationException($"{file} is missing: place the region's directory there when installing the node.");
            var pinned = TrustedDirectory.Pin(await File.ReadAllTextAsync(file, ct));
            if (!pinned.Ok)
                throw new InvalidOperationException($"{file}: {pinned.Error.DetailEn} [{pinned.Error.Code}]");
            state = new State(pinned.Value, clock.NowMs(), clock.NowMs());
            await Store(db, state, ct);
        }
        if (Trusted.Document.Region != node.Region)
            throw new InvalidOperationException($"The directory is of region {Trusted.Document.Region}, the node of {node.Region}.");
    }

    /// <summary>Takes a document the hub offers, and with it the hub's word that this is the present one.</summary>
    public async Task<Result<TrustedDirectory>> Offer(string text, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            return await Take(text, ct);
        }
        finally
        {
            turn.Release();
        }
    }

    async Task<Result<TrustedDirectory>> Take(string text, CancellationToken ct)
    {
        var next = Trusted.Succeed(text, clock.NowMs());
        if (!next.Ok)
        {
            Refused = (next.Error, clock.NowMs());
            return next.Error;
        }
        await Hold(new State(next.Value, clock.NowMs(), next.Value == Trusted ? TakenAt : clock.NowMs()), ct);
        // That signers were unknown is explained once the versions between were taken; a roll-back or a fork stays to be seen.
        if (Refused?.Why.Code == TrustedDirectory.LacksQuorum)
            Refused = null;
        return next.Value;
    }

    /// <summary>Takes the version after the one held, however old it is. It confirms nothing.</summary>
    public async Task<Result<TrustedDirectory>> Advance(string text, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            var next = Trusted.Follow(text);
            if (next.Ok)
                await Hold(new State(next.Value, ConfirmedAt, clock.NowMs()), ct);
            return next;
        }
        finally
        {
            turn.Release();
        }
    }

    async Task Hold(State taken, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("directory");
        await Store(scope.ServiceProvider.GetRequiredService<NodeDb>(), taken, ct);
        state = taken;
    }

    static Task Store(NodeDb db, State state, CancellationToken ct) => db.InTransaction(async () =>
    {
        var version = state.Trusted.Document.Version;
        if (await db.Set<DirectoryRow>().SingleOrDefaultAsync(d => d.Version == version, ct) is { } row)
            row.ConfirmedAt = state.ConfirmedAt;
        else
            db.Add(new DirectoryRow { Version = version, Document = state.Trusted.Text, Hash = state.Trusted.Hash, TakenAt = state.TakenAt, ConfirmedAt = state.ConfirmedAt });
        return await db.SaveChangesAsync(ct);
    }, ct);
}

/// <summary>Every version this node ever trusted.</summary>
[NoRowRule("The public directory of the region's governments; about no person.")]
sealed class DirectoryRow
{
    public long Version { get; set; }

    public required string Document { get; set; }

    public required string Hash { get; set; }

    public long TakenAt { get; set; }

    public long ConfirmedAt { get; set; }
}
