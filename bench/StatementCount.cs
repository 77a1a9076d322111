using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Tongban.Bench;

/// <summary>Counts database statements and transactions: <c>--statements</c> prints those of one case.</summary>
sealed class StatementCount : DbCommandInterceptor, IDbTransactionInterceptor
{
    readonly ConcurrentDictionary<string, int> seen = [];

    public void Clear() => seen.Clear();

    public IEnumerable<(string Sql, double PerCase)> Of(long cases) => seen.OrderByDescending(s => s.Value).Select(s => (s.Key, (double)s.Value / cases));

    void Add(DbCommand command) => seen.AddOrUpdate(command.CommandText, 1, (_, n) => n + 1);

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Add(command);
        return new(result);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Add(command);
        return new(result);
    }

    public ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
    {
        seen.AddOrUpdate("BEGIN", 1, (_, n) => n + 1);
        return new(result);
    }
}
