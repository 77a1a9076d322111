using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292145_Escalations")]
public sealed class M041_Escalations : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(name: "EscalationId", table: "exchange_negotiation", maxLength: 64, nullable: true);
        migrationBuilder.AddColumn<string>(name: "EscalatedStage", table: "exchange_negotiation", maxLength: 16, nullable: true);
        migrationBuilder.CreateTable(
            name: "exchange_escalation",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Consumer = table.Column<string>(maxLength: 64, nullable: false),
                Provider = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                Stage = table.Column<string>(maxLength: 16, nullable: false),
                DueOn = table.Column<string>(maxLength: 10, nullable: false),
                RaisedAt = table.Column<long>(nullable: false),
                ClosedAt = table.Column<long>(nullable: true),
                Outcome = table.Column<string>(maxLength: 32, nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_exchange_escalation", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_escalation_ClosedAt_DueOn", "exchange_escalation", ["ClosedAt", "DueOn"]);
    }
}
