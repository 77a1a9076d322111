using System.Data.Common;
using System.Globalization;
using System.Text.Json;

namespace Tongban.Trust;

/// <summary>A metering record beside the leaf that it belongs to: of an honest log both are there and say the same.</summary>
/// <param name="Reference">Of the leaf; null when there is none at this index.</param>
/// <param name="Units">As the record has it; null when there is no record.</param>
/// <param name="Stated">As the leaf states it; null when it states no metering.</param>
/// <param name="At">Unix ms, of the record, or of the leaf where there is none.</param>
/// <param name="Agreement">Of the record, or as the leaf states it where there is none.</param>
public sealed record MeteredRow(long Index, string? Reference, long? Units, long? Stated, long At, string Agreement);

/// <summary>What was metered, one by one: of a log that is open, or of one that another process has.</summary>
public interface IMeteredRows
{
    /// <summary>Records with units under an agreement from one instant (Unix ms) until another, by time and index, after one of them; at most <see cref="MeteredRows.Most"/>.</summary>
    Task<List<MeteredRow>> Metered(string agreement, long from, long to, MeteredRow? after, int count, CancellationToken cancel = default);

    /// <summary>Those leaves that are there, each with its record if it has one.</summary>
    Task<List<MeteredRow>> Metered(IReadOnlyList<string> references, CancellationToken cancel = default);
}

public static class MeteredRows
{
    public const int Most = 1000;

    internal const string Between =
        """
        SELECT m.idx, l.reference, m.units, l.data, m.at, m.agreement FROM metering m LEFT JOIN leaves l ON l.idx = m.idx
        WHERE m.agreement = @p0 AND m.at >= @p1 AND m.at < @p2 AND (m.at > @p3 OR (m.at = @p3 AND m.idx > @p4)) AND m.units > 0
        ORDER BY m.at, m.idx LIMIT @p5
        """;

    internal static string Of(int references) =>
        "SELECT l.idx, l.reference, m.units, l.data, COALESCE(m.at, l.at), m.agreement FROM leaves l LEFT JOIN metering m ON m.idx = l.idx WHERE l.reference IN ("
        + string.Join(',', Enumerable.Range(0, references).Select(i => string.Create(CultureInfo.InvariantCulture, $"@p{i}"))) + ")";

    internal static MeteredRow Read(DbDataReader row)
    {
        var (stated, agreement) = row.IsDBNull(3) ? (null, null) : Stated((byte[])row[3]);
        return new(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetInt64(2), stated, row.GetInt64(4), row.IsDBNull(5) ? agreement ?? "" : row.GetString(5));
    }

    internal static MeteredRow Of(NewLeaf leaf)
    {
        var (stated, agreement) = Stated(leaf.Entry.Data);
        return new(leaf.Index, leaf.Entry.Reference, leaf.Entry.Metering?.Units, stated, leaf.Entry.Metering?.At ?? leaf.At, leaf.Entry.Metering?.Agreement ?? agreement ?? "");
    }

    static (long? Units, string? Agreement) Stated(byte[] data)
    {
        try
        {
            using var leaf = JsonDocument.Parse(data);
            return leaf.RootElement.TryGetProperty("metering", out var metering)
                ? (metering.GetProperty("units").GetInt64(), metering.GetProperty("agreement").GetString())
                : (null, null);
        }
        // What was made of a leaf may be anything; it then states nothing.
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return (null, null);
        }
    }
}

/// <summary>One view of the metering of a log that is not open here.</summary>
public sealed class MeteredSnapshot : IMeteredRows, IAsyncDisposable
{
    readonly ILogStore store;
    readonly DbConnection reader;
    readonly IReadOnlyList<MeteredRow> pending;

    MeteredSnapshot(ILogStore store, DbConnection reader, IReadOnlyList<MeteredRow> pending) => (this.store, this.reader, this.pending) = (store, reader, pending);

    internal static async Task<MeteredSnapshot> Take(ILogStore store, CancellationToken cancel)
    {
        var (reader, pending) = await store.OpenSnapshot(cancel);
        return new(store, reader, [.. pending.Select(MeteredRows.Of)]);
    }

    public async Task<List<MeteredRow>> Metered(string agreement, long from, long to, MeteredRow? after, int count, CancellationToken cancel = default)
    {
        var limit = Math.Clamp(count, 1, MeteredRows.Most);
        var (at, index) = (after?.At ?? from, after?.Index ?? -1);
        var rows = await Rows(MeteredRows.Between, cancel, agreement, from, to, at, index, limit);
        rows.AddRange(pending.Where(r => r.Agreement == agreement && r.Units > 0 && r.At >= from && r.At < to && (r.At > at || (r.At == at && r.Index > index))));
        return [.. rows.OrderBy(r => r.At).ThenBy(r => r.Index).Take(limit)];
    }

    public async Task<List<MeteredRow>> Metered(IReadOnlyList<string> references, CancellationToken cancel = default)
    {
        if (references.Count == 0)
            return [];
        var rows = await Rows(MeteredRows.Of(references.Count), cancel, [.. references]);
        rows.AddRange(pending.Where(r => references.Contains(r.Reference)));
        return rows;
    }

    async Task<List<MeteredRow>> Rows(string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = reader.Command(sql, values);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var list = new List<MeteredRow>();
        while (await rows.ReadAsync(cancel))
            list.Add(MeteredRows.Read(rows));
        return list;
    }

    public async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync();
        await store.DisposeAsync();
    }
}
