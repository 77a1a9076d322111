using System.Data.Common;
using System.Text.Json.Nodes;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>What recomputing a whole log found.</summary>
/// <param name="Findings">One line for each check; a wrong one names the first bad place.</param>
public sealed record LogAudit(long Leaves, long Checkpoints, IReadOnlyList<Finding> Findings)
{
    IReadOnlyDictionary<long, byte[]> roots = new Dictionary<long, byte[]>();

    /// <summary>Whether these leaves are what somebody else saw of the log at a size that was named before: the same, and not fewer.</summary>
    public bool Continues(Checkpoint seen) => roots.TryGetValue(seen.Size, out var root) && seen.Root.AsSpan().SequenceEqual(root);

    public bool Clean => Findings.All(finding => finding.Ok);

    internal static async Task<LogAudit> Run(ILogStore store, IReadOnlyList<NoteKey> epochs, IReadOnlyList<NoteKey> witnesses, CancellationToken cancel, Action<LogLeaf>? visit = null, IEnumerable<long>? sizes = null, IVault? vault = null)
    {
        try
        {
            return await Check(store, epochs, witnesses, visit, sizes ?? [], vault, cancel);
        }
        catch (InvalidDataException broken)
        {
            return new(0, 0, [Bad("leaves", "尚未入表的条目已被改动", broken.Message)]);
        }
        catch (InvalidCastException broken)
        {
            return new(0, 0, [Bad("leaves", "有一行的数据类型已被改动", $"A row holds another type than was written: {broken.Message}")]);
        }
    }

    static async Task<LogAudit> Check(ILogStore store, IReadOnlyList<NoteKey> epochs, IReadOnlyList<NoteKey> witnesses, Action<LogLeaf>? visit, IEnumerable<long> sizes, IVault? vault, CancellationToken cancel)
    {
        // One view of a log that may be running: every group in it is whole, with its checkpoint.
        var (reader, pending) = await store.OpenSnapshot(cancel);
        await using (reader)
        {
            var size = await First(reader, "SELECT COALESCE(MAX(size), 0) FROM checkpoints", cancel) ?? 0;
            var leaves = new LeafAudit(visit, vault, (HashSet<long>)[.. await All(reader, "SELECT size FROM checkpoints", cancel), .. sizes]);
            await Read(reader, leaves, cancel);
            foreach (var leaf in pending)
                leaves.See(leaf);
            var (count, checkpoints) = await CheckCheckpoints(reader, leaves, epochs, cancel);
            return new(leaves.Tree.Size, count,
            [
                leaves.Leaves(size),
                checkpoints,
                leaves.References,
                await MeteringAlone(reader, cancel) ?? leaves.Metering,
                await PersonsAlone(reader, cancel) ?? leaves.Persons,
                await CheckTiles(reader, leaves.Tree, cancel),
                await CheckCosignatures(reader, witnesses, leaves.Tree.Size, leaves.Last + 1, cancel),
            ])
            { roots = leaves.Roots };
        }
    }

    internal static Metering Metering(DbDataReader row, int at) => new(
        row.GetString(at), row.GetString(at + 1), row.GetString(at + 2), row.GetString(at + 3), row.GetString(at + 4), row.GetInt64(at + 5), row.GetInt64(at + 6), row.GetString(at + 7));

    static async Task Read(DbConnection reader, LeafAudit leaves, CancellationToken cancel)
    {
        await using var command = reader.Command(
            """
            SELECT l.idx, l.leaf_hash, l.data, l.at, l.reference, m.agreement, m.resource, m.consumer, m.provider, m.purpose, m.units, m.at, m.outcome, l.salts, s.subject
            FROM leaves l LEFT JOIN metering m ON m.idx = l.idx LEFT JOIN subjects s ON s.idx = l.idx ORDER BY l.idx
            """);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        NewLeaf? leaf = null;
        while (await rows.ReadAsync(cancel))
        {
            var index = rows.GetInt64(0);
            if (leaf?.Index == index)
            {
                // One more person of the same leaf.
                leaf = leaf with { Entry = leaf.Entry with { Subjects = [.. leaf.Entry.Subjects, rows.GetString(14)] } };
                continue;
            }
            if (leaf is not null)
                leaves.See(leaf);
            leaf = new NewLeaf(index, (byte[])rows[1], new LogEntry(rows.GetString(4), (byte[])rows[2])
            {
                Metering = rows.IsDBNull(5) ? null : Metering(rows, 5),
                // Salts that cannot be read open nothing, and are not erased either.
                Salts = rows.IsDBNull(13) ? [] : LogSalts.Read((byte[])rows[13]) ?? [new LogSalt(LogEntry.About, [])],
                Subjects = rows.IsDBNull(14) ? [] : [rows.GetString(14)],
            }, rows.GetInt64(3));
        }
        if (leaf is not null)
            leaves.See(leaf);
    }

