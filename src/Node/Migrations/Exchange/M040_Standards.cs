using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292100_Standards")]
public sealed class M040_Standards : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_standard",
            columns: table => new
            {
                Hash = table.Column<string>(maxLength: 64, nullable: false),
                Version = table.Column<long>(nullable: false),
                Document = table.Column<string>(nullable: false),
                GivenBy = table.Column<string>(maxLength: 64, nullable: false),
                TakenAt = table.Column<long>(nullable: false),
                NamedAt = table.Column<long>(nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_exchange_standard", x => x.Hash));
        migrationBuilder.CreateIndex("IX_exchange_standard_Version", "exchange_standard", "Version");
        migrationBuilder.CreateTable(
            name: "exchange_mapping",
            columns: table => new
            {
                Scope = table.Column<string>(maxLength: 96, nullable: false),
                Target = table.Column<string>(maxLength: 64, nullable: false),
                Number = table.Column<int>(nullable: false),
                State = table.Column<int>(nullable: false),
                Document = table.Column<string>(nullable: false),
                List = table.Column<string>(maxLength: 64, nullable: false),
                ListVersion = table.Column<int>(nullable: false),
                ChangedAt = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_mapping", x => new { x.Scope, x.Target, x.Number }));
        migrationBuilder.CreateIndex("IX_exchange_mapping_State_Scope", "exchange_mapping", ["State", "Scope"]);
    }
}
