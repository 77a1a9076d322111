using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>A data standard this node holds: one that is or was in force, or that a proposal at the hub speaks of.</summary>
[NoRowRule("The region's public data standard; about no person.")]
sealed class StandardRow
{
    /// <summary>SHA-256 of the document, hex.</summary>
    public required string Hash { get; set; }

    public long Version { get; set; }

    public required string Document { get; set; }

    /// <summary>Member that handed it in.</summary>
    public required string GivenBy { get; set; }

    public long TakenAt { get; set; }

    /// <summary>When a directory in force first named it here; null while it is only proposed.</summary>
    public long? NamedAt { get; set; }
}

/// <summary>
/// The data standard in force: the one that the trusted directory names by its hash. Whoever hands the document over need not be trusted.
/// While the named one cannot be had, the one before stays in force here, visibly.
/// </summary>
sealed class StandardBook(NodeIdentity node, RegionDirectory directory, PeerClient peers, TimeProvider clock, IServiceScopeFactory scopes)
{
    /// <summary>In the node's folder, beside the first directory.</summary>
    public const string FileName = "standard.json";

    public const string Path = "/peer/standards/";

    sealed record Held(StandardDocument Document, string Hash);

    volatile Held? held;

    /// <summary>Null when the region has none yet.</summary>
    public StandardDocument? InForce => held?.Document;

    public string? Hash => held?.Hash;

    /// <summary>The directory names another than is in force here.</summary>
    public bool IsBehind => directory.Trusted.Document.Standard is { } named && named.Sha256 != held?.Hash;

    /// <summary>Reads what was in force before the restart, or the file placed at installation.</summary>
    public async Task Load(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("standard");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var newest = await db.Set<StandardRow>().AsNoTracking().Where(s => s.NamedAt != null).OrderByDescending(s => s.Version).FirstOrDefaultAsync(ct);
        if (newest is not null)
            Hold(Encoding.UTF8.GetBytes(newest.Document), newest.Hash);
        var file = System.IO.Path.Combine(node.DataFolder, FileName);
        if (directory.Trusted.Document.Standard is { } named && named.Sha256 != held?.Hash && File.Exists(file) && await File.ReadAllBytesAsync(file, ct) is var bytes && StandardDocument.HashOf(bytes) == named.Sha256)
            await Take(bytes, named, node.Id, ct);
    }

    /// <summary>Sees to it that the standard which the directory names is in force here.</summary>
    public async Task<Result<Done>> Follow(CancellationToken ct)
    {
        if (directory.Trusted.Document.Standard is not { } named || named.Sha256 == held?.Hash)
            return Done.It;
        var bytes = await Bytes(named.Sha256, ct);
        return bytes.Ok ? await Take(bytes.Value, named, node.Id, ct) : bytes.Error;
    }

    /// <summary>A document by its hash, from here or from the hub; never another one.</summary>
    public async Task<Result<byte[]>> Bytes(string hash, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("standard");
        if (await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<StandardRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Hash == hash, ct) is { } row)
            return Encoding.UTF8.GetBytes(row.Document);
        if (node.IsHub || directory.Trusted.Document.Members.FirstOrDefault(m => m.IsHub) is not { } hub)
            return NotHeld;
        var answer = await peers.Send(hub.NodeId, HttpMethod.Get, Path + hash, default, ct);
        if (!answer.Ok)
            return answer.Error;
        return StandardDocument.HashOf(answer.Value.Body) == hash ? answer.Value.Body : NotHeld;
    }

    public async Task<Result<StandardDocument>> Document(string hash, CancellationToken ct)
    {
        var bytes = await Bytes(hash, ct);
        return bytes.Ok ? StandardDocument.Parse(bytes.Value) : bytes.Error;
    }

    /// <summary>A version that was in force here.</summary>
    /// <param name="Lists">Versions of the code lists it has.</param>
    public sealed record Past(int Version, string Hash, long At, FrozenDictionary<string, int> Lists);

    /// <summary>A document is what its hash says and never changes: of each what is shown is read once.</summary>
    readonly ConcurrentDictionary<string, FrozenDictionary<string, int>> listsOf = new(StringComparer.Ordinal);

    /// <summary>All versions that were in force here, the newest first.</summary>
    public async Task<IReadOnlyList<Past>> History(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("standard");
        var rows = scope.ServiceProvider.GetRequiredService<NodeDb>().Set<StandardRow>().AsNoTracking().Where(s => s.NamedAt != null);
        var named = await rows.OrderByDescending(s => s.Version).Select(s => new { s.Hash, s.Version, s.NamedAt }).ToListAsync(ct);
        foreach (var hash in named.Select(s => s.Hash).Where(h => !listsOf.ContainsKey(h)))
        {
            var text = await rows.Where(s => s.Hash == hash).Select(s => s.Document).SingleAsync(ct);
            listsOf[hash] = StandardDocument.Parse(Encoding.UTF8.GetBytes(text)).Value.Lists.ToFrozenDictionary(l => l.List, l => l.Version, StringComparer.Ordinal);
        }
        return [.. named.Select(s => new Past((int)s.Version, s.Hash, s.NamedAt!.Value, listsOf[s.Hash]))];
    }

    /// <summary>
    /// Null when a directory may name this standard after the one in force: it can be had, it is of the version that is said, and it follows.
    /// Asked before this node signs, and by the hub before it takes a proposal.
    /// </summary>
    public async Task<Error?> Refuses(StandardReference? before, StandardReference? after, CancellationToken ct)
    {
        if (after == before)
            return null;
        if (after is null)
            return Error.Conflict("standard.not-following", "提案取消了区域的数据标准", "The proposal takes the region's data standard away", "请勿签署", "Do not sign");
        var next = await Document(after.Sha256, ct);
        if (!next.Ok)
            return next.Error;
        if (next.Value.Region != node.Region || next.Value.Version != after.Version)
            return Error.Conflict("standard.not-following", "提案所指的数据标准与其版本不符", "The data standard is not of the version that the proposal says");
        if (before is null)
            return null;
        var present = await Document(before.Sha256, ct);
        return present.Ok ? StandardChange.Refuses(present.Value, next.Value) : present.Error;
    }

    async Task<Result<Done>> Take(byte[] bytes, StandardReference named, string from, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("standard");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        if (!Hold(bytes, named.Sha256))
            return NotHeld;
        if (await db.Set<StandardRow>().SingleOrDefaultAsync(s => s.Hash == named.Sha256, ct) is { } row)
            row.NamedAt ??= clock.NowMs();
        else
            db.Add(new StandardRow { Hash = named.Sha256, Version = named.Version, Document = Encoding.UTF8.GetString(bytes), GivenBy = from, TakenAt = clock.NowMs(), NamedAt = clock.NowMs() });
        // Another replica that took it at the same moment stored the same.
        _ = await db.TrySave(ct);
        return Done.It;
    }

    bool Hold(byte[] bytes, string hash)
    {
        if (StandardDocument.Parse(bytes) is not { Ok: true } parsed)
            return false;
        held = new Held(parsed.Value, hash);
        return true;
    }

    public static readonly Error NotHeld = Error.Unavailable("standard.not-held", "暂时取不到这份数据标准", "This data standard cannot be had now", "请稍后再试", "Try again later");
}
