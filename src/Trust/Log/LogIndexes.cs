using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Trust;

/// <summary>What of a log still hangs on which keys of the vault.</summary>
/// <param name="Older">Rows of the index of persons in an older form.</param>
/// <param name="Newest">In the newest.</param>
/// <param name="Sealed">Sealed commitments by envelope key.</param>
public sealed record LogUnderKeys(long Older, long Newest, IReadOnlyDictionary<string, long> Sealed);

/// <summary>The index of persons of a log under another key of the blind index: leaves stay as they are (<see cref="LogAbout"/>).</summary>
static class LogIndexes
{
    const int Batch = 200;

    sealed record Named(string Subject, long Index, byte[] Data, byte[]? Salts);

    /// <summary>Brings every row of the index into the form that is written now. May be stopped and run again; runs beside appends.</summary>
    public static async Task<Result<long>> Reindex(TransparencyLog log, LogWriter writer, Vault vault, Action<long> progress, CancellationToken cancel)
    {
        var (done, last) = (0L, new Named("", -1, [], null));
        while (true)
        {
            var rows = await log.Rows(
                "SELECT s.subject, s.idx, l.data, l.salts FROM subjects s JOIN leaves l ON l.idx = s.idx WHERE s.subject > @p0 OR (s.subject = @p0 AND s.idx > @p1) ORDER BY s.subject, s.idx LIMIT @p2",
                row => new Named(row.GetString(0), row.GetInt64(1), (byte[])row[2], row.IsDBNull(3) ? null : (byte[])row[3]), cancel, last.Subject, last.Index, Batch);
            var changes = new List<Func<ILogTransaction, Task<int>>>();
            foreach (var row in rows.Where(r => vault.Written(r.Subject) != r.Subject))
            {
                if (await Change(log, row, vault, cancel) is { } change)
                    changes.Add(change);
            }
            if (changes.Count > 0)
            {
                var changed = await writer.Execute(async transaction =>
                {
                    var sum = 0;
                    foreach (var change in changes)
                        sum += await change(transaction);
                    return sum;
                }, cancel);
                if (!changed.Ok)
                    return changed.Error;
                if (changed.Value > 0)
                    progress(done += changed.Value);
            }
            if (rows.Count < Batch)
                return done;
            last = rows[^1];
        }
    }

    /// <summary>Null of a row that is not what the leaf says: an audit names it, and nothing here may hide it.</summary>
    static async Task<Func<ILogTransaction, Task<int>>?> Change(TransparencyLog log, Named row, Vault vault, CancellationToken cancel)
    {
        var about = StrictJson.Object(row.Data)?[LogEntry.About]?.ToString();
        var salts = row.Salts is null ? [] : LogSalts.Read(row.Salts) ?? [];
        List<string> subjects = [row.Subject];
        IReadOnlyList<LogSalt>? closed = null;
        if (about is not null && salts.Any(s => s.Name == LogEntry.About))
        {
            closed = LogAbout.Seal(about, salts, row.Index, subjects, vault)
                // One of several persons of a leaf.
                ?? LogAbout.Seal(about, salts, row.Index, subjects = await log.SubjectsOf(row.Index, cancel), vault);
            if (closed is null)
                return null;
        }
        return async transaction =>
        {
            var changed = 0;
            foreach (var subject in subjects)
                changed += await transaction.Execute("UPDATE subjects SET subject = @p0 WHERE subject = @p1 AND idx = @p2", vault.Written(subject), subject, row.Index);
            // Salts that were erased meanwhile stay erased.
            if (closed is not null)
                await transaction.Execute("UPDATE leaves SET salts = @p0 WHERE idx = @p1 AND salts = @p2", LogSalts.Write(closed)!, row.Index, row.Salts!);
            return changed;
        };
    }

    /// <summary>Seals again, with the newest envelope key, what an older one sealed beside leaves.</summary>
    public static async Task<Result<long>> Reseal(TransparencyLog log, LogWriter writer, Vault vault, CancellationToken cancel)
    {
        var (done, last) = (0L, -1L);
        while (true)
        {
            var rows = await log.Rows("SELECT idx, salts FROM leaves WHERE idx > @p0 AND salts IS NOT NULL ORDER BY idx LIMIT @p1", row => (Index: row.GetInt64(0), Salts: (byte[])row[1]), cancel, last, 1000);
            var again = rows.Select(r => (r.Index, r.Salts, Anew: LogAbout.SealAgain(LogSalts.Read(r.Salts) ?? [], r.Index, vault))).Where(r => r.Anew is not null).ToList();
            if (again.Count > 0)
            {
                var changed = await writer.Execute(async transaction =>
                {
                    var sum = 0;
                    foreach (var (index, was, anew) in again)
                        sum += await transaction.Execute("UPDATE leaves SET salts = @p0 WHERE idx = @p1 AND salts = @p2", LogSalts.Write(anew!)!, index, was);
                    return sum;
                }, cancel);
                if (!changed.Ok)
                    return changed.Error;
                done += changed.Value;
            }
            if (rows.Count < 1000)
                return done;
            last = rows[^1].Index;
        }
    }

    /// <summary>Counted in one view, also of a log that another process has open.</summary>
    public static async Task<LogUnderKeys> Count(ILogStore store, Vault vault, CancellationToken cancel)
    {
        var (reader, pending) = await store.OpenSnapshot(cancel);
        await using (reader)
        {
            var (older, newest) = (0L, 0L);
            void Add(string subject, long count)
            {
                if (IsOlder(subject, vault))
                    older += count;
                else
                    newest += count;
            }
            foreach (var subject in pending.SelectMany(l => l.Entry.Subjects))
                Add(subject, 1);
            await using (var subjects = reader.Command("SELECT subject, count(*) FROM subjects GROUP BY subject"))
            await using (var rows = await subjects.ExecuteReaderAsync(cancel))
            {
                while (await rows.ReadAsync(cancel))
                    Add(rows.GetString(0), rows.GetInt64(1));
            }
            var counted = new Dictionary<string, long>(StringComparer.Ordinal);
            await using (var salts = reader.Command("SELECT salts FROM leaves WHERE salts IS NOT NULL"))
            await using (var rows = await salts.ExecuteReaderAsync(cancel))
            {
                while (await rows.ReadAsync(cancel))
                {
                    if (LogSalts.Read((byte[])rows[0])?.FirstOrDefault(s => s.Name == LogAbout.Sealed) is { } box && Vault.KeyOf(box.Value) is { } key)
                        counted[key] = counted.GetValueOrDefault(key) + 1;
                }
            }
            return new(older, newest, counted);
        }
    }

    /// <summary>By the index of persons alone, and no further than the first that is found.</summary>
    public static async Task<bool> AnyOlder(ILogStore store, Vault vault, CancellationToken cancel)
    {
        var (reader, pending) = await store.OpenSnapshot(cancel);
        await using (reader)
        {
            if (pending.SelectMany(l => l.Entry.Subjects).Any(s => IsOlder(s, vault)))
                return true;
            for (var number = 1; number < vault.Indexes.Newest; number++)
            {
                var (beginning, length) = IndexChain.Looks(number);
                await using var found = reader.Command("SELECT 1 FROM subjects WHERE length(subject) = @p1 AND substr(subject, 1, @p2) = @p0 LIMIT 1", beginning, length, beginning.Length);
                if (await found.ExecuteScalarAsync(cancel) is not null)
                    return true;
            }
            return false;
        }
    }

    static bool IsOlder(string subject, Vault vault) => IndexChain.NumberOf(subject) is > 0 and var number && number < vault.Indexes.Newest;
}
