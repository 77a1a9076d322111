using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Access;

namespace Tongban.Kernel.Data;

/// <summary>
/// Numbers that must be unique and rise but may skip: taken in blocks, outside the change they are for, so that two changes
/// of the same minute do not wait for each other. A number that must not skip is <see cref="Counters.NextNumber"/>'s.
/// </summary>
public sealed class NumberBlocks(IServiceScopeFactory scopes)
{
    const int Size = 20;

    readonly ConcurrentDictionary<string, Block> blocks = new(StringComparer.Ordinal);

    /// <summary>Not inside a transaction: a new block is a transaction of its own.</summary>
    public async Task<long> Next(string run, CancellationToken ct = default)
    {
        var block = blocks.GetOrAdd(run, _ => new Block());
        await block.Turn.WaitAsync(ct);
        try
        {
            if (block.Next > block.Last)
                (block.Next, block.Last) = await Reserve(run, ct);
            return block.Next++;
        }
        finally
        {
            block.Turn.Release();
        }
    }

    async Task<(long First, long Last)> Reserve(string run, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("numbers");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var last = await db.InTransaction(() => db.NextNumber(run, Size, ct), ct);
        return (last - Size + 1, last);
    }

    sealed class Block
    {
        public readonly SemaphoreSlim Turn = new(1, 1);
        public long Next = 1;
        public long Last;
    }
}
