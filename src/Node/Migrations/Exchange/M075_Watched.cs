using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>What is progress of a subscription; and the watches of one resource, for each system is looked at by itself.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611301801_Watched")]
public sealed class M075_Watched : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "MostAcked", table: "exchange_watch", nullable: false, defaultValue: 0L);
        // Of those that are there only what the consumer has now is known.
        migrationBuilder.Sql("UPDATE exchange_watch SET \"MostAcked\" = \"Acked\"");
        migrationBuilder.CreateIndex("IX_exchange_watch_Open", "exchange_watch", ["Resource", "Id"], filter: "\"State\" <> 2");
    }
}
