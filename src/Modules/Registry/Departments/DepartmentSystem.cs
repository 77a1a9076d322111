using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Tongban.Kernel;

namespace Tongban.Registry.Departments;

/// <summary>
/// The write side of the sample departments' own systems. A change is one transaction in one department's database and
/// happens once for a case number and an operation: the result is kept with the change, so that asking again, after a
/// crash as well, gives the first answer and changes nothing.
/// </summary>
/// <param name="folder">The node's <c>departments</c> folder.</param>
sealed class DepartmentSystem(string folder)
{
    /// <summary>Runs <paramref name="change"/> unless this case did so before; a refusal leaves no trace.</summary>
    /// <param name="database">Such as <c>hrss.db</c>.</param>
    /// <param name="subject">Citizen id or credit code: the same case cannot do the operation for somebody else.</param>
    /// <param name="on">Civil date of the change.</param>
    public Result<T> Once<T>(string database, string caseNumber, string operation, string subject, DateOnly on, Func<DepartmentWrite, Result<T>> change)
    {
        var path = Path.Combine(folder, database);
        if (!File.Exists(path))
            return Error.Unavailable("department.unreachable", "部门业务系统暂时无法连接", "The department's system cannot be reached now", "系统会自动重试", "It is tried again automatically");

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite }.ToString());
        connection.Open();
        using (var durable = connection.CreateCommand())
        {
            durable.CommandText = "PRAGMA synchronous=FULL";
            durable.ExecuteNonQuery();
        }
        // Immediate: two deliveries of the same event wait for each other here, and the second finds what the first did.
        using var transaction = connection.BeginTransaction(deferred: false);
        var write = new DepartmentWrite(connection, transaction, caseNumber, on);

        var done = write.First(
            "SELECT zhuti_dm, jieguo FROM banjian_huixie WHERE banjian_bianhao = @case AND caozuo = @operation",
            r => (Subject: r.GetString(0), Outcome: r.GetString(1)), ("operation", operation));
        if (done is { } before)
        {
            if (before.Subject == subject)
                return JsonSerializer.Deserialize<T>(before.Outcome)!;
            return Error.Conflict("department.case-used", "该办件已为另一人办理过此事项", "This case already did this for somebody else");
        }

        var result = change(write);
        if (!result.Ok)
            return result;
        write.Change(
            "INSERT INTO banjian_huixie (banjian_bianhao, caozuo, zhuti_dm, riqi, jieguo) VALUES (@case, @operation, @subject, @on, @outcome)",
            ("operation", operation), ("subject", subject), ("outcome", JsonSerializer.Serialize(result.Value)));
        transaction.Commit();
        return result;
    }
}

/// <summary>One open transaction in a department's database. Every statement may use <c>@case</c> and <c>@on</c>.</summary>
sealed class DepartmentWrite(SqliteConnection connection, SqliteTransaction transaction, string caseNumber, DateOnly on)
{
    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public int Change(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters) where T : struct
    {
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        return reader.Read() ? read(reader) : null;
    }

    public List<T> All<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.Parameters.AddWithValue("@case", caseNumber);
        command.Parameters.AddWithValue("@on", Iso(on));
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue("@" + name, value ?? DBNull.Value);
        return command;
    }
}