    static async Task<(long Count, Finding Finding)> CheckCheckpoints(DbConnection reader, LeafAudit leaves, IReadOnlyList<NoteKey> epochs, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT size, note FROM checkpoints WHERE size <= @p0 ORDER BY size", leaves.Tree.Size);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var (count, epoch) = (0L, 0);
        for (; await rows.ReadAsync(cancel); count++)
        {
            var size = rows.GetInt64(0);
            // An epoch that began is never left for an earlier one.
            while (epoch < epochs.Count - 1 && !rows.GetString(1).StartsWith(epochs[epoch].Name + "\n", StringComparison.Ordinal))
                epoch++;
            var verified = Checkpoint.Verify(rows.GetString(1), epochs[epoch]);
            if (!verified.Ok || verified.Value.Checkpoint.Size != size)
                return (count, Bad("checkpoints", $"大小 {size} 的检查点签名无效", $"The signature of the checkpoint of size {size} does not hold"));
            if (!verified.Value.Checkpoint.Root.AsSpan().SequenceEqual(leaves.Roots[size]))
                return (count, Bad("checkpoints", $"大小 {size} 的检查点与日志内容不符", $"The checkpoint of size {size} does not match the leaves"));
        }
        return (count, Good("checkpoints", $"{count} 个检查点签名有效，根与日志一致", $"{count} checkpoints: signatures hold, roots match"));
    }

    static async Task<Finding> CheckTiles(DbConnection reader, MerkleTree tree, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT n, root FROM tiles ORDER BY n");
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var count = 0L;
        for (; await rows.ReadAsync(cancel); count++)
        {
            var tile = rows.GetInt64(0);
            if (tile >= tree.Tiles || !tree.TileRoot(tile).SequenceEqual((byte[])rows[1]))
                return Bad("tiles", $"第 {tile} 组叶子的根被改动", $"The stored root of tile {tile} is not that of its leaves");
        }
        return Good("tiles", $"{count} 组叶子的根与日志一致", $"The stored roots of {count} tiles are those of their leaves");
    }

    static async Task<Finding?> MeteringAlone(DbConnection reader, CancellationToken cancel) =>
        await First(reader, "SELECT MIN(m.idx) FROM metering m LEFT JOIN leaves l ON l.idx = m.idx WHERE l.idx IS NULL", cancel) is { } without
            ? Bad("metering", $"计量记录 {without} 在日志中没有对应的条目", $"Metering record {without} has no leaf")
            : null;

    static async Task<Finding?> PersonsAlone(DbConnection reader, CancellationToken cancel) =>
        await First(reader, "SELECT MIN(s.idx) FROM subjects s LEFT JOIN leaves l ON l.idx = s.idx WHERE l.idx IS NULL", cancel) is { } without
            ? Bad("persons", $"当事人索引指向不存在的第 {without} 条", $"The index of persons names leaf {without}, which is not there")
            : null;

