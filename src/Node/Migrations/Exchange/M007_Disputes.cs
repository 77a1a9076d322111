using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611231720_Disputes")]
public sealed class M007_Disputes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_dispute",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Side = table.Column<int>(nullable: false),
                Peer = table.Column<string>(maxLength: 64, nullable: false),
                ExchangeId = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                Field = table.Column<string>(maxLength: 64, nullable: false),
                CaseReference = table.Column<string>(maxLength: 64, nullable: false),
                Sealed = table.Column<string>(nullable: false),
                Seen = table.Column<string>(maxLength: 64, nullable: false),
                State = table.Column<int>(nullable: false),
                RaisedAt = table.Column<long>(nullable: false),
                DueOn = table.Column<string>(maxLength: 10, nullable: false),
                IsProvisional = table.Column<bool>(nullable: false),
                AnsweredAt = table.Column<long>(nullable: true),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_dispute", x => new { x.Id, x.Side }));
        migrationBuilder.CreateIndex("IX_exchange_dispute_Side_State_DueOn", "exchange_dispute", ["Side", "State", "DueOn"]);
        migrationBuilder.CreateIndex("IX_exchange_dispute_SubjectKey_Id", "exchange_dispute", ["SubjectKey", "Id"]);
        migrationBuilder.CreateTable(
            name: "exchange_correction",
            columns: table => new
            {
                ExchangeId = table.Column<string>(maxLength: 64, nullable: false),
                DisputeId = table.Column<string>(maxLength: 64, nullable: false),
                Provider = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                Field = table.Column<string>(maxLength: 64, nullable: false),
                CaseReference = table.Column<string>(maxLength: 64, nullable: false),
                At = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_correction", x => new { x.ExchangeId, x.Field, x.DisputeId }));
        migrationBuilder.CreateIndex("IX_exchange_correction_At", "exchange_correction", "At");
    }
}
