using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Trust;

/// <summary>
/// A node's log: leaves, receipts, metering and nonces in group-committed transactions, a Merkle tree over the leaves,
/// and a signed checkpoint in every group's own transaction. An entry that <see cref="Append"/> acknowledged is durable and
/// already covered by a signed checkpoint. Safe for concurrent use; one process has a log open.
/// </summary>
public sealed class TransparencyLog : IMeteredRows, IAsyncDisposable
{
    readonly ILogStore store;
    readonly LogTree tree;
    readonly LogWriter writer;
    readonly RecentLeaves recent;
    readonly TimeProvider clock;
    readonly string first;
    readonly Func<NodeKey?>? second;
    volatile NoteKey key;
    volatile Tuple<string, NoteSignature>? seconded;

    TransparencyLog(ILogStore store, LogTree tree, LogWriter writer, RecentLeaves recent, string first, NoteKey key, Func<NodeKey?>? second, TimeProvider clock) =>
        (this.store, this.tree, this.writer, this.recent, this.first, this.key, this.second, this.clock) = (store, tree, writer, recent, first, key, second, clock);

    /// <summary>What others trust to verify this log's checkpoints. Its name is the origin.</summary>
    public NoteKey Key => key;

    public string Origin => key.Name;

    /// <summary>From 1; one more after every loss that members agreed to go on from.</summary>
    public int Epoch => LogEpoch.Number(first, Origin)!.Value;

    /// <summary>
    /// Why the log takes no entries now; every <see cref="Append(LogEntry, CancellationToken)"/> is answered with it. For a log that is known not to be the one
    /// that was witnessed: what it signed next would be a fork. Nonces are spent and cosignatures taken all the same.
    /// </summary>
    public Error? Held => writer.Held;

    public void Hold(Error why) => writer.Held = why;

    /// <summary>Whether this log is what somebody saw of it: it goes on from there, or is there.</summary>
    public async Task<bool> Continues(Checkpoint seen, CancellationToken cancel = default)
    {
        var head = Head;
        if (seen.Size == 0)
            return true;
        var proof = await Consistency(seen.Size, head.Size, cancel);
        return proof.Ok && Merkle.VerifyConsistency(seen.Size, head.Size, seen.Root, head.Checkpoint.Root, proof.Value);
    }

    /// <summary>
    /// Begins the next epoch of a log that is held: from here on checkpoints have another origin, the entry is the first leaf under it,
    /// and entries are taken again. When it fails, the same call is made again.
    /// </summary>
    /// <param name="number">One more than <see cref="Epoch"/>.</param>
    public async Task<Result<LogPosition>> BeginEpoch(int number, LogEntry entry, CancellationToken cancel = default)
    {
        if (Held is null || number != Epoch + 1)
            return Error.Conflict("log.epoch", "日志不能从这里开始新的一期", "The log cannot begin that epoch now");
        tree.Origin = LogEpoch.Origin(first, number);
        var begun = (await writer.Force([entry], cancel))[0];
        if (begun.Ok)
        {
            key = NoteKey.Of(tree.Origin, key.Key);
            writer.Held = null;
        }
        return begun;
    }

    /// <summary>The latest durable checkpoint.</summary>
    public LogHead Head => tree.Head;

    public long Size => tree.Published;

    /// <summary>
    /// A checkpoint as it is handed out: where the member uses SM2, with that line beside the log's own. It is made when it is shown and not with
    /// every group, of which there are a thousand a second: both are over the same text.
    /// </summary>
    public LogHead Shown(LogHead head)
    {
        if (second?.Invoke() is not { } also || SignedNote.Parse(head.Note) is not { Ok: true, Value: var note })
            return head;
        var line = seconded is { } made && made.Item1 == note.Text ? made.Item2 : SignedNote.Sign(note.Text, head.Checkpoint.Origin, also);
        seconded = Tuple.Create(note.Text, line);
        return head with { Note = (note with { Signatures = [note.Signatures[0], line, .. note.Signatures.Skip(1)] }).ToString() };
    }

