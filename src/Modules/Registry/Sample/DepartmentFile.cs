using Microsoft.Data.Sqlite;

namespace Tongban.Registry.Sample;

/// <summary>
/// One department's database while it is being filled: no journal and no sync, because a file that was not finished
/// is thrown away whole. <see cref="Finish"/> builds the indexes and hands over an ordinary database in WAL mode.
/// </summary>
sealed class DepartmentFile : IDisposable
{
    /// <summary>Every department keeps what it did for which case; the key makes a write-back happen once.</summary>
    const string WriteBackTable = """
        CREATE TABLE banjian_huixie (
          banjian_bianhao TEXT NOT NULL, caozuo TEXT NOT NULL, zhuti_dm TEXT NOT NULL,
          riqi TEXT NOT NULL, jieguo TEXT NOT NULL, PRIMARY KEY (banjian_bianhao, caozuo)) WITHOUT ROWID;
        """;

    readonly SqliteConnection connection;
    readonly SqliteTransaction transaction;
    readonly List<Inserter> inserters = [];

    public DepartmentFile(string path, string tables)
    {
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-8000;");
        Execute(tables + WriteBackTable);
        transaction = connection.BeginTransaction();
    }

    public long Rows { get; private set; }

    public Inserter Into(string table, params string[] columns)
    {
        var inserter = new Inserter(this, table, columns);
        inserters.Add(inserter);
        return inserter;
    }

    public void Finish(string indexes)
    {
        Execute(indexes);
        transaction.Commit();
        Execute("PRAGMA locking_mode=NORMAL; PRAGMA optimize;");
        Execute("PRAGMA journal_mode=WAL;");
        Execute("PRAGMA wal_checkpoint(TRUNCATE);");
    }

    void Execute(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var inserter in inserters)
            inserter.Dispose();
        transaction.Dispose();
        connection.Dispose();
    }

    public sealed class Inserter : IDisposable
    {
        readonly DepartmentFile file;
        readonly SqliteCommand command;
        readonly SqliteParameter[] parameters;

        internal Inserter(DepartmentFile file, string table, string[] columns)
        {
            this.file = file;
            command = file.connection.CreateCommand();
            command.CommandText = $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select((_, i) => $"@p{i}"))})";
            parameters = [.. columns.Select((_, i) => command.Parameters.Add(new SqliteParameter { ParameterName = $"@p{i}" }))];
        }

        /// <summary>Values in the order of the columns.</summary>
        public void Add(params ReadOnlySpan<object?> values)
        {
            for (var i = 0; i < parameters.Length; i++)
            {
                parameters[i].Value = values[i] switch
                {
                    null => DBNull.Value,
                    DateOnly date => Text.Of(date),
                    var value => value,
                };
            }
            command.ExecuteNonQuery();
            file.Rows++;
        }

        public void Dispose() => command.Dispose();
    }

    static class Text
    {
        /// <summary>ISO 8601, without the culture machinery: a few hundred thousand dates are written.</summary>
        public static string Of(DateOnly date) => string.Create(10, date, (span, d) =>
        {
            span[0] = (char)('0' + d.Year / 1000);
            span[1] = (char)('0' + d.Year / 100 % 10);
            span[2] = (char)('0' + d.Year / 10 % 10);
            span[3] = (char)('0' + d.Year % 10);
            span[4] = span[7] = '-';
            span[5] = (char)('0' + d.Month / 10);
            span[6] = (char)('0' + d.Month % 10);
            span[8] = (char)('0' + d.Day / 10);
            span[9] = (char)('0' + d.Day % 10);
        });
    }
}
