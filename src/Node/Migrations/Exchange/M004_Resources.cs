using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611231101_Resources")]
public sealed class M004_Resources : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_resource",
            columns: table => new
            {
                Code = table.Column<string>(maxLength: 64, nullable: false),
                Version = table.Column<int>(nullable: false),
                State = table.Column<int>(nullable: false),
                Name = table.Column<string>(maxLength: 200, nullable: false),
                Document = table.Column<string>(nullable: false),
                Shipped = table.Column<bool>(nullable: false),
                PublishedAt = table.Column<long>(nullable: true),
                ChangedAt = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_resource", x => new { x.Code, x.Version }));
        migrationBuilder.CreateIndex("IX_exchange_resource_Division_Department_Code", "exchange_resource", ["Division", "Department", "Code"]);
    }
}
