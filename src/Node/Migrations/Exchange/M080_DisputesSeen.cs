using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>When the source of a value in dispute was read, and when it is to be. What was read before was read as the dispute came; where it was not, it is tried again.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611302010_DisputesSeen")]
public sealed class M080_DisputesSeen : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "SeenAt", table: "exchange_dispute", nullable: true);
        migrationBuilder.AddColumn<long>(name: "LookAt", table: "exchange_dispute", nullable: true);
        // Side 0 is the provider, state 0 is open.
        migrationBuilder.Sql("UPDATE exchange_dispute SET \"SeenAt\" = \"RaisedAt\" WHERE \"Side\" = 0 AND \"Seen\" <> ''");
        migrationBuilder.Sql("UPDATE exchange_dispute SET \"LookAt\" = \"RaisedAt\" WHERE \"Side\" = 0 AND \"State\" = 0 AND \"Seen\" = ''");
        migrationBuilder.CreateIndex("IX_exchange_dispute_LookAt", "exchange_dispute", "LookAt");
    }
}
