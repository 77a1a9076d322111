using Microsoft.EntityFrameworkCore;

namespace Tongban.Kernel.Data;

public static class Counters
{
    /// <summary>
    /// The next number of a run, without gaps: it is taken in the caller's transaction and comes back with a roll-back.
    /// The caller must be inside <see cref="NodeDb.InTransaction{T}"/>.
    /// </summary>
    public static async Task<long> NextNumber(this NodeDb db, string run, CancellationToken ct = default)
    {
        if (db.Database.CurrentTransaction is null)
            throw new InvalidOperationException("A number of a gapless run is taken inside a transaction.");
        var rows = await db.Database.SqlQuery<long>($"""
            INSERT INTO kernel_counter ("Name", "Last") VALUES ({run}, 1)
            ON CONFLICT ("Name") DO UPDATE SET "Last" = kernel_counter."Last" + 1
            RETURNING "Last"
            """).ToListAsync(ct);
        return rows[0];
    }
}
