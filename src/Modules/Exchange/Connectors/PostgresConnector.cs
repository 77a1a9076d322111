using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Reads a department's PostgreSQL database, named in <see cref="NamedSources"/>: one SELECT in a transaction that can only read, values as
/// parameters (of type text) only, bound in time.
/// </summary>
sealed class PostgresConnector(NamedSources named) : ISource, IAsyncDisposable
{
    /// <summary>Of a whole table.</summary>
    const int LongestMs = 30 * 60 * 1000;

    readonly ConcurrentDictionary<string, Pool> pools = new(StringComparer.Ordinal);

    sealed record Pool(NpgsqlDataSource Connections, int TimeoutMs);

    public async ValueTask<Result<List<string?[]>>> Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct)
    {
        var found = new List<string?[]>();
        var read = await Each(resource, source, parameters, fields, null, row =>
        {
            found.Add(row);
            return ValueTask.FromResult(found.Count <= Sources.MostRows);
        }, ct);
        return read is { } error ? error : found;
    }

    public async ValueTask<Result<Done>> Stream(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct)
    {
        Error? stopped = null;
        var read = await Each(resource, source, parameters, fields, LongestMs, async row => (stopped = await put(row)) is null, ct);
        return (stopped ?? read) is { } error ? error : Done.It;
    }

    /// <param name="timeoutMs">Null: as the source says.</param>
    /// <param name="go">False when it wants no more.</param>
    async ValueTask<Error?> Each(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, int? timeoutMs, Func<string?[], ValueTask<bool>> go, CancellationToken ct)
    {
        var pool = Of(source.Database);
        if (!pool.Ok)
            return pool.Error;
        try
        {
            await using var connection = await pool.Value.Connections.OpenConnectionAsync(ct);
            await using var transaction = await Begin(connection, timeoutMs ?? pool.Value.TimeoutMs, ct);
            await using var command = Command(connection, source, resource, parameters);
            if (timeoutMs is { } longer)
                command.CommandTimeout = longer / 1000;
            await using var rows = await command.ExecuteReaderAsync(ct);
            var columns = new (ResourceField Field, int At)[fields.Count];
            for (var i = 0; i < columns.Length; i++)
            {
                columns[i] = (resource.Fields.First(f => f.Name == fields[i]), Columns(rows).IndexOf(fields[i]));
                if (columns[i].At < 0)
                    return Sources.Drift(fields[i], "不在查询结果里", "is not in the result");
            }
            while (await rows.ReadAsync(ct))
            {
                var row = new string?[columns.Length];
                for (var i = 0; i < columns.Length; i++)
                {
                    row[i] = Text(rows.GetValue(columns[i].At));
                    if (Sources.Wrong(columns[i].Field, row[i]) is { } wrong)
                        return wrong;
                }
                if (!await go(row))
                    return null;
            }
            return null;
        }
        // The engine's words may quote a value; its code does not.
        catch (PostgresException e)
        {
            return Sources.Unavailable($"PostgreSQL {e.SqlState}");
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidOperationException or InvalidCastException)
        {
            return Sources.Unavailable("PostgreSQL");
        }
    }

    public async ValueTask<Error?> Check(ResourceDefinition resource, SourceBinding source, CancellationToken ct)
    {
        var pool = Of(source.Database);
        if (!pool.Ok)
            return pool.Error;
        try
        {
            await using var connection = await pool.Value.Connections.OpenConnectionAsync(ct);
            await using var transaction = await Begin(connection, pool.Value.TimeoutMs, ct);
            await using var command = Command(connection, source, resource, new Dictionary<string, string>());
            await using var rows = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, ct);
            return SqlConnector.Apart(Columns(rows), resource);
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("42", StringComparison.Ordinal))
        {
            // Syntax, names and types of the statement itself, which the steward wrote.
            return Error.Invalid("resource.select", $"查询语句不能执行：{e.MessageText}", $"The SELECT does not run: {e.MessageText}", "select", "改正后重新提交", "Correct it and submit again");
        }
        catch (PostgresException e)
        {
            return Sources.Unavailable($"PostgreSQL {e.SqlState}") with { Where = "database" };
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidOperationException or InvalidCastException)
        {
            return Sources.Unavailable("PostgreSQL") with { Where = "database" };
        }
    }

    /// <summary>A database does not say when it was written to.</summary>
    public DateTimeOffset? WrittenAt(SourceBinding source) => null;

    Result<Pool> Of(string name)
    {
        var found = named.Find(name);
        if (!found.Ok)
            return found.Error;
        if (found.Value.Connection is not { Length: > 0 } connection)
            return NoConnection(name);
        try
        {
            return pools.GetOrAdd(name, _ => new Pool(
                NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Timeout = 3, CommandTimeout = (found.Value.TimeoutMs / 1000) + 1, MaxPoolSize = 8, IncludeErrorDetail = false, ApplicationName = "tongban" }), found.Value.TimeoutMs));
        }
        catch (ArgumentException)
        {
            // Its words quote the connection string.
            return NoConnection(name);
        }
    }

    static Error NoConnection(string name) => Error.Invalid(
        "resource.source", $"接入点“{name}”没有有效的数据库连接", $"The source '{name}' has no valid connection to a database", "database", "请系统管理员改正后再试", "Have an administrator correct it, then try again");

    static async Task<NpgsqlTransaction> Begin(NpgsqlConnection connection, int timeoutMs, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
#pragma warning disable CA2100 // A number of the node's own settings.
        await using var readOnly = new NpgsqlCommand($"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {timeoutMs}", connection);
#pragma warning restore CA2100
        await readOnly.ExecuteNonQueryAsync(ct);
        return transaction;
    }

    static NpgsqlCommand Command(NpgsqlConnection connection, SourceBinding source, ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statement of the resource, published by a steward; values are parameters.
        command.CommandText = string.Join('\n', source.Select);
#pragma warning restore CA2100
        foreach (var parameter in resource.Parameters)
        {
            command.Parameters.Add(new NpgsqlParameter(parameter.Name, NpgsqlDbType.Text)
            {
                Value = parameters.TryGetValue(parameter.Name, out var value) && value.Length > 0 ? value : DBNull.Value,
            });
        }
        return command;
    }

    static List<string> Columns(NpgsqlDataReader rows) => [.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)];

    static string? Text(object value) => value switch
    {
        DBNull => null,
        string text => text,
        DateTime { TimeOfDay.Ticks: 0 } day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime at => at.ToString("O", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var pool in pools.Values)
            await pool.Connections.DisposeAsync();
        pools.Clear();
    }
}
