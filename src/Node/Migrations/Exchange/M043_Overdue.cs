using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292200_Overdue")]
public sealed class M043_Overdue : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        name: "exchange_overdue",
        columns: table => new
        {
            Code = table.Column<string>(maxLength: 64, nullable: false),
            Version = table.Column<int>(nullable: false),
            WrittenOn = table.Column<string>(maxLength: 10, nullable: false),
            Since = table.Column<string>(maxLength: 10, nullable: false),
            NotedAt = table.Column<long>(nullable: false),
            Division = table.Column<string>(maxLength: 12, nullable: false),
            Department = table.Column<string>(maxLength: 64, nullable: false),
            SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
            Readers = table.Column<string>(maxLength: 256, nullable: false),
            Revision = table.Column<long>(nullable: false),
        },
        constraints: table => table.PrimaryKey("PK_exchange_overdue", x => new { x.Code, x.Version }));
}
