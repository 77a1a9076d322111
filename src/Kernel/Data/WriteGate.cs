using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Tongban.Kernel.Data;

/// <summary>
/// One writer at a time on SQLite: waiting here costs microseconds, while SQLite's own busy wait sleeps for 150 ms.
/// On PostgreSQL the gate stands open.
/// </summary>
public sealed class WriteGate(bool oneAtATime)
{
    readonly SemaphoreSlim? turn = oneAtATime ? new SemaphoreSlim(1, 1) : null;

    public async ValueTask<Turn> Enter(CancellationToken ct)
    {
        if (turn is not null)
            await turn.WaitAsync(ct);
        return new Turn(turn);
    }

    public readonly struct Turn(SemaphoreSlim? held) : IDisposable
    {
        public void Dispose() => held?.Release();
    }
}

/// <summary>Enters the gate when a transaction is about to begin: what comes before, finding the changes and making the statements of them, then holds up nobody.</summary>
sealed class GateAtTransaction : DbTransactionInterceptor
{
    public static readonly GateAtTransaction Instance = new();

    public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
        DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is NodeDb db)
            await db.EnterGate(cancellationToken);
        return result;
    }
}
