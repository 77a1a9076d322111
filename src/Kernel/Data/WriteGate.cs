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
