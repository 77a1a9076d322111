using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>When a revocation was stored here, so that replicas read only what is newer. Those of before are read at start.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611302030_RevocationsHeard")]
public sealed class M083_RevocationsHeard : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "HeardAt", table: "exchange_revocation", nullable: false, defaultValue: 0L);
        // Nought is then what a replica of the version before stores.
        migrationBuilder.Sql("UPDATE exchange_revocation SET \"HeardAt\" = 1");
        migrationBuilder.CreateIndex("IX_exchange_revocation_HeardAt", "exchange_revocation", "HeardAt");
    }
}