    /// <summary>
    /// Opens the log, rebuilds its tree from the rows and compares it with what was signed. A log whose rows were changed, cut
    /// off or lost is refused (<c>log.tampered</c>, <c>log.truncated</c>, <c>log.key</c>) with the first wrong index where it can be told;
    /// <c>log.in-use</c> when another process has it open.
    /// </summary>
    /// <param name="database">A SQLite file of the log's own, or a PostgreSQL connection.</param>
    /// <param name="origin">The log's first name, such as <c>CN-YRD/340000/log</c>; a later epoch has its number behind it (<see cref="LogEpoch"/>).</param>
    /// <param name="key">Ed25519.</param>
    /// <param name="schema">On PostgreSQL, the schema of the log's own.</param>
    /// <param name="second">SM2, once the node has it; signs what is shown beside the log's own key.</param>
    /// <param name="wait">How long to wait for another writer to go: PostgreSQL frees a killed process's lock only when it notices.</param>
    public static async Task<Result<TransparencyLog>> Open(
        DatabaseOptions database, string origin, NodeKey key, TimeProvider clock, ILogger? logger = null, string schema = "tblog", TimeSpan wait = default, Func<NodeKey?>? second = null, CancellationToken cancel = default)
    {
        ILogStore store = database.IsSqlite ? new SqliteLogStore(database.Connection) : new PostgresLogStore(database.Connection, schema);
        var tree = new LogTree(origin, key);
        try
        {
            if (!await BecomeWriter(store, clock, wait, cancel))
            {
                await store.DisposeAsync();
                return Error.Unavailable("log.in-use", "日志正被另一进程使用", "Another process has the log open", "请停止另一进程后重试", "Stop the other process and try again");
            }
        }
        catch (InvalidDataException broken)
        {
            await store.DisposeAsync();
            return LogRebuild.Tampered("尚未入表的条目已被改动", broken.Message, null);
        }
        var id = NoteKey.Of(origin, key.Public);
        var nonces = new NonceMemory();
        Error? refusal;
        try
        {
            refusal = await LogRebuild.Run(store, tree, nonces, id, clock, cancel);
        }
        catch (InvalidCastException broken)
        {
            refusal = LogRebuild.Tampered("有一行的数据类型已被改动", $"a row holds another type than was written: {broken.Message}", null);
        }
        if (refusal is not null)
        {
            await store.DisposeAsync();
            return refusal;
        }
        var recent = new RecentLeaves();
        var writer = new LogWriter(store, tree, nonces, recent, clock, logger ?? NullLogger<TransparencyLog>.Instance);
        writer.Start();
        return new TransparencyLog(store, tree, writer, recent, origin, NoteKey.Of(tree.Origin, id.Key), second, clock);
    }

