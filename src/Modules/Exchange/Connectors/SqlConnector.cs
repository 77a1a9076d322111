using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Reads a department's own system, which is never the node's database: a SQLite file, opened read-only, asked by the one
/// prepared SELECT of the resource. Values reach it as parameters only.
/// </summary>
sealed class SqlConnector(NodeIdentity node) : ISource, IDisposable
{
    readonly ConcurrentDictionary<string, ConcurrentBag<Reader>> idle = new(StringComparer.Ordinal);
    readonly string folder = Path.Combine(node.DataFolder, "departments");

    ValueTask<Result<List<string?[]>>> ISource.Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct) =>
        ValueTask.FromResult(Read(resource, source, parameters, fields));

    /// <summary>A file beside the node: nothing is waited for.</summary>
    public Result<List<string?[]>> Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields)
    {
        var pool = idle.GetOrAdd($"{resource.Code}|{resource.Version}", _ => []);
        Reader? reader = null;
        try
        {
            // A draft's statement changes between two tries, and a mapping says anew what the source writes: one of before would give the old.
            while (pool.TryTake(out reader) && !reader.IsOf(source, resource))
                reader.Dispose();
            reader ??= Reader.Open(Path.Combine(folder, source.Database), source, resource);
            var rows = reader.Read(parameters, fields);
            pool.Add(reader);
            return rows;
        }
        catch (SqliteException e)
        {
            // A statement that failed is not used again: the department may have moved or locked its file.
            reader?.Dispose();
            return Sources.Unavailable($"SQLite {e.SqliteExtendedErrorCode}");
        }
    }

    public async ValueTask<Result<Done>> Stream(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct)
    {
        try
        {
            using var reader = Reader.Open(Path.Combine(folder, source.Database), source, resource);
            return await reader.Each(parameters, fields, put, ct) is { } error ? error : Done.It;
        }
        catch (SqliteException e)
        {
            return Sources.Unavailable($"SQLite {e.SqliteExtendedErrorCode}");
        }
    }

    ValueTask<Error?> ISource.Check(ResourceDefinition resource, SourceBinding source, CancellationToken ct) => ValueTask.FromResult(Check(resource, source));

    Error? Check(ResourceDefinition resource, SourceBinding source)
    {
        try
        {
            using var reader = Reader.Open(Path.Combine(folder, source.Database), source, resource);
            return Apart(reader.Columns(), resource);
        }
        catch (SqliteException e)
        {
            return Error.Invalid("resource.select", $"查询语句不能执行：{e.Message}", $"The SELECT does not run: {e.Message}", "select", "改正后重新提交", "Correct it and submit again");
        }
    }

    /// <summary>Columns that are not declared, and fields that the SELECT does not give.</summary>
    public static Error? Apart(List<string> columns, ResourceDefinition resource)
    {
        var declared = resource.Fields.Select(f => f.Name).ToList();
        var apart = declared.Except(columns, StringComparer.Ordinal).Concat(columns.Except(declared, StringComparer.Ordinal)).ToList();
        return apart.Count == 0 ? null : Error.Invalid("resource.select", $"查询语句的列与字段表不一致：{string.Join('、', apart)}", $"Columns of the SELECT and fields differ: {string.Join(", ", apart)}",
            "select", "改正查询语句或字段表", "Correct the SELECT or the fields");
    }

    public DateTimeOffset? WrittenAt(SourceBinding source)
    {
        DateTimeOffset? last = null;
        foreach (var file in new[] { source.Database, source.Database + "-wal" }.Select(f => new FileInfo(Path.Combine(folder, f))))
        {
            if (file.Exists && (last is null || file.LastWriteTimeUtc > last))
                last = file.LastWriteTimeUtc;
        }
        return last;
    }

    public void Dispose()
    {
        foreach (var reader in idle.Values.SelectMany(bag => bag))
            reader.Dispose();
        idle.Clear();
    }

    sealed class Reader : IDisposable
    {
        readonly SqliteConnection connection;
        readonly SqliteCommand command;
        readonly SourceBinding source;
        readonly ResourceDefinition resource;
        readonly Dictionary<string, ResourceField> declared;
        readonly Dictionary<string, int> ordinals = new(StringComparer.Ordinal);

        Reader(SqliteConnection connection, SqliteCommand command, SourceBinding source, ResourceDefinition resource)
        {
            (this.connection, this.command, this.source, this.resource) = (connection, command, source, resource);
            declared = resource.Fields.ToDictionary(f => f.Name, StringComparer.Ordinal);
        }

        /// <summary>Whether it still reads what is declared now.</summary>
        public bool IsOf(SourceBinding now, ResourceDefinition read) =>
            source.Database == now.Database && source.Select.SequenceEqual(now.Select) && resource.Fields.SequenceEqual(read.Fields) && resource.Parameters.SequenceEqual(read.Parameters);

        public static Reader Open(string file, SourceBinding source, ResourceDefinition resource)
        {
            var connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = file,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
                DefaultTimeout = 5,
            }.ToString());
            try
            {
                connection.Open();
                var command = connection.CreateCommand();
                command.CommandText = string.Join('\n', source.Select);
                foreach (var parameter in resource.Parameters)
                    command.Parameters.Add(new SqliteParameter("@" + parameter.Name, SqliteType.Text) { Value = DBNull.Value });
                command.Prepare();
                return new Reader(connection, command, source, resource);
            }
            catch (SqliteException)
            {
                connection.Dispose();
                throw;
            }
        }

        public List<string> Columns()
        {
            using var rows = command.ExecuteReader(System.Data.CommandBehavior.SchemaOnly);
            return [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)];
        }

        public Result<List<string?[]>> Read(IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields)
        {
            Bind(parameters);
            using var rows = command.ExecuteReader();
            var columns = Columns(rows, fields);
            if (!columns.Ok)
                return columns.Error;
            var found = new List<string?[]>();
            while (found.Count <= Sources.MostRows && rows.Read())
            {
                var row = Row(rows, columns.Value);
                if (!row.Ok)
                    return row.Error;
                found.Add(row.Value);
            }
            return found;
        }

        public async ValueTask<Error?> Each(IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct)
        {
            Bind(parameters);
            using var rows = command.ExecuteReader();
            var columns = Columns(rows, fields);
            if (!columns.Ok)
                return columns.Error;
            while (rows.Read())
            {
                ct.ThrowIfCancellationRequested();
                var row = Row(rows, columns.Value);
                if ((row.Error ?? await put(row.Value)) is { } error)
                    return error;
            }
            return null;
        }

        void Bind(IReadOnlyDictionary<string, string> parameters)
        {
            foreach (SqliteParameter parameter in command.Parameters)
                parameter.Value = parameters.TryGetValue(parameter.ParameterName[1..], out var value) && value.Length > 0 ? value : DBNull.Value;
        }

        Result<(ResourceField Field, int At)[]> Columns(SqliteDataReader rows, IReadOnlyList<string> fields)
        {
            var columns = new (ResourceField Field, int At)[fields.Count];
            for (var i = 0; i < columns.Length; i++)
            {
                columns[i] = (declared[fields[i]], Ordinal(rows, fields[i]));
                if (columns[i].At < 0)
                    return Sources.Drift(fields[i], "不在查询结果里", "is not in the result");
            }
            return columns;
        }

        /// <summary>SQLite keeps whatever was put into a column, whatever its type is said to be.</summary>
        static Result<string?[]> Row(SqliteDataReader rows, (ResourceField Field, int At)[] columns)
        {
            var row = new string?[columns.Length];
            for (var i = 0; i < columns.Length; i++)
            {
                row[i] = Text(rows, columns[i].At);
                if (Sources.Wrong(columns[i].Field, row[i]) is { } wrong)
                    return wrong;
            }
            return row;
        }

        int Ordinal(SqliteDataReader rows, string field)
        {
            if (!ordinals.TryGetValue(field, out var ordinal) || ordinal >= rows.FieldCount || rows.GetName(ordinal) != field)
                ordinals[field] = ordinal = Enumerable.Range(0, rows.FieldCount).FirstOrDefault(i => rows.GetName(i) == field, -1);
            return ordinal;
        }

        static string? Text(SqliteDataReader rows, int column)
        {
            if (rows.IsDBNull(column))
                return null;
            return rows.GetFieldType(column) == typeof(double)
                ? rows.GetDouble(column).ToString("R", CultureInfo.InvariantCulture)
                : rows.GetString(column);
        }

        public void Dispose()
        {
            command.Dispose();
            connection.Dispose();
        }
    }
}
