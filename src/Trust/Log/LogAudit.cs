using System.Data.Common;
using System.Text.Json.Nodes;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>What recomputing a whole log found.</summary>
/// <param name="Findings">One line for each check; a wrong one names the first bad place.</param>
public sealed record LogAudit(long Leaves, long Checkpoints, IReadOnlyList<Finding> Findings)
{
    public bool Clean => Findings.All(finding => finding.Ok);

    internal static async Task<LogAudit> Run(ILogStore store, NoteKey key, long size, IReadOnlyList<NoteKey> witnesses, CancellationToken cancel, Action<LogLeaf>? visit = null)
    {
        await using var reader = await store.OpenReader(cancel);
        var tree = new MerkleTree();
        var leaves = await CheckLeaves(reader, tree, size, visit, cancel);
        var (count, checkpoints) = await CheckCheckpoints(reader, tree, key, cancel);
        return new(tree.Size, count,
        [
            leaves,
            checkpoints,
            await CheckReferences(reader, tree.Size, cancel),
            await CheckMetering(reader, tree.Size, cancel),
            await CheckCosignatures(reader, witnesses, tree.Size, cancel),
        ]);
    }

    internal static Metering Metering(DbDataReader row, int at) => new(
        row.GetString(at), row.GetString(at + 1), row.GetString(at + 2), row.GetString(at + 3), row.GetString(at + 4), row.GetInt64(at + 5), row.GetInt64(at + 6), row.GetString(at + 7));

    // Everything is read up to the size at the start, so that an audit of a running log is exact.
    static async Task<Finding> CheckLeaves(DbConnection reader, MerkleTree tree, long size, Action<LogLeaf>? visit, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT idx, leaf_hash, data, at FROM leaves WHERE idx < @p0 ORDER BY idx", size);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (rows.GetInt64(0) != tree.Size)
                return Bad("leaves", $"第 {tree.Size} 条缺失", $"Leaf {tree.Size} is missing");
            if (!Merkle.LeafHash((byte[])rows[2]).AsSpan().SequenceEqual((byte[])rows[1]))
                return Bad("leaves", $"第 {tree.Size} 条内容与其散列不符", $"Leaf {tree.Size} does not match its hash");
            tree.Append((byte[])rows[1]);
            visit?.Invoke(new LogLeaf(rows.GetInt64(0), (byte[])rows[1], (byte[])rows[2], rows.GetInt64(3)));
        }
        return tree.Size == size
            ? Good("leaves", $"{size} 条，内容与散列一致，编号连续", $"{size} leaves match their hashes, without a gap")
            : Bad("leaves", $"应有 {size} 条，实有 {tree.Size} 条", $"{size} leaves should be there, {tree.Size} are");
    }

    static async Task<(long Count, Finding Finding)> CheckCheckpoints(DbConnection reader, MerkleTree tree, NoteKey key, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT size, note FROM checkpoints WHERE size <= @p0 ORDER BY size", tree.Size);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var count = 0L;
        for (; await rows.ReadAsync(cancel); count++)
        {
            var size = rows.GetInt64(0);
            var verified = Checkpoint.Verify(rows.GetString(1), key);
            if (!verified.Ok || verified.Value.Checkpoint.Size != size)
                return (count, Bad("checkpoints", $"大小 {size} 的检查点签名无效", $"The signature of the checkpoint of size {size} does not hold"));
            if (!verified.Value.Checkpoint.Root.AsSpan().SequenceEqual(tree.Root(size)))
                return (count, Bad("checkpoints", $"大小 {size} 的检查点与日志内容不符", $"The checkpoint of size {size} does not match the leaves"));
        }
        return (count, Good("checkpoints", $"{count} 个检查点签名有效，根与日志一致", $"{count} checkpoints: signatures hold, roots match"));
    }

    static async Task<Finding> CheckReferences(DbConnection reader, long size, CancellationToken cancel)
    {
        await using var command = reader.Command("SELECT idx, reference, data FROM leaves WHERE idx < @p0 ORDER BY idx", size);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (StrictJson.Object((byte[])rows[2])?["ref"] is JsonValue stated && stated.ToString() != rows.GetString(1))
                return Bad("references", $"第 {rows.GetInt64(0)} 条的编号被改动", $"The reference of leaf {rows.GetInt64(0)} was changed");
        }
        return Good("references", "每条的编号与内容一致", "The reference of every leaf is as the leaf states it");
    }

    static async Task<Finding> CheckMetering(DbConnection reader, long size, CancellationToken cancel)
    {
        if (await First(reader, "SELECT MIN(m.idx) FROM metering m LEFT JOIN leaves l ON l.idx = m.idx WHERE l.idx IS NULL", cancel) is { } without)
            return Bad("metering", $"计量记录 {without} 在日志中没有对应的条目", $"Metering record {without} has no leaf");
        await using var command = reader.Command(
            """
            SELECT l.idx, l.data, m.agreement, m.resource, m.consumer, m.provider, m.purpose, m.units, m.at, m.outcome
            FROM leaves l LEFT JOIN metering m ON m.idx = l.idx WHERE l.idx < @p0 ORDER BY l.idx
            """,
            size);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var metered = 0L;
        while (await rows.ReadAsync(cancel))
        {
            var (index, stated) = (rows.GetInt64(0), StrictJson.Object((byte[])rows[1])?["metering"]);
            if (rows.IsDBNull(2))
            {
                if (stated is not null)
                    return Bad("metering", $"第 {index} 条的计量记录缺失", $"The metering record of leaf {index} is missing");
                continue;
            }
            metered++;
            if (stated is null)
                return Bad("metering", $"第 {index} 条不计量，却有计量记录", $"Leaf {index} states no metering, yet there is a record");
            if (!CanonicalJson.Write(stated).AsSpan().SequenceEqual(CanonicalJson.Write(Metering(rows, 2).ToJson())))
                return Bad("metering", $"第 {index} 条的计量记录被改动", $"The metering record of leaf {index} was changed");
        }
        return Good("metering", $"{metered} 条计量记录与日志一致", $"{metered} metering records match their leaves");
    }

    static async Task<Finding> CheckCosignatures(DbConnection reader, IReadOnlyList<NoteKey> witnesses, long size, CancellationToken cancel)
    {
        if (await First(reader, "SELECT MAX(size) FROM cosignatures WHERE size > (SELECT COALESCE(MAX(idx) + 1, 0) FROM leaves)", cancel) is { } witnessed)
            return Bad("cosignatures", $"见证过 {witnessed} 条，现在只剩 {size} 条：日志被截短", $"{witnessed} leaves were witnessed and {size} are left: the log was cut");
        if (await First(reader, "SELECT MIN(c.size) FROM cosignatures c LEFT JOIN checkpoints s ON s.size = c.size WHERE s.size IS NULL", cancel) is { } lost)
            return Bad("cosignatures", $"见证过的检查点 {lost} 不见了", $"The checkpoint of size {lost}, which was witnessed, is missing");
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

    static Finding Good(string step, string zh, string en) => new(step, true, new Words(zh, en));

    static Finding Bad(string step, string zh, string en) => new(step, false, new Words(zh, en));
}