    static async Task<bool> BecomeWriter(ILogStore store, TimeProvider clock, TimeSpan wait, CancellationToken cancel)
    {
        for (var start = clock.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(100), clock, cancel))
        {
            if (await store.Prepare(cancel))
                return true;
            if (clock.GetElapsedTime(start) >= wait)
                return false;
        }
    }

    /// <summary>
    /// Logs an entry. Completes when it is durable. A reference logged before is answered with its first position;
    /// a nonce seen before is <c>signature.replayed</c> and nothing of this entry is kept; what no database could store is <c>log.entry</c>; when the database does not answer,
    /// <c>log.unavailable</c>: retry with the same reference and a fresh nonce, and it stands once.
    /// </summary>
    public async Task<Result<LogPosition>> Append(LogEntry entry, CancellationToken cancel = default) => (await writer.Append([entry], cancel))[0];

    /// <summary>Logs several entries in one group, side by side. Each is decided as if it had come alone; completes when all are durable.</summary>
    public Task<Result<LogPosition>[]> Append(IReadOnlyList<LogEntry> entries, CancellationToken cancel = default) => writer.Append(entries, cancel);

    /// <summary>Spends a nonce with nothing logged, durably: for requests that read or deliver. One seen before is <c>signature.replayed</c>.</summary>
    public async Task<Result<Done>> Spend(UsedNonce nonce, CancellationToken cancel = default)
    {
        var spent = await writer.Spend(nonce, cancel);
        return spent.Ok ? Done.It : spent.Error;
    }

    /// <summary>Units metered since an instant (Unix ms), by agreement, where this party was the provider.</summary>
    public Task<List<(string Agreement, long Units)>> UnitsSince(long at, string provider, CancellationToken cancel = default) =>
        Rows("SELECT agreement, CAST(sum(units) AS BIGINT) FROM metering WHERE at >= @p0 AND provider = @p1 GROUP BY agreement ORDER BY agreement",
            row => (row.GetString(0), row.GetInt64(1)), cancel, at, provider);

    /// <summary>Units of one agreement by purpose, from one instant (Unix ms) to before another.</summary>
    public Task<List<(string Purpose, long Units)>> UnitsByPurpose(string agreement, long from, long until, CancellationToken cancel = default) =>
        Rows("SELECT purpose, CAST(sum(units) AS BIGINT) FROM metering WHERE agreement = @p0 AND at >= @p1 AND at < @p2 AND units > 0 GROUP BY purpose ORDER BY purpose",
            row => (row.GetString(0), row.GetInt64(1)), cancel, agreement, from, until);

    /// <summary>The leaves of those uses, in order from after an index (-1 for the beginning), each with its purpose; at most 1000 at once.</summary>
    public Task<List<(long Index, string Purpose, byte[] Data)>> MeteredLeaves(string agreement, long from, long until, long after, CancellationToken cancel = default) =>
        Rows("""
            SELECT m.idx, m.purpose, l.data FROM metering m JOIN leaves l ON l.idx = m.idx
            WHERE m.agreement = @p0 AND m.at >= @p1 AND m.at < @p2 AND m.units > 0 AND m.idx > @p3 ORDER BY m.idx LIMIT 1000
            """,
            row => (row.GetInt64(0), row.GetString(1), (byte[])row[2]), cancel, agreement, from, until, after);

    /// <summary>
    /// Metering added up by agreement, outcome and day, of the leaves from one index on: whoever keeps the sums reads on from where they stand.
    /// </summary>
    /// <param name="offset">Milliseconds by which the days begin before those of UTC.</param>
    public Task<List<MeteredSum>> MeteringSums(long from, long until, long offset, CancellationToken cancel = default) =>
        Rows("""
            SELECT agreement, resource, consumer, provider, outcome, (at + @p2) / 86400000, count(*), CAST(sum(units) AS BIGINT)
            FROM metering WHERE idx >= @p0 AND idx < @p1 GROUP BY 1, 2, 3, 4, 5, 6
            """,
            row => new MeteredSum(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7)), cancel, from, until, offset);

    public Task<List<MeteredRow>> Metered(string agreement, long from, long to, MeteredRow? after, int count, CancellationToken cancel = default) =>
        Rows(MeteredRows.Between, MeteredRows.Read, cancel, agreement, from, to, after?.At ?? from, after?.Index ?? -1, Math.Clamp(count, 1, MeteredRows.Most));

    public Task<List<MeteredRow>> Metered(IReadOnlyList<string> references, CancellationToken cancel = default) =>
        references.Count == 0 ? Task.FromResult<List<MeteredRow>>([]) : Rows(MeteredRows.Of(references.Count), MeteredRows.Read, cancel, [.. references]);

    /// <summary>The latest leaves before an index, newest first; at most 1000 at once.</summary>
    public Task<List<LogLeaf>> LeavesBefore(long before, int count, CancellationToken cancel = default) =>
        Rows("SELECT idx, leaf_hash, data, at FROM leaves WHERE idx < @p0 ORDER BY idx DESC LIMIT @p1", Leaf, cancel, before, Math.Clamp(count, 0, 1000));

    /// <summary>The place of a reference, or null.</summary>
    public async Task<LogPosition?> Find(string reference, CancellationToken cancel = default) =>
        (await Rows("SELECT idx, at FROM leaves WHERE reference = @p0", row => new LogPosition(row.GetInt64(0), row.GetInt64(1), true), cancel, reference))
        .Select(position => (LogPosition?)position).FirstOrDefault();

    /// <summary>Leaves in order from an index; at most 1000 at once.</summary>
    public Task<List<LogLeaf>> Leaves(long from, int count, CancellationToken cancel = default) =>
        Rows("SELECT idx, leaf_hash, data, at FROM leaves WHERE idx >= @p0 ORDER BY idx LIMIT @p1", Leaf, cancel, from, Math.Clamp(count, 0, 1000));

    /// <summary>Those of some references that are there, in no order.</summary>
    public Task<List<LogLeaf>> Leaves(IReadOnlyList<string> references, CancellationToken cancel = default) =>
        references.Count == 0 ? Task.FromResult<List<LogLeaf>>([]) : Rows(
            $"SELECT idx, leaf_hash, data, at FROM leaves WHERE reference IN ({string.Join(", ", references.Select((_, i) => $"@p{i}"))})", Leaf, cancel, [.. references]);

    /// <summary>
    /// What <see cref="LogEntry.Mark"/> said of the leaves from an index on, in order; null when they are not all in memory any more (or not
    /// since this start): then read <see cref="Leaves"/>. Costs the database nothing.
    /// </summary>
    public IReadOnlyList<MarkedLeaf>? Recent(long from, int count) => recent.From(from, count);

    /// <summary>Metering records after a leaf index (-1 for the beginning), of one agreement or of all; at most 1000 at once.</summary>
    public Task<List<MeteredLeaf>> Metering(long after, int count, string? agreement = null, CancellationToken cancel = default)
    {
        const string columns = "SELECT idx, agreement, resource, consumer, provider, purpose, units, at, outcome FROM metering WHERE idx > @p0";
        var limit = Math.Clamp(count, 0, 1000);
        return agreement is null
            ? Rows($"{columns} ORDER BY idx LIMIT @p1", Metered, cancel, after, limit)
            : Rows($"{columns} AND agreement = @p2 ORDER BY idx LIMIT @p1", Metered, cancel, after, limit, agreement);
    }

    /// <summary>Leaves about one person (by blind index), newest first, before an index and an instant; for the data tracker.</summary>
    /// <param name="until">Unix ms, exclusive.</param>
    public Task<List<LogLeaf>> BySubject(string subject, long before = long.MaxValue, int count = 50, CancellationToken cancel = default, long until = long.MaxValue) => BySubject([subject], before, count, cancel, until);

    /// <param name="forms">The person's blind index in every form that may be stored.</param>
    /// <inheritdoc cref="BySubject(string, long, int, CancellationToken, long)" path="/param"/>
    public Task<List<LogLeaf>> BySubject(IReadOnlyList<string> forms, long before = long.MaxValue, int count = 50, CancellationToken cancel = default, long until = long.MaxValue) =>
        Rows(
            $"SELECT l.idx, l.leaf_hash, l.data, l.at FROM subjects s JOIN leaves l ON l.idx = s.idx WHERE ({string.Join(" OR ", forms.Select((_, i) => $"(s.subject = @p{i + 3} AND s.idx < @p0)"))}) AND l.at < @p2 ORDER BY s.idx DESC LIMIT @p1",
            Leaf, cancel, [before, Math.Clamp(count, 0, 1000), until, .. forms]);

    /// <summary>The persons (blind indexes) that a leaf is about.</summary>
    public Task<List<string>> SubjectsOf(long index, CancellationToken cancel = default) =>
        Rows("SELECT subject FROM subjects WHERE idx = @p0", row => row.GetString(0), cancel, index);

    /// <summary>The salts of a leaf's commitments; empty once erased.</summary>
    public async Task<List<LogSalt>> Salts(long index, CancellationToken cancel = default) =>
        [.. (await Rows("SELECT salts FROM leaves WHERE idx = @p0 AND salts IS NOT NULL", row => (byte[])row[0], cancel, index)).SelectMany(salts => LogSalts.Read(salts) ?? [])];

    /// <summary>
    /// Erases the salts of leaves and takes their persons out of the index: their commitments then say nothing, and nobody finds them by a person. The tree and
    /// every receipt stay valid. Said in the log itself first, a leaf for each (<see cref="ErasedLeaf"/>), so that an audit tells it from what
    /// somebody deleted. Stopped on the way, the same call does what is left.
    /// </summary>
    /// <param name="indexes">At most 200. What has no salts, or none any more, is passed over.</param>
    /// <param name="reason"><inheritdoc cref="ErasedLeaf.Of" path="/param[@name='reason']"/></param>
    /// <param name="by"><inheritdoc cref="ErasedLeaf.Of" path="/param[@name='by']"/></param>
    /// <returns>Of how many leaves.</returns>
    public async Task<Result<int>> EraseSalts(IReadOnlyList<long> indexes, string reason, string by, CancellationToken cancel = default)
    {
        if (indexes.Count is 0 or > 200)
            return 0;
        var named = string.Join(',', indexes.Select((_, i) => $"@p{i}"));
        object[] values = [.. indexes.Cast<object>()];
        var salted = await Rows($"SELECT idx, data FROM leaves WHERE idx IN ({named}) AND salts IS NOT NULL", row => (Index: row.GetInt64(0), Data: (byte[])row[1]), cancel, values);
        var at = clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var said in await Append([.. salted.Select(l => ErasedLeaf.Of(l.Index, StrictJson.Object(l.Data)?[LogEntry.About] is not null, reason, by, at))], CancellationToken.None))
        {
            if (!said.Ok)
                return said.Error;
        }
        // From here on the log says that it is done: nobody who goes away leaves it half done. Of earlier ones it may have been, by a kill.
        var gone = (await Leaves([.. indexes.Select(ErasedLeaf.ReferenceOf)], CancellationToken.None)).Select(l => ErasedLeaf.Read(l.Data)?.Index).ToHashSet();
        var erased = await writer.Execute(async transaction =>
        {
            var sum = 0;
            foreach (var (index, _) in salted)
                sum += await transaction.Execute("UPDATE leaves SET salts = NULL WHERE idx = @p0 AND salts IS NOT NULL", index);
            return sum;
        }, CancellationToken.None);
        // Until none is left: the index may be brought under another key meanwhile, and what was read is not what stands there.
        while (erased.Ok && (await SubjectsOf(indexes)).FindAll(s => gone.Contains(s.Index)) is { Count: > 0 } left)
        {
            var unnamed = await writer.Execute(async transaction =>
            {
                var count = 0;
                foreach (var (subject, index) in left)
                    count += await transaction.Execute("DELETE FROM subjects WHERE subject = @p0 AND idx = @p1", subject, index);
                return count;
            }, CancellationToken.None);
            if (!unnamed.Ok)
                return unnamed.Error;
        }
        return erased;
    }

    /// <summary>Blind indexes of whom leaves are about, as they are found by them; at most 200 leaves at once.</summary>
    public Task<List<(string Subject, long Index)>> SubjectsOf(IReadOnlyList<long> indexes, CancellationToken cancel = default) =>
        Rows($"SELECT subject, idx FROM subjects WHERE idx IN ({string.Join(',', indexes.Select((_, i) => $"@p{i}"))})", row => (row.GetString(0), row.GetInt64(1)), cancel, [.. indexes.Cast<object>()]);

    /// <summary>Brings the index of persons into the vault's newest form; leaves stay as they are, and what they commit to is sealed beside them. May be stopped and run again.</summary>
    /// <returns>How many rows were changed.</returns>
    public Task<Result<long>> Reindex(Vault vault, Action<long> progress, CancellationToken cancel = default) => LogIndexes.Reindex(this, writer, vault, progress, cancel);

    /// <summary>Seals what is sealed beside leaves with the vault's newest envelope key.</summary>
    public Task<Result<long>> Reseal(Vault vault, CancellationToken cancel = default) => LogIndexes.Reseal(this, writer, vault, cancel);

    /// <summary>What of a log, which this process need not have open, hangs on older keys.</summary>
    public static async Task<LogUnderKeys> UnderKeys(DatabaseOptions database, Vault vault, string schema = "tblog", CancellationToken cancel = default)
    {
        if (database.IsSqlite && !File.Exists(database.Connection))
            return new(0, 0, new Dictionary<string, long>());
        await using ILogStore store = database.IsSqlite ? new SqliteLogStore(database.Connection) : new PostgresLogStore(database.Connection, schema);
        return await LogIndexes.Count(store, vault, cancel);
    }

    /// <summary>Whether the index of persons of a log, which this process need not have open, has anything in an older form than the newest.</summary>
    public static async Task<bool> AnyOlder(DatabaseOptions database, Vault vault, string schema = "tblog", CancellationToken cancel = default)
    {
        if (database.IsSqlite && !File.Exists(database.Connection))
            return false;
        await using ILogStore store = database.IsSqlite ? new SqliteLogStore(database.Connection) : new PostgresLogStore(database.Connection, schema);
        return await LogIndexes.AnyOlder(store, vault, cancel);
    }

    /// <summary>The audit path of a leaf in the tree of a size. Fails with <c>log.out-of-range</c>.</summary>
    public Task<Result<byte[][]>> Inclusion(long index, long size, CancellationToken cancel = default) => tree.Inclusion(index, size, tile => LeafHashes(tile, cancel));

    /// <summary>
    /// Leaves that follow one another, under the latest checkpoint: what a message is sealed with. One signature stands for as many leaves as a group
    /// has. Fails with <c>log.out-of-range</c>.
    /// </summary>
    public async Task<Result<LoggedRange>> Range(long first, int count, CancellationToken cancel = default)
    {
        var head = Head;
        return (await tree.Range(first, first + count, head.Size, tile => LeafHashes(tile, cancel))).Map(proof => new LoggedRange(head, first, proof));
    }

    /// <summary>That a later tree begins with an earlier one. Fails with <c>log.out-of-range</c>.</summary>
    public Task<Result<byte[][]>> Consistency(long firstSize, long secondSize, CancellationToken cancel = default) => tree.Consistency(firstSize, secondSize, tile => LeafHashes(tile, cancel));

    /// <summary>
    /// A tile of the published tree (C2SP tlog-tiles): the hashes of level 8·<paramref name="level"/> from 256·<paramref name="number"/> on.
    /// Fails with <c>log.out-of-range</c> when there are not so many yet.
    /// </summary>
    public async Task<Result<byte[]>> Tile(int level, long number, int width, CancellationToken cancel = default)
    {
        // 56 bits of index at most: what no log reaches is refused before it is counted with.
        if (level is < 0 or > 7 || number < 0 || number > long.MaxValue >> 9 || width is < 1 or > MerkleTree.Tile || (number * MerkleTree.Tile) + width > Size >> (8 * level))
            return LogTree.OutOfRange();
        if (level > 0)
            return tree.Tile(level, number, width);
        var hashes = await Rows("SELECT leaf_hash FROM leaves WHERE idx >= @p0 AND idx < @p1 ORDER BY idx", row => (byte[])row[0], cancel, number * MerkleTree.Tile, (number * MerkleTree.Tile) + width);
        return hashes.SelectMany(hash => hash).ToArray();
    }

    async Task<byte[]> LeafHashes(long tile, CancellationToken cancel)
    {
        var hashes = await Rows("SELECT leaf_hash FROM leaves WHERE idx >= @p0 AND idx < @p1 ORDER BY idx", row => (byte[])row[0], cancel, tile * MerkleTree.Tile, (tile + 1) * MerkleTree.Tile);
        return [.. hashes.SelectMany(hash => hash)];
    }

    /// <summary>Adds a witness's cosignature/v1 line to the checkpoint of a size. Fails with <c>checkpoint.unknown</c> or <c>checkpoint.cosignature</c>.</summary>
    public async Task<Result<Done>> AddCosignature(long size, string line, NoteKey witness, CancellationToken cancel = default)
    {
        var notes = await Rows("SELECT note FROM checkpoints WHERE size = @p0", row => row.GetString(0), cancel, size);
        if (notes.Count == 0 || SignedNote.Parse(notes[0]) is not { Ok: true } note)
            return Error.NotFound("checkpoint.unknown", $"没有大小为 {size} 的检查点", $"There is no checkpoint of size {size}");
        var parsed = SignedNote.ParseLine(line);
        if (!parsed.Ok)
            return parsed.Error;
        if (witness.Kind != NoteKeyKind.CosignatureV1 || !new SignedNote(note.Value.Text, [parsed.Value]).HoldsFor(witness))
            return Error.Forbidden("checkpoint.cosignature", "见证签名无效", "The cosignature is not valid");
        var added = await writer.Execute(
            async transaction =>
            {
                var at = clock.GetUtcNow().ToUnixTimeMilliseconds();
                var rows = await transaction.Execute(
                    "INSERT INTO cosignatures (size, witness, line, at) VALUES (@p0, @p1, @p2, @p3) ON CONFLICT DO NOTHING", size, witness.Name, parsed.Value.ToString(), at);
                return rows == 0 ? 0 : await transaction.Execute("UPDATE checkpoints SET cosigned = cosigned + 1 WHERE size = @p0", size);
            },
            cancel);
        return added.Ok ? Done.It : added.Error;
    }

    /// <summary>The first checkpoint that covers an index and has at least so many cosignatures, with all its lines; null when there is none yet.</summary>
    public async Task<LogHead?> Covering(long index, int witnesses = 0, CancellationToken cancel = default)
    {
        if (index >= Size)
            return null;
        var found = await Rows(
            "SELECT note, at, size FROM checkpoints WHERE size > @p0 AND cosigned >= @p1 ORDER BY size LIMIT 1",
            row => (Head: LogHead.Stored(row.GetString(0), row.GetInt64(1)), Size: row.GetInt64(2)), cancel, index, witnesses);
        if (found.Count == 0 || found[0].Head is not { } head)
            return null;
        var lines = await Rows("SELECT line FROM cosignatures WHERE size = @p0 ORDER BY witness", row => row.GetString(0), cancel, found[0].Size);
        return Shown(head with { Note = head.Note + string.Concat(lines.Select(line => line + "\n")) });
    }

    /// <summary>
    /// The receipt of a reference: with so many cosignatures if a checkpoint has them, else with as many as one has (the log's own
    /// signature at least). Fails with <c>receipt.unknown</c>.
    /// </summary>
    public async Task<Result<Receipt>> Receipt(string reference, int witnesses = 1, CancellationToken cancel = default)
    {
        if (await Find(reference, cancel) is not { } position)
            return Error.NotFound("receipt.unknown", "日志中没有这个编号", "The log has no such reference");
        LogHead? found = null;
        for (var cosigned = witnesses; cosigned >= 0 && found is null; cosigned--)
            found = await Covering(position.Index, cosigned, cancel);
        var head = found ?? Shown(Head);
        var leaf = (await Leaves(position.Index, 1, cancel))[0];
        return (await Inclusion(position.Index, head.Size, cancel)).Map(proof => Trust.Receipt.Of(leaf, proof, head.Note));
    }

    /// <summary>Recomputes everything from the rows: for <c>tongban audit</c>.</summary>
    /// <param name="witnesses">Keys whose cosignatures are checked too.</param>
    /// <param name="vault">Opens what is sealed beside leaves; without it that is counted and not checked.</param>
    public Task<LogAudit> Verify(IReadOnlyList<NoteKey>? witnesses = null, IVault? vault = null, CancellationToken cancel = default) =>
        LogAudit.Run(store, [.. Enumerable.Range(1, Epoch).Select(number => NoteKey.Of(LogEpoch.Origin(first, number), Key.Key))], witnesses ?? [], cancel, vault: vault);

    /// <summary>The same for a log that this process has not open, running elsewhere or damaged: nothing is written and no lock is taken.</summary>
    /// <param name="key">The log's key, from the directory and not from the log.</param>
    /// <param name="ended">Keys of its earlier epochs, in order.</param>
    /// <param name="visit">Sees every leaf once, in order.</param>
    /// <param name="sizes">Of checkpoints that will be compared (<see cref="LogAudit.Continues"/>).</param>
    /// <param name="vault">Opens what is sealed beside leaves; without it that is counted and not checked.</param>
    public static async Task<LogAudit> Audit(
        DatabaseOptions database, NoteKey key, IReadOnlyList<NoteKey>? witnesses = null, Action<LogLeaf>? visit = null, string schema = "tblog", IEnumerable<long>? sizes = null, IEnumerable<NoteKey>? ended = null, IVault? vault = null, CancellationToken cancel = default)
    {
        await using ILogStore store = database.IsSqlite ? new SqliteLogStore(database.Connection) : new PostgresLogStore(database.Connection, schema);
        return await LogAudit.Run(store, [.. ended ?? [], key], witnesses ?? [], cancel, visit, sizes, vault);
    }

    /// <summary>The metering of a log that this process has not open, as it stands now: nothing is written and no lock is taken.</summary>
    public static async Task<MeteredSnapshot> Metering(DatabaseOptions database, string schema = "tblog", CancellationToken cancel = default)
    {
        ILogStore store = database.IsSqlite ? new SqliteLogStore(database.Connection) : new PostgresLogStore(database.Connection, schema);
        return await MeteredSnapshot.Take(store, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await writer.Stop();
        }
        finally
        {
            await store.DisposeAsync();
        }
    }

    internal async Task<List<T>> Rows<T>(string sql, Func<DbDataReader, T> read, CancellationToken cancel, params object[] values)
    {
        if (await Settled(cancel) is { Ok: false } settled)
        {
            var why = $"What waits in the journal of the log {Origin} cannot be moved to its tables now";
            throw settled.Error.Code == "storage.full" ? StorageFull.With(why) : new IOException(why);
        }
        await using var connection = await store.OpenReader(cancel);
        await using var command = connection.Command(sql, values);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var list = new List<T>();
        while (await rows.ReadAsync(cancel))
            list.Add(read(rows));
        return list;
    }

    /// <summary>Whoever was told that an entry stands finds it.</summary>
    async ValueTask<Result<Done>> Settled(CancellationToken cancel) => store.Pending == 0 ? Done.It : await writer.Settle(cancel);

    static LogLeaf Leaf(DbDataReader row) => new(row.GetInt64(0), (byte[])row[1], (byte[])row[2], row.GetInt64(3));

    static MeteredLeaf Metered(DbDataReader row) => new(row.GetInt64(0), LogAudit.Metering(row, 1));
}
