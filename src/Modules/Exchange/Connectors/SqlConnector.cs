using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Reads a department's own system, which is never the node's database: a SQLite file, opened read-only, asked by the one
/// prepared SELECT of the resource. Values reach it as parameters only.
/// </summary>
sealed class SqlConnector(NodeIdentity node) : IDisposable
{
    /// <summary>More rows than any resource about one person has; a query that gives more is a wrong definition.</summary>
    public const int MostRows = 1000;

    readonly ConcurrentDictionary<string, ConcurrentBag<Reader>> idle = new(StringComparer.Ordinal);
    readonly string folder = Path.Combine(node.DataFolder, "departments");

    /// <summary>The rows as text, each in the order of <paramref name="fields"/>; fields not asked for are not read out.</summary>
    public Result<List<string?[]>> Read(ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields)
    {
        foreach (var parameter in resource.Parameters)
        {
            if (parameter.Required && (!parameters.TryGetValue(parameter.Name, out var value) || value.Length == 0))
            {
                return Error.Invalid("resource.parameter-missing", $"查询缺少条件 {parameter.Name}", $"The query lacks the parameter {parameter.Name}",
                    parameter.Name, "请补充查询条件", "Add it to the query");
            }
        }
        if (resource.Connector is not { } source)
            return Error.Unavailable("connector.none", "这项资源还没有接入部门业务系统", "This resource is not joined to the department's own system yet", "请向提供部门询问", "Ask the department");
        var pool = idle.GetOrAdd($"{resource.Code}|{resource.Version}", _ => []);
        Reader? reader = null;
        try
        {
            if (!pool.TryTake(out reader))
                reader = Reader.Open(Path.Combine(folder, source.Database), source, resource);
            var rows = reader.Read(parameters, fields);
            pool.Add(reader);
            return rows;
        }
        catch (SqliteException e)
        {
            // A statement that failed is not used again: the department may have moved or locked its file.
            reader?.Dispose();
            return Error.Unavailable("connector.source-unavailable", "部门业务系统暂时不能查询", $"The department's own system cannot be read now (SQLite {e.SqliteExtendedErrorCode})",
                "请稍后再试，或自行上传材料", "Try again later, or upload the document");
        }
    }

    /// <summary>Whether the SELECT runs on the department's system and gives exactly the declared fields. Reads no row.</summary>
    public Error? Check(ResourceDefinition resource)
    {
        if (resource.Connector is not { } source)
            return null;
        try
        {
            using var reader = Reader.Open(Path.Combine(folder, source.Database), source, resource);
            var (columns, declared) = (reader.Columns(), resource.Fields.Select(f => f.Name).ToList());
            var apart = declared.Except(columns, StringComparer.Ordinal).Concat(columns.Except(declared, StringComparer.Ordinal)).ToList();
            return apart.Count == 0 ? null : Error.Invalid("resource.select", $"查询语句的列与字段表不一致：{string.Join('、', apart)}", $"Columns of the SELECT and fields differ: {string.Join(", ", apart)}",
                "select", "改正查询语句或字段表", "Correct the SELECT or the fields");
        }
        catch (SqliteException e)
        {
            return Error.Invalid("resource.select", $"查询语句不能执行：{e.Message}", $"The SELECT does not run: {e.Message}", "select", "改正后重新提交", "Correct it and submit again");
        }
    }

    /// <summary>When the department's system was last written to; null when it is not there.</summary>
    public DateTimeOffset? WrittenAt(SqlSource source)
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
        readonly Dictionary<string, int> ordinals = new(StringComparer.Ordinal);

        Reader(SqliteConnection connection, SqliteCommand command) => (this.connection, this.command) = (connection, command);

        public static Reader Open(string file, SqlSource source, ResourceDefinition resource)
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
                return new Reader(connection, command);
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

        public List<string?[]> Read(IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields)
        {
            foreach (SqliteParameter parameter in command.Parameters)
                parameter.Value = parameters.TryGetValue(parameter.ParameterName[1..], out var value) && value.Length > 0 ? value : DBNull.Value;
            using var rows = command.ExecuteReader();
            var columns = new int[fields.Count];
            for (var i = 0; i < columns.Length; i++)
                columns[i] = Ordinal(rows, fields[i]);
            var found = new List<string?[]>();
            while (found.Count < MostRows && rows.Read())
            {
                var row = new string?[columns.Length];
                for (var i = 0; i < columns.Length; i++)
                    row[i] = Text(rows, columns[i]);
                found.Add(row);
            }
            return found;
        }

        int Ordinal(SqliteDataReader rows, string field)
        {
            if (!ordinals.TryGetValue(field, out var ordinal))
                ordinals[field] = ordinal = rows.GetOrdinal(field);
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
