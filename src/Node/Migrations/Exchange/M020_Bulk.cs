using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611232000_Bulk")]
public sealed class M020_Bulk : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_bulk",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Side = table.Column<int>(nullable: false),
                Peer = table.Column<string>(maxLength: 64, nullable: false),
                AgreementId = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                Purpose = table.Column<string>(maxLength: 64, nullable: false),
                CaseReference = table.Column<string>(maxLength: 64, nullable: false),
                Query = table.Column<byte[]>(nullable: false),
                State = table.Column<int>(nullable: false),
                Manifest = table.Column<string>(nullable: false),
                LogIndex = table.Column<long>(nullable: true),
                Chunks = table.Column<int>(nullable: false),
                Held = table.Column<int>(nullable: false),
                Rows = table.Column<long>(nullable: false),
                Bytes = table.Column<long>(nullable: false),
                Code = table.Column<string>(maxLength: 64, nullable: true),
                Attempts = table.Column<int>(nullable: false),
                NextAt = table.Column<long>(nullable: false),
                CreatedAt = table.Column<long>(nullable: false),
                DeleteAt = table.Column<long>(nullable: true),
                IsEmpty = table.Column<bool>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_bulk", x => new { x.Id, x.Side }));
        migrationBuilder.CreateIndex("IX_exchange_bulk_Side_State_NextAt", "exchange_bulk", ["Side", "State", "NextAt"]);
        migrationBuilder.CreateIndex("IX_exchange_bulk_Division_Department_Id", "exchange_bulk", ["Division", "Department", "Id"]);
    }
}