    static async Task<Finding> CheckCosignatures(DbConnection reader, IReadOnlyList<NoteKey> witnesses, long size, long leaves, CancellationToken cancel)
    {
        if (await First(reader, $"SELECT MAX(size) FROM cosignatures WHERE size > {leaves}", cancel) is { } witnessed)
            return Bad("cosignatures", $"见证过 {witnessed} 条，现在只剩 {size} 条：日志被截短", $"{witnessed} leaves were witnessed and {size} are left: the log was cut");
        if (await First(reader, "SELECT MIN(c.size) FROM cosignatures c LEFT JOIN checkpoints s ON s.size = c.size WHERE s.size IS NULL", cancel) is { } lost)
            return Bad("cosignatures", $"见证过的检查点 {lost} 不见了", $"The checkpoint of size {lost}, which was witnessed, is missing");
        if (await First(reader, "SELECT MIN(s.size) FROM checkpoints s WHERE s.cosigned <> (SELECT COUNT(*) FROM cosignatures c WHERE c.size = s.size)", cancel) is { } miscounted)
            return Bad("cosignatures", $"大小 {miscounted} 的检查点上的见证签名缺失或增多", $"Cosignatures of the checkpoint of size {miscounted} are missing, or there are too many");
        await using var command = reader.Command(
            "SELECT c.size, s.note, c.witness, c.line FROM cosignatures c JOIN checkpoints s ON s.size = c.size WHERE c.size <= @p0 ORDER BY c.size", size);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var (held, unknown) = (0L, 0L);
        while (await rows.ReadAsync(cancel))
        {
            var name = rows.GetString(2);
            if (witnesses.FirstOrDefault(w => w.Name == name) is not { } witness)
            {
                unknown++;
                continue;
            }
            if (SignedNote.Parse(rows.GetString(1) + rows.GetString(3) + "\n") is not { Ok: true } note || !note.Value.HoldsFor(witness))
                return Bad("cosignatures", $"大小 {rows.GetInt64(0)} 的检查点上 {name} 的见证签名无效", $"The cosignature of {name} on the checkpoint of size {rows.GetInt64(0)} does not hold");
            held++;
        }
        return Good("cosignatures", $"{held} 个见证签名有效，{unknown} 个见证方密钥未提供", $"{held} cosignatures hold; the keys of {unknown} were not given");
    }

    static async Task<long?> First(DbConnection reader, string sql, CancellationToken cancel)
    {
        await using var command = reader.Command(sql);
        return await command.ExecuteScalarAsync(cancel) is long found ? found : null;
    }

    static async Task<List<long>> All(DbConnection reader, string sql, CancellationToken cancel)
    {
        await using var command = reader.Command(sql);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var all = new List<long>();
        while (await rows.ReadAsync(cancel))
            all.Add(rows.GetInt64(0));
        return all;
    }

    internal static Finding Good(string step, string zh, string en) => new(step, true, new Words(zh, en));

    internal static Finding Bad(string step, string zh, string en) => new(step, false, new Words(zh, en));
}

/// <summary>Sees every leaf once, in order, with what hangs on it, and keeps the first of each kind that is wrong.</summary>
/// <param name="sizes">At which the root is wanted.</param>
sealed class LeafAudit(Action<LogLeaf>? visit, IVault? vault, IReadOnlySet<long> sizes)
{
    const int Kept = 16 * MerkleTree.Tile;

    readonly Dictionary<long, byte[]> roots = sizes.Contains(0) ? new() { [0] = Merkle.EmptyRoot } : [];

    Finding? leaves;
    Finding? references;
    Finding? metering;
    Finding? persons;
    long metered;
    long named;
    long erased;
    long closed;

    /// <summary>About somebody, and nobody can tell whom: right only where a later leaf says that it was erased.</summary>
    readonly HashSet<long> silent = [];

    /// <summary>Over the leaves up to the first wrong one.</summary>
    public MerkleTree Tree { get; } = new();

    /// <summary>The roots at the sizes that were wanted and reached.</summary>
    public IReadOnlyDictionary<long, byte[]> Roots => roots;

    /// <summary>Index of the last leaf that is there; -1 when there is none.</summary>
    public long Last { get; private set; } = -1;

    public void See(NewLeaf leaf)
    {
        Last = leaf.Index;
        Chain(leaf);
        var stated = StrictJson.Object(leaf.Entry.Data);
        if (stated?["ref"] is { } reference && reference.ToString() != leaf.Entry.Reference)
            references ??= LogAudit.Bad("references", $"第 {leaf.Index} 条的编号被改动", $"The reference of leaf {leaf.Index} was changed");
        metering ??= Meter(leaf, stated?["metering"]);
        persons ??= Name(leaf, stated?["about"]) ?? Erase(leaf);
    }

    public Finding Leaves(long size) => leaves ?? (Tree.Size == size
        ? LogAudit.Good("leaves", $"{size} 条，内容与散列一致，编号连续", $"{size} leaves match their hashes, without a gap")
        : LogAudit.Bad("leaves", $"应有 {size} 条，实有 {Tree.Size} 条", $"{size} leaves should be there, {Tree.Size} are"));

    public Finding References => references ?? LogAudit.Good("references", "每条的编号与内容一致", "The reference of every leaf is as the leaf states it");

    public Finding Metering => metering ?? LogAudit.Good("metering", $"{metered} 条计量记录与日志一致", $"{metered} metering records match their leaves");

