using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>Who holds, may process, may operate a resource.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611292110_Rights")]
public sealed class M051_Rights : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_right",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                Kind = table.Column<string>(maxLength: 16, nullable: false),
                Party = table.Column<string>(maxLength: 64, nullable: false),
                Basis = table.Column<string>(maxLength: 500, nullable: false),
                ValidFrom = table.Column<long>(nullable: false),
                ValidUntil = table.Column<long>(nullable: true),
                EndedAt = table.Column<long>(nullable: true),
                RegisteredAt = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_right", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_right_Division_Department_Id", "exchange_right", ["Division", "Department", "Id"]);
    }
}
