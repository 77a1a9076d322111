using System.Collections.Concurrent;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Reads CSV files that a department drops into the node's <c>departments</c> folder: with a line of column names, in UTF-8, each line
/// ended. A file that is written to is looked over anew; one that was written to a moment ago is left alone until its writer is done.
/// </summary>
sealed class FileConnector(NodeIdentity node) : ISource, IDisposable
{
    /// <summary>How long nobody must have written to a file before it is read.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    const int Looked = 1000;

    readonly string folder = Path.Combine(node.DataFolder, "departments");
    readonly ConcurrentDictionary<(string File, string? Key, string Checked), Held> files = new();

    /// <summary>What is known of a file, by one column.</summary>
    sealed class Held
    {
        public CsvIndex? Index { get; set; }

        /// <summary>Why the file as it was at that time cannot be read; it is not read through again for each query.</summary>
        public (DateTime WrittenAt, long Length, Error Error)? Bad { get; set; }
    }

    ValueTask<Result<List<string?[]>>> ISource.Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct) =>
        ValueTask.FromResult(Read(resource, source, parameters, fields));

    /// <summary>A file beside the node: nothing is waited for.</summary>
    public Result<List<string?[]>> Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields) =>
        With<List<string?[]>>(resource, source, (index, names) =>
        {
            var rows = new List<string?[]>();
            foreach (var row in Rows(resource, index, names, parameters, fields, KeyOf(resource) is { } key ? parameters[key.Name] : ""))
            {
                if (!row.Ok)
                    return row.Error;
                rows.Add(row.Value);
                if (rows.Count > Sources.MostRows)
                    break;
            }
            return index.Untouched ? rows : CsvIndex.Changed;
        });

    /// <summary>By an index of its own, so that queries do not wait for it.</summary>
    public async ValueTask<Result<Done>> Stream(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct)
    {
        var names = ColumnNames.Read(source.Select, resource.Fields, resource.Parameters);
        if (!names.Ok)
            return names.Error;
        try
        {
            var built = CsvIndex.Build(Path.Combine(folder, source.Database), key: null, IdentifiersOf(resource, names.Value));
            if (!built.Ok)
                return built.Error;
            using var index = built.Value;
            foreach (var row in Rows(resource, index, names.Value, parameters, fields, ""))
            {
                ct.ThrowIfCancellationRequested();
                if ((row.Error ?? await put(row.Value)) is { } error)
                    return error;
            }
            return index.Untouched ? Done.It : CsvIndex.Changed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Gone;
        }
    }

    /// <param name="key">What the index finds lines by; empty for all.</param>
    static IEnumerable<Result<string?[]>> Rows(ResourceDefinition resource, CsvIndex index, ColumnNames names, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, string key)
    {
        var outs = new (ResourceField Field, int At)[fields.Count];
        for (var i = 0; i < outs.Length; i++)
        {
            var field = resource.Fields.First(f => f.Name == fields[i]);
            outs[i] = (field, At(index, names.Of(field)));
            if (outs[i].At < 0)
            {
                yield return NoColumn(field.Name);
                yield break;
            }
        }
        var asked = new List<(int At, string Value)>();
        foreach (var parameter in resource.Parameters)
        {
            var at = At(index, names.Of(parameter));
            if (at < 0)
            {
                yield return NoColumn(parameter.Name);
                yield break;
            }
            if (parameters.TryGetValue(parameter.Name, out var value) && value.Length > 0)
                asked.Add((at, value));
        }
        foreach (var line in index.Find(key))
        {
            if (!line.Ok)
            {
                yield return line.Error;
                yield break;
            }
            if (asked.Exists(a => line.Value[a.At] != a.Value))
                continue;
            foreach (var (field, at) in outs)
            {
                if (Sources.Wrong(field, line.Value[at]) is { } wrong)
                {
                    yield return wrong;
                    yield break;
                }
            }
            yield return outs.Select(o => line.Value[o.At] is { Length: > 0 } text ? text : null).ToArray();
        }
    }

    ValueTask<Error?> ISource.Check(ResourceDefinition resource, SourceBinding source, CancellationToken ct) => ValueTask.FromResult(Check(resource, source));

    public Error? Check(ResourceDefinition resource, SourceBinding source)
    {
        var looked = With<bool>(resource, source, (index, names) =>
        {
            foreach (var name in resource.Fields.Select(f => (f.Name, Column: names.Of(f))).Concat(resource.Parameters.Select(p => (p.Name, Column: names.Of(p)))))
            {
                if (At(index, name.Column) < 0)
                    return NoColumn(name.Name);
            }
            foreach (var line in index.Some(Looked))
            {
                if (!line.Ok)
                    return line.Error;
                foreach (var field in resource.Fields)
                {
                    if (Sources.Wrong(field, line.Value[At(index, names.Of(field))]) is { } wrong)
                        return wrong;
                }
            }
            return true;
        });
        // To the steward who publishes it is the entry that is wrong.
        return looked.Ok ? null : looked.Error with { Kind = ErrorKind.Invalid, Where = "select" };
    }

    public DateTimeOffset? WrittenAt(SourceBinding source) =>
        new FileInfo(Path.Combine(folder, source.Database)) is { Exists: true } file ? new DateTimeOffset(file.LastWriteTimeUtc) : null;

    Result<T> With<T>(ResourceDefinition resource, SourceBinding source, Func<CsvIndex, ColumnNames, Result<T>> read)
    {
        var names = ColumnNames.Read(source.Select, resource.Fields, resource.Parameters);
        if (!names.Ok)
            return names.Error;
        var key = KeyOf(resource) is { } parameter ? names.Value.Of(parameter) : null;
        var identifiers = IdentifiersOf(resource, names.Value);
        var held = files.GetOrAdd((source.Database, key, string.Join('\n', identifiers)), _ => new Held());
        try
        {
            // One at a time: a line is found and read in microseconds, and nobody closes the file meanwhile.
            lock (held)
            {
                var index = Current(held, Path.Combine(folder, source.Database), key, identifiers);
                return index.Ok ? read(index.Value, names.Value) : index.Error;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Gone;
        }
    }

    static Result<CsvIndex> Current(Held held, string path, string? key, IReadOnlyList<CsvIndex.Identifier> identifiers)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return Gone;
        var (writtenAt, length) = (file.LastWriteTimeUtc, file.Length);
        if (held.Index is { } known && known.WrittenAt == writtenAt && known.Length == length && known.Untouched)
            return known;
        if (held.Bad is { } bad && bad.WrittenAt == writtenAt && bad.Length == length)
            return bad.Error;
        if ((TimeProvider.System.GetUtcNow().UtcDateTime - writtenAt).Duration() < Settled)
            return held.Index is { Untouched: true } older ? older : CsvIndex.Changed;
        var built = CsvIndex.Build(path, key, identifiers);
        if (!built.Ok)
        {
            held.Bad = (writtenAt, length, built.Error);
            return built.Error;
        }
        if (!built.Value.Untouched || built.Value.WrittenAt != writtenAt || built.Value.Length != length)
        {
            built.Value.Dispose();
            return CsvIndex.Changed;
        }
        held.Index?.Dispose();
        (held.Index, held.Bad) = (built.Value, null);
        return built;
    }

    /// <summary>The columns that hold numbers with a check: what is asked by, and fields whose data element is such a number.</summary>
    static List<CsvIndex.Identifier> IdentifiersOf(ResourceDefinition resource, ColumnNames names) =>
    [
        .. resource.Parameters.Select(p => (Column: names.Of(p), Element: Identifiers.ElementOf(p)))
            .Concat(resource.Fields.Select(f => (Column: names.Of(f), f.Element)))
            .Where(c => Identifiers.Checks(c.Element)).Distinct().Select(c => new CsvIndex.Identifier(c.Column, c.Element!)),
    ];

    /// <summary>What lines are looked up by.</summary>
    static ResourceParameter? KeyOf(ResourceDefinition resource) => resource.Parameters.FirstOrDefault(p => p.Required);

    static int At(CsvIndex index, string column)
    {
        for (var i = 0; i < index.Columns.Count; i++)
        {
            if (index.Columns[i] == column)
                return i;
        }
        return -1;
    }

    static Error NoColumn(string name) => Sources.Drift(name, "在文件里没有对应的列", "has no column in the file");

    static readonly Error Gone = Sources.Unavailable("");

    public void Dispose()
    {
        foreach (var held in files.Values)
            held.Index?.Dispose();
        files.Clear();
    }
}
