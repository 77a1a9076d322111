using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>Disputes that were not answered in time, and those that an officer of another node asked for.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611292150_OverdueDisputes")]
public sealed class M061_OverdueDisputes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "OverdueAt", table: "exchange_dispute", nullable: true);
        migrationBuilder.AddColumn<string>(name: "AskedBy", table: "exchange_dispute", maxLength: 64, nullable: true);
        migrationBuilder.CreateIndex("IX_exchange_dispute_ExchangeId", "exchange_dispute", "ExchangeId");
        migrationBuilder.CreateTable(
            name: "exchange_overdue_dispute",
            columns: table => new
            {
                FirstReceiver = table.Column<string>(maxLength: 64, nullable: false),
                DisputeId = table.Column<string>(maxLength: 64, nullable: false),
                Provider = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                DueOn = table.Column<string>(maxLength: 10, nullable: false),
                ClosedAt = table.Column<long>(nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_exchange_overdue_dispute", x => new { x.FirstReceiver, x.DisputeId }));
        migrationBuilder.CreateIndex("IX_exchange_overdue_dispute_ClosedAt_DueOn", "exchange_overdue_dispute", ["ClosedAt", "DueOn"]);
    }
}
