using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Tongban.Kernel.Data;

/// <summary>
/// Rewrites the values of one column, whoever's row it is, in small batches, each a transaction of its own. It reads along the primary key
/// and writes only what still is as it was read, so it runs beside everything else, and after a kill simply again.
/// </summary>
/// <param name="again">The value anew; null when it stays. Must not call other systems.</param>
public sealed class ColumnWalk(NodeDb db, StoredColumn column, Func<object, object?> again)
{
    const int Batch = 200;

    readonly string keys = string.Join(", ", column.Key.Select(Quoted));

    /// <summary>How many values were rewritten.</summary>
    /// <param name="progress">How many so far, after each batch that changed any.</param>
    public async Task<long> Run(Action<long> progress, CancellationToken ct)
    {
        var done = 0L;
        object[]? last = null;
        do
        {
            (last, var changed) = await db.InTransaction(() => Next(last, ct), ct);
            done += changed;
            if (changed > 0)
                progress(done);
        }
        while (last is not null);
        return done;
    }

    /// <returns>The last key of the batch; null when there was none.</returns>
    async Task<(object[]? Last, int Changed)> Next(object[]? after, CancellationToken ct)
    {
        var rows = await Read(after, ct);
        var changed = 0;
        foreach (var (key, value) in rows)
        {
            if (again(value) is { } anew)
                changed += await Write(key, value, anew, ct);
        }
        return (rows.Count < Batch ? null : rows[^1].Key, changed);
    }

    async Task<List<(object[] Key, object Value)>> Read(object[]? after, CancellationToken ct)
    {
        await using var command = Command(
            $"SELECT {keys}, {Quoted(column.Column)} FROM {Quoted(column.Table)} WHERE {Quoted(column.Column)} IS NOT NULL" +
            (after is null ? "" : $" AND ({keys}) > ({string.Join(", ", after.Select((_, i) => $"@p{i}"))})") + $" ORDER BY {keys} LIMIT {Batch}", after ?? []);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<(object[], object)>();
        while (await reader.ReadAsync(ct))
        {
            var all = new object[column.Key.Count + 1];
            reader.GetValues(all);
            rows.Add((all[..^1], all[^1]));
        }
        return rows;
    }

    async Task<int> Write(object[] key, object was, object anew, CancellationToken ct)
    {
        var n = key.Length;
        await using var command = Command(
            $"UPDATE {Quoted(column.Table)} SET {Quoted(column.Column)} = @p{n} WHERE {string.Join(" AND ", column.Key.Select((k, i) => $"{Quoted(k)} = @p{i}"))} AND {Quoted(column.Column)} = @p{n + 1}",
            [.. key, anew, was]);
        return await command.ExecuteNonQueryAsync(ct);
    }

    DbCommand Command(string sql, params object[] values)
    {
        var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        command.Transaction = db.Database.CurrentTransaction?.GetDbTransaction();
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", values[i]);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    /// <summary>How many values of a column, of text or of bytes, begin with this.</summary>
    /// <param name="whole">And have this length in all; any when not given.</param>
    public static async Task<long> CountBeginningWith(NodeDb db, string table, string column, object beginning, CancellationToken ct, int? whole = null)
    {
        await db.Database.OpenConnectionAsync(ct);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@p", beginning);
        command.Parameters.Add(parameter);
        var length = beginning is byte[] bytes ? bytes.Length : ((string)beginning).Length;
        command.CommandText = $"SELECT count(*) FROM {Quoted(table)} WHERE substr({Quoted(column)}, 1, {length}) = @p{(whole is null ? "" : $" AND length({Quoted(column)}) = {whole}")}";
        return Convert.ToInt64(await command.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture);
    }

    static string Quoted(string name) => $"\"{name}\"";
}
