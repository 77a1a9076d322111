using Microsoft.EntityFrameworkCore;

namespace Tongban.Kernel.Data;

public static class Counters
{
    /// <summary>
    /// The next number of a run, without gaps: it is taken in the caller's transaction and comes back with a roll-back.
    /// The caller must be inside <see cref="NodeDb.InTransaction{T}"/>.
    /// </summary>
    public static Task<long> NextNumber(this NodeDb db, string run, CancellationToken ct = default) => db.NextNumber(run, 1, ct);

    /// <summary>The last of so many numbers taken at once.</summary>
    internal static async Task<long> NextNumber(this NodeDb db, string run, int many, CancellationToken ct)
    {
        if (db.Database.CurrentTransaction is null)
            throw new InvalidOperationException("A number of a run is taken inside a transaction.");
        var rows = await db.Database.SqlQuery<long>($"""
            INSERT INTO kernel_counter ("Name", "Last") VALUES ({run}, {many})
            ON CONFLICT ("Name") DO UPDATE SET "Last" = kernel_counter."Last" + {many}
            RETURNING "Last"
            """).ToListAsync(ct);
        return rows[0];
    }
}
