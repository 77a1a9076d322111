using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Trust;

/// <summary>
/// The one writer. It takes whatever waits, up to <see cref="LargestGroup"/> entries, and writes it with its checkpoint in one
/// transaction; callers are told only after the commit. While one group is being written the next gathers by itself,
/// so there is no artificial delay.
/// </summary>
sealed class LogWriter(ILogStore store, LogTree tree, NonceMemory nonces, RecentLeaves recent, TimeProvider clock, ILogger logger)
{
    const int LargestGroup = 512;
    const int LongestQueue = 8192;
    const int SettleFrom = 1024;
    const int MostPending = 16 * SettleFrom;
    const int TilesAtOnce = 4096;
    static readonly TimeSpan PurgeEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan KeepUnwitnessed = TimeSpan.FromHours(1);

    readonly Channel<Work> queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(LongestQueue) { SingleReader = true });
    readonly Queue<(long At, long Size)> marks = [];
    readonly List<Work> wantSettled = [];
    Settling? settling;
    long lastPurge;
    long purged;
    long storing;
    bool uncertain;

    /// <summary>Completes when the writer has stopped, with the exception that stopped it if one did.</summary>
    public Task Stopped { get; private set; } = Task.CompletedTask;

    public void Start() => Stopped = Task.Run(Run);

    public Task Stop()
    {
        queue.Writer.TryComplete();
        return Stopped;
    }

    volatile Error? held;

    /// <summary>Why nothing is appended; nonces are still spent and cosignatures taken. Null when the log takes entries.</summary>
    public Error? Held
    {
        get => held;
        set => held = value;
    }

    /// <summary>They stand in one group, one after another; each is decided for itself.</summary>
    public Task<Result<LogPosition>[]> Append(IReadOnlyList<LogEntry> entries, CancellationToken cancel) =>
        held is { } refusal ? Task.FromResult(entries.Select(_ => (Result<LogPosition>)refusal).ToArray()) : Force(entries, cancel);

    /// <summary>Appends to a log that is held.</summary>
    public async Task<Result<LogPosition>[]> Force(IReadOnlyList<LogEntry> entries, CancellationToken cancel)
    {
        var work = new Appends(entries);
        if (work.Parts.Count > 0)
        {
            if (!queue.Writer.TryWrite(work))
                await queue.Writer.WriteAsync(work, cancel);
            await work.Told;
        }
        return work.Results;
    }

    /// <summary>Spends a nonce with nothing logged.</summary>
    public Task<Result<int>> Spend(UsedNonce nonce, CancellationToken cancel) => Execute(new Chore(static _ => Task.FromResult(0), nonce), cancel);

    /// <summary>Runs something else in a group's transaction, so that there is no second writer to wait for.</summary>
    public Task<Result<int>> Execute(Func<ILogTransaction, Task<int>> chore, CancellationToken cancel) => Execute(new Chore(chore, null) { Changes = true }, cancel);

    /// <summary>Everything that was committed before is in its tables afterwards.</summary>
    public async Task<Result<Done>> Settle(CancellationToken cancel)
    {
        var settled = await Execute(new Chore(static _ => Task.FromResult(0), null) { Settles = true }, cancel);
        return settled.Ok ? Done.It : settled.Error;
    }

    async Task<Result<int>> Execute(Chore work, CancellationToken cancel)
    {
        await queue.Writer.WriteAsync(work, cancel);
        return await work.Done.Task;
    }

    async Task Run()
    {
        var group = new List<Work>(LargestGroup);
        try
        {
            while (await queue.Reader.WaitToReadAsync())
            {
                group.Clear();
                while (group.Count < LargestGroup && queue.Reader.TryRead(out var work))
                    group.AddRange(work.Parts);
                if (settling is { Moved.IsCompleted: true } || store.Pending >= MostPending)
                    await EndSettling();
                await Write(group);
                if (uncertain)
                    continue;
                tree.Drop(store.Pending);
                wantSettled.AddRange(group.Where(work => work.Settles));
                if (settling is null && (store.Pending >= SettleFrom || wantSettled.Count > 0))
                    BeginSettling();
            }
            await EndSettling();
            if (!uncertain)
            {
                BeginSettling();
                await EndSettling();
                // What was moved leaves the journal with a group.
                await Write([]);
            }
        }
        catch (Exception bug)
        {
            // Nobody may wait for ever on a writer that is gone; the exception reaches every caller and the owner.
            queue.Writer.TryComplete(bug);
            foreach (var work in group.Concat(wantSettled).Concat(settling?.For ?? []))
                work.Fail(bug);
            while (queue.Reader.TryRead(out var work))
                work.Fail(bug);
            throw;
        }
    }

    async Task Write(List<Work> group)
    {
        try
        {
            if (uncertain)
            {
                await EndSettling();
                await tree.CatchUp(store, nonces, clock.GetUtcNow().ToUnixTimeMilliseconds());
                recent.Forget();
                uncertain = false;
            }
            await using var transaction = await store.Begin(leaves: group.Exists(work => work is Chore { Changes: true }), CancellationToken.None);
            var outcome = new GroupOutcome(tree, nonces, recent, clock.GetUtcNow().ToUnixTimeMilliseconds());
            await outcome.Decide(transaction, group);
            foreach (var work in group)
            {
                if (work is Chore { Refused: false } chore)
                    chore.Changed = await chore.Run(transaction);
            }
            await Purge(transaction, outcome.At);
            await transaction.Commit();
            outcome.Publish();
            tree.StoredTiles = storing = Math.Max(storing, tree.StoredTiles);
            foreach (var work in group)
            {
                if (!work.Settles)
                    work.Succeed();
            }
        }
        catch (Exception failure) when (failure is DbException or IOException or TimeoutException)
        {
            // The commit may have happened or not; the tree goes back to what is known, and catches up before the next group.
            tree.Forget();
            storing = tree.StoredTiles;
            uncertain = true;
            logger.LogError(failure, "The log could not write a group of {Count}", group.Count);
            foreach (var work in group)
                work.Answer(Why(failure));
        }
    }

    /// <summary>What groups left in the journal goes to its tables while further groups are written.</summary>
    void BeginSettling()
    {
        settling = new(store.Settle(CancellationToken.None), [.. wantSettled]);
        wantSettled.Clear();
        // Its end is noticed between two groups: where nothing else comes, by this.
        _ = settling.Moved.ContinueWith(_ => queue.Writer.TryWrite(new Chore(static _ => Task.FromResult(0), null)), TaskScheduler.Default);
    }

    /// <summary>A failure costs nothing but time, all of it is durable; whether it is in its tables is looked up before the next group.</summary>
    async Task EndSettling()
    {
        if (settling is not { } ended)
            return;
        settling = null;
        try
        {
            store.Settled(await ended.Moved);
            foreach (var work in ended.For)
                work.Succeed();
        }
        catch (Exception failure) when (failure is DbException or IOException or TimeoutException)
        {
            uncertain = true;
            logger.LogError(failure, "The log could not move {Count} leaves to their tables", store.Pending);
            foreach (var work in ended.For)
                work.Answer(Why(failure));
        }
    }

    /// <summary>A disk without room is a state that somebody can end.</summary>
    static Error Why(Exception failure) => StorageFull.Is(failure)
        ? Error.Unavailable("storage.full", "节点的存储空间已满，日志无法写入", "The node's disk is full: the log cannot be written", "请系统管理员腾出空间，之后用同一编号重试", "Have an administrator make room, then try again with the same reference")
        : Unavailable;

    static Error Unavailable => Error.Unavailable(
        "log.unavailable", "日志暂时无法写入，结果未知", "The log cannot be written now; whether this entry was is not known", "请用同一编号重试", "Try again with the same reference");

    async Task Purge(ILogTransaction transaction, long now)
    {
        if (now - lastPurge < PurgeEvery.TotalMilliseconds)
            return;
        lastPurge = now;
        nonces.Forget(now);
        await StoreTiles(transaction);
        await transaction.Execute("DELETE FROM nonces WHERE keep_until < @p0", now);
        // Any root can be computed again from the leaves; only checkpoints that witnesses signed, and fresh ones they may yet sign, are kept.
        // Older than an hour is what lies below the size that the tree had an hour ago; that needs no index over time.
        marks.Enqueue((now, tree.Published));
        while (marks.TryPeek(out var mark) && mark.At < now - (long)KeepUnwitnessed.TotalMilliseconds)
        {
            marks.Dequeue();
            await transaction.Execute("DELETE FROM checkpoints WHERE cosigned = 0 AND size >= @p0 AND size < @p1", purged, mark.Size);
            purged = mark.Size;
        }
    }

    /// <summary>Roots of tiles whose leaves lie in their table. If this transaction fails they are stored again with the next.</summary>
    async Task StoreTiles(ILogTransaction transaction)
    {
        foreach (var (tile, root) in tree.TileRoots(tree.StoredTiles, tree.Published - store.Pending, TilesAtOnce))
        {
            await transaction.Execute("INSERT INTO tiles VALUES (@p0, @p1) ON CONFLICT DO NOTHING", tile, root);
            storing = tile + 1;
        }
    }
}

