using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>
/// One process for each of the other side's, by its id. Of two that were begun at once the one that moved last stays; the other was never
/// heard of again: it ends, and loses the id.
/// </summary>
[DbContext(typeof(NodeDb))]
[Migration("202611302020_OneProcess")]
public sealed class M081_OneProcess : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        // The states by number: a negotiation is open before 5 and ended at 6, a transfer is completed at 3 and ended at 4.
        foreach (var (table, isOpen, ended) in new[] { ("exchange_negotiation", "\"State\" < 5", 6), ("exchange_transfer", "\"State\" < 3", 4) })
        {
            migrationBuilder.Sql($"""
                UPDATE {table} SET "PeerPid" = '', "Sending" = NULL, "State" = CASE WHEN {isOpen} THEN {ended} ELSE "State" END, "Revision" = "Revision" + 1
                WHERE "PeerPid" <> '' AND EXISTS (SELECT 1 FROM {table} o WHERE o."Side" = {table}."Side" AND o."Peer" = {table}."Peer" AND o."PeerPid" = {table}."PeerPid"
                    AND (o."ChangedAt" > {table}."ChangedAt" OR (o."ChangedAt" = {table}."ChangedAt" AND o."Id" > {table}."Id")))
                """);
            migrationBuilder.DropIndex($"IX_{table}_Peer_PeerPid", table);
            migrationBuilder.CreateIndex($"IX_{table}_Side_Peer_PeerPid", table, ["Side", "Peer", "PeerPid"], unique: true, filter: "\"PeerPid\" <> ''");
        }
    }
}
