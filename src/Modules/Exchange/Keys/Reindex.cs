using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>How many blind indexes of one place are in the form of which key.</summary>
/// <param name="Key">Such as <c>i1</c>.</param>
sealed record IndexedWith(string Place, string Key, long Count);

/// <summary>
/// Brings every blind index under its newest key: the columns that are marked as such, people first since their other rows are found
/// from them, then the log's index of persons, then what leads there. Keeps no state: what has the newest form is passed over.
/// </summary>
sealed class Reindex(IServiceScopeFactory scopes, Keystore keys, NodeIdentity node, DatabaseOptions database)
{
    /// <summary>
    /// Columns of the database, in this process or another. Nothing before rows are written with the newest key everywhere: what came
    /// after a visit would stay in the older form. An older key that was retired keeps none from being brought over: a backup may be from before.
    /// </summary>
    public async Task<long> Rows(Action<string, long> progress, CancellationToken ct)
    {
        keys.Refresh();
        var vault = keys.Vault;
        if (!vault.Replaced || TimeProvider.System.GetUtcNow() < vault.Indexes.From)
            return 0;
        var done = 0L;
        var columns = await With(db => Task.FromResult(Columns.Blind(db.Model)), ct);
        foreach (var column in columns.Where(c => !c.Mark.Last).OrderByDescending(c => c.Mark.First))
            done += await Walk(column, progress, ct);
        if (await AnyOlder(ct))
            return done;
        foreach (var column in columns.Where(c => c.Mark.Last))
            done += await Walk(column, progress, ct);
        return done;
    }

    Task<long> Walk(BlindColumn column, Action<string, long> progress, CancellationToken ct) =>
        With(db => new ColumnWalk(db, column, stored => Anew(keys.Vault, column, (string)stored)).Run(n => progress(column.ToString(), n), ct), ct);

    /// <summary>The log's index of persons: by the process that has the log open, which is the node itself where it runs.</summary>
    public async Task<Result<long>> Log(TransparencyLog log, Action<string, long> progress, CancellationToken ct)
    {
        keys.Refresh();
        return !keys.Vault.Replaced || TimeProvider.System.GetUtcNow() < keys.Vault.Indexes.From
            ? 0
            : await log.Reindex(keys.Vault, n => progress("log.subjects", n), ct);
    }

    /// <summary>Null of what is in the newest form already, or no index at all.</summary>
    static object? Anew(Vault vault, BlindColumn column, string stored) =>
        column.Again(stored, vault.Written) is { } anew && anew != stored ? anew : null;

    /// <summary>What stands in which form, over the marked columns and the log.</summary>
    public async Task<IReadOnlyList<IndexedWith>> Count(CancellationToken ct)
    {
        var counted = new List<IndexedWith>();
        await With(async db =>
        {
            foreach (var column in Columns.Blind(db.Model))
            {
                if (column.Mark.Between.Length > 0)
                {
                    counted.AddRange(await Listed(db, column, ct));
                    continue;
                }
                for (var number = keys.Vault.Indexes.Oldest; number <= keys.Vault.Indexes.Newest; number++)
                {
                    var (beginning, whole) = IndexChain.Looks(number);
                    if (await ColumnWalk.CountBeginningWith(db, column.Table, column.Column, column.Mark.After + beginning, ct, column.Mark.After.Length + whole) is > 0 and var count)
                        counted.Add(new(column.ToString(), $"i{number}", count));
                }
            }
            return counted;
        }, ct);
        var inLog = await UnderKeys(ct);
        if (inLog.Older > 0)
            counted.Add(new("log.subjects", $"i{keys.Vault.Indexes.Oldest}", inLog.Older));
        if (inLog.Newest > 0)
            counted.Add(new("log.subjects", $"i{keys.Vault.Indexes.Newest}", inLog.Newest));
        return counted;
    }

    /// <summary>Of a column that holds several in one value, every value is read.</summary>
    static async Task<IEnumerable<IndexedWith>> Listed(NodeDb db, BlindColumn column, CancellationToken ct)
    {
        var counted = new Dictionary<int, long>();
        await new ColumnWalk(db, column, stored =>
        {
            column.Again((string)stored, index =>
            {
                counted[IndexChain.NumberOf(index)] = counted.GetValueOrDefault(IndexChain.NumberOf(index)) + 1;
                return index;
            });
            return null;
        }).Run(_ => { }, ct);
        return counted.Where(c => c.Key > 0).Select(c => new IndexedWith(column.ToString(), $"i{c.Key}", c.Value));
    }

    /// <summary>Whether the log's index of persons has anything in an older form.</summary>
    public Task<bool> AnyOlder(CancellationToken ct) => TransparencyLog.AnyOlder(ExchangeModule.LogDatabase(node, database), keys.Vault, cancel: ct);

    /// <summary>What of the log hangs on older keys. Reads all that is sealed beside leaves.</summary>
    public Task<LogUnderKeys> UnderKeys(CancellationToken ct) => TransparencyLog.UnderKeys(ExchangeModule.LogDatabase(node, database), keys.Vault, cancel: ct);

    /// <summary>
    /// Ends the look-ups under an older key, once nothing is stored in its form. Fails with <c>keys.still-indexed</c>, saying where, or as
    /// <see cref="Keystore.RetireIndex"/>.
    /// </summary>
    public async Task<Result<Done>> Retire(string id, TimeSpan rest, CancellationToken ct)
    {
        keys.Refresh();
        var left = (await Count(ct)).Where(c => c.Key == id && id != $"i{keys.Vault.Indexes.Newest}").ToList();
        return left.Count == 0
            ? keys.RetireIndex(id, rest)
            : Error.Conflict("keys.still-indexed", $"还有 {left.Sum(l => l.Count)} 个索引是用 {id} 做的：{string.Join("、", left.Select(l => l.Place))}",
                $"{left.Sum(l => l.Count)} indexes are still made with {id}: {string.Join(", ", left.Select(l => l.Place))}", "请等重新索引完成，或运行 tongban keys reindex", "Wait for the job, or run tongban keys reindex");
    }

    async Task<T> With<T>(Func<NodeDb, Task<T>> act, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        await using var scope = scopes.AsNode("keys");
        return await act(scope.ServiceProvider.GetRequiredService<NodeDb>());
    }
}
