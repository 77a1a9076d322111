using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>A database that holds two negotiations of one id, as two requests at once once made them, becomes one that cannot.</summary>
public class ProcessMigrationTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_of_one_id_the_one_that_moved_last_stays(bool postgres)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var database = postgres ? await TestDatabase.Postgres() : TestDatabase.Sqlite();
        await using var services = SchemaTests.Services(database);
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        // Up to the one before. Ids here are shorter than the migrator's own, which then knows them by what stands behind fifteen characters.
        await db.Database.GetService<IMigrator>().MigrateAsync("202611302010_DisputesSeen"[15..], Ct);
        foreach (var (id, side, pid, state, changed) in new[] { ("a", 0, "p", 0, 5), ("b", 0, "p", 5, 7), ("c", 0, "p", 5, 6), ("d", 1, "p", 0, 1), ("e", 0, "", 0, 1), ("f", 0, "", 3, 1) })
        {
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO exchange_negotiation ("Id", "Side", "Peer", "PeerPid", "PeerBase", "State", "Resource", "Terms", "OfferId", "Document", "AgreementId", "Sending", "NextAt", "Attempts", "CreatedAt", "ChangedAt", "Division", "Department", "SubjectKey", "Readers", "Revision")
                VALUES ({id}, {side}, 'CN-YRD/310000', {pid}, '/dsp', {state}, 'r', '', '', '', '', 1, 0, 0, 0, {changed}, '340000', '', '', '', 1)
                """, Ct);
        }
        await db.Database.GetService<IMigrator>().MigrateAsync(cancellationToken: Ct);
        var rows = await db.Database.SqlQueryRaw<string>("""SELECT "Id" || ' ' || "PeerPid" || ' ' || "State" || ' ' || coalesce(CAST("Sending" AS TEXT), '-') || ' ' || coalesce(CAST("AgreedAt" AS TEXT), '-') AS "Value" FROM exchange_negotiation ORDER BY "Id" """).ToListAsync(Ct);
        // The open one ends and sends nothing more; what is over stays as it ended.
        Assert.Equal(["a  6 - -", "b p 5 1 -", "c  5 - -", "d p 0 1 -", "e  0 1 -", "f  3 1 1"], rows);
    }
}