/// <summary>A move to the tables that is under way, and who waits for it.</summary>
sealed record Settling(Task<int> Moved, IReadOnlyList<Work> For);

/// <summary>Something a caller waits for. It is told on a thread of its own, never on the writer's, and only after the commit.</summary>
abstract class Work(UsedNonce? nonce)
{
    Error? refusal;

    /// <summary>Spent with it; one seen before refuses it.</summary>
    public UsedNonce? Nonce => nonce;

    public bool Refused => refusal is not null;

    /// <summary>Is told only when everything committed is in its tables.</summary>
    public bool Settles { get; init; }

    /// <summary>What is decided one by one, in one group.</summary>
    public virtual IReadOnlyList<Work> Parts => [this];

    /// <summary>While the group is decided.</summary>
    public void Refuse(Error error) => refusal = error;

    /// <summary>What was decided is durable.</summary>
    public void Succeed()
    {
        if (refusal is { } error)
            Answer(error);
        else
            Answer();
    }

    protected abstract void Answer();

    public abstract void Answer(Error error);

    public abstract void Fail(Exception bug);
}

/// <summary>One of the entries that somebody waits for.</summary>
sealed class Append(LogEntry entry, Action<Result<LogPosition>> answer, Action<Exception> fail) : Work(entry.Nonce)
{
    public LogEntry Entry => entry;