    public Finding Persons => persons ?? (silent.Count > 0 ? Lacking(silent.Min()) : LogAudit.Good("persons",
        $"{named} 条的当事人索引与日志一致，其中 {erased} 条应要求删除了盐，不可再核{(closed > 0 ? $"；{closed} 条的盐已封存，没有密钥库不能核对" : "")}",
        $"The index of persons matches {named} leaves; of them {erased} were erased on request, so nobody can tell any more whom they were about{(closed > 0 ? $"; of {closed} it is sealed and was not checked without the keystore" : "")}"));

    void Chain(NewLeaf leaf)
    {
        if (leaves is not null)
            return;
        if (leaf.Index != Tree.Size)
            leaves = LogAudit.Bad("leaves", $"第 {Tree.Size} 条缺失", $"Leaf {Tree.Size} is missing");
        else if (!Merkle.LeafHash(leaf.Entry.Data).AsSpan().SequenceEqual(leaf.Hash))
            leaves = LogAudit.Bad("leaves", $"第 {leaf.Index} 条内容与其散列不符", $"Leaf {leaf.Index} does not match its hash");
        if (leaves is not null)
            return;
        Tree.Append(leaf.Hash);
        if (sizes.Contains(Tree.Size))
            roots[Tree.Size] = Tree.Root();
        if (Tree.Size % Kept == 0)
            Tree.DropBefore(Tree.Size);
        visit?.Invoke(new LogLeaf(leaf.Index, leaf.Hash, leaf.Entry.Data, leaf.At));
    }

    Finding? Name(NewLeaf leaf, JsonNode? stated)
    {
        if (stated is null)
            return leaf.Entry.Subjects.Count == 0 ? null : LogAudit.Bad("persons", $"第 {leaf.Index} 条不涉及个人，索引却指向它", $"Leaf {leaf.Index} is about nobody, yet the index of persons names it");
        named++;
        var isSalted = leaf.Entry.Salts.Any(s => s.Name is LogEntry.About or LogAbout.Sealed);
        if (isSalted == (leaf.Entry.Subjects.Count == 0))
            return Lacking(leaf.Index);
        if (!isSalted)
        {
            silent.Add(leaf.Index);
            return null;
        }
        if (leaf.Entry.Salts.FirstOrDefault(s => s.Name == LogAbout.Sealed) is { } box)
        {
            if (vault is null)
                closed++;
            return vault is null || LogAbout.Matches(stated.ToString(), box, leaf.Index, leaf.Entry.Subjects, vault) ? null : Changed(leaf);
        }
        return Commitment.Opens(stated.ToString(), leaf.Entry.Salts.First(s => s.Name == LogEntry.About).Value, LogEntry.Named(leaf.Entry.Subjects))
            ? null
            : Changed(leaf);
    }

    Finding? Erase(NewLeaf leaf)
    {
        if (ErasedLeaf.Read(leaf.Entry.Data) is not { Person: true, Index: var index })
            return null;
        if (!silent.Remove(index))
            return LogAudit.Bad("persons", $"第 {leaf.Index} 条说明第 {index} 条的盐已删除，实际还在：请再删除一次", $"Leaf {leaf.Index} says that the salts of leaf {index} were erased, and they are still there: erase them again");
        erased++;
        return null;
    }

    static Finding Lacking(long index) => LogAudit.Bad("persons",
        $"第 {index} 条的当事人不在索引中或盐缺失，日志中也没有应要求删除的记录", $"The index of persons lacks leaf {index} or its salt is missing, and no leaf says that it was erased on request");

    static Finding Changed(NewLeaf leaf) => LogAudit.Bad("persons", $"第 {leaf.Index} 条在当事人索引中被改动", $"The index of persons was changed for leaf {leaf.Index}");

    Finding? Meter(NewLeaf leaf, JsonNode? stated)
    {
        if (leaf.Entry.Metering is not { } record)
            return stated is null ? null : LogAudit.Bad("metering", $"第 {leaf.Index} 条的计量记录缺失", $"The metering record of leaf {leaf.Index} is missing");
        metered++;
        if (stated is null)
            return LogAudit.Bad("metering", $"第 {leaf.Index} 条不计量，却有计量记录", $"Leaf {leaf.Index} states no metering, yet there is a record");
        return CanonicalJson.Write(stated).AsSpan().SequenceEqual(CanonicalJson.Write(record.ToJson()))
            ? null
            : LogAudit.Bad("metering", $"第 {leaf.Index} 条的计量记录被改动", $"The metering record of leaf {leaf.Index} was changed");
    }
}
