using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611231102_Needs")]
public sealed class M005_Needs : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_need",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Title = table.Column<string>(maxLength: 100, nullable: false),
                Elements = table.Column<string>(nullable: false),
                Of = table.Column<string>(maxLength: 64, nullable: false),
                Reason = table.Column<string>(maxLength: 500, nullable: false),
                CreatedAt = table.Column<long>(nullable: false),
                ClosedAt = table.Column<long>(nullable: true),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_need", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_need_Division_Department_Id", "exchange_need", ["Division", "Department", "Id"]);
    }
}
