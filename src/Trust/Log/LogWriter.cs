using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// The one writer. It takes whatever waits, up to <see cref="LargestGroup"/> entries, and writes it with its checkpoint in one
/// transaction; callers are told only after the commit. While one group is being written the next gathers by itself,
/// so there is no artificial delay.
/// </summary>
sealed class LogWriter(ILogStore store, LogTree tree, TimeProvider clock, ILogger logger)
{
    const int LargestGroup = 512;
    const int LongestQueue = 8192;
    static readonly TimeSpan PurgeEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan KeepUnwitnessed = TimeSpan.FromHours(1);

    readonly Channel<Work> queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(LongestQueue) { SingleReader = true });
    long lastPurge;
    bool uncertain;

    /// <summary>Completes when the writer has stopped, with the exception that stopped it if one did.</summary>
    public Task Stopped { get; private set; } = Task.CompletedTask;

    public void Start() => Stopped = Task.Run(Run);

    public Task Stop()
    {
        queue.Writer.TryComplete();
        return Stopped;
    }

    public async Task<Result<LogPosition>> Append(LogEntry entry, CancellationToken cancel)
    {
        if (entry.Unfit() is { } unfit)
            return unfit;
        var work = new Append(entry);
        if (!queue.Writer.TryWrite(work))
            await queue.Writer.WriteAsync(work, cancel);
        return await work.Done.Task;
    }

    /// <summary>Runs something else in a group's transaction, so that there is no second writer to wait for.</summary>
    public async Task<Result<int>> Execute(Func<ILogTransaction, Task<int>> chore, CancellationToken cancel)
    {
        var work = new Chore(chore);
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
                    group.Add(work);
                await Write(group);
            }
        }
        catch (Exception bug)
        {
            // Nobody may wait for ever on a writer that is gone; the exception reaches every caller and the owner.
            queue.Writer.TryComplete(bug);
            foreach (var work in group)
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
                await tree.CatchUp(store);
                uncertain = false;
            }
            await using var transaction = await store.Begin(CancellationToken.None);
            var outcome = new GroupOutcome(tree, clock.GetUtcNow().ToUnixTimeMilliseconds());
            await outcome.Append(transaction, [.. group.OfType<Append>()]);
            foreach (var chore in group.OfType<Chore>())
                chore.Changed = await chore.Run(transaction);
            await Purge(transaction, outcome.At);
            await transaction.Commit();
            outcome.Publish();
            foreach (var work in group)
                work.Succeed();
        }
        catch (Exception failure) when (failure is DbException or IOException or TimeoutException)
        {
            // The commit may have happened or not; the tree goes back to what is known, and catches up before the next group.
            tree.Forget();
            uncertain = true;
            logger.LogError(failure, "The log could not write a group of {Count}", group.Count);
            foreach (var work in group)
                work.Refuse(Error.Unavailable("log.unavailable", "日志暂时无法写入，结果未知", "The log cannot be written now; whether this entry was is not known", "请用同一编号重试", "Try again with the same reference"));
        }
    }

    async Task Purge(ILogTransaction transaction, long now)
    {
        if (now - lastPurge < PurgeEvery.TotalMilliseconds)
            return;
        lastPurge = now;
        await transaction.Execute("DELETE FROM nonces WHERE keep_until < @p0", now);
        // Any root can be computed again from the leaves; only checkpoints that witnesses signed, and fresh ones they may yet sign, are kept.
        await transaction.Execute(
            "DELETE FROM checkpoints WHERE cosigned = 0 AND at < @p0 AND size < (SELECT max(size) FROM checkpoints)",
            now - (long)KeepUnwitnessed.TotalMilliseconds);
    }
}

/// <summary>Something a caller waits for. It is told on a thread of its own, never on the writer's.</summary>
abstract class Work
{
    public abstract void Succeed();

    public abstract void Refuse(Error error);

    public abstract void Fail(Exception bug);
}

sealed class Append(LogEntry entry) : Work
{
    public LogEntry Entry => entry;

    public TaskCompletionSource<Result<LogPosition>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set while the group is decided, told only after the commit.</summary>
    public Result<LogPosition> Decision { get; set; }

    public override void Succeed() => Done.TrySetResult(Decision);

    public override void Refuse(Error error) => Done.TrySetResult(error);

    public override void Fail(Exception bug) => Done.TrySetException(bug);
}

sealed class Chore(Func<ILogTransaction, Task<int>> run) : Work
{
    public Func<ILogTransaction, Task<int>> Run => run;

    public int Changed { get; set; }

    public TaskCompletionSource<Result<int>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override void Succeed() => Done.TrySetResult(Changed);

    public override void Refuse(Error error) => Done.TrySetResult(error);

    public override void Fail(Exception bug) => Done.TrySetException(bug);
}