    public LogPosition Decision { get; set; }

    protected override void Answer() => answer(Decision);

    public override void Answer(Error error) => answer(error);

    public override void Fail(Exception bug) => fail(bug);
}

/// <summary>Entries that somebody waits for together: told once, when the last of them is decided.</summary>
sealed class Appends : Work
{
    readonly TaskCompletionSource told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<Append> parts;
    int undecided;

    public Appends(IReadOnlyList<LogEntry> entries)
        : base(null)
    {
        (Results, parts) = (new Result<LogPosition>[entries.Count], new(entries.Count));
        for (var i = 0; i < entries.Count; i++)
        {
            var at = i;
            // One that no database can store would take its neighbours down with it.
            if (entries[i].Unfit() is { } unfit)
                Results[i] = unfit;
            else
                parts.Add(new(entries[i], result => Tell(at, result), bug => told.TrySetException(bug)));
        }
        undecided = parts.Count;
    }

    public override IReadOnlyList<Work> Parts => parts;

    /// <summary>In the order of the entries; complete once <see cref="Told"/> is.</summary>
    public Result<LogPosition>[] Results { get; }

    public Task Told => told.Task;

    void Tell(int at, Result<LogPosition> result)
    {
        Results[at] = result;
        if (Interlocked.Decrement(ref undecided) == 0)
            told.TrySetResult();
    }

    protected override void Answer() => throw new InvalidOperationException("Its parts are answered.");

    public override void Answer(Error error) => throw new InvalidOperationException("Its parts are answered.");

    public override void Fail(Exception bug) => told.TrySetException(bug);
}

sealed class Chore(Func<ILogTransaction, Task<int>> run, UsedNonce? nonce) : Work(nonce)
{
    public Func<ILogTransaction, Task<int>> Run => run;

    /// <summary>It may change any row, leaves too.</summary>
    public bool Changes { get; init; }

    public int Changed { get; set; }

    public TaskCompletionSource<Result<int>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected override void Answer() => Done.TrySetResult(Changed);

    public override void Answer(Error error) => Done.TrySetResult(error);

    public override void Fail(Exception bug) => Done.TrySetException(bug);
}
