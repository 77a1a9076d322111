using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Rulebook;

[DbContext(typeof(NodeDb))]
[Migration("202611220010_Rulebook")]
public sealed class M001_Versions : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "rulebook_version",
            columns: table => new
            {
                RuleId = table.Column<string>(maxLength: 128, nullable: false),
                Version = table.Column<int>(nullable: false),
                Name = table.Column<string>(maxLength: 300, nullable: false),
                Document = table.Column<string>(nullable: false),
                Tests = table.Column<string>(nullable: true),
                Hash = table.Column<string>(maxLength: 64, nullable: false),
                State = table.Column<string>(maxLength: 16, nullable: false),
                ValidFrom = table.Column<string>(maxLength: 10, nullable: false),
                Author = table.Column<string>(maxLength: 128, nullable: false),
                Approver = table.Column<string>(maxLength: 128, nullable: false),
                PublishedAt = table.Column<long>(nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_rulebook_version", x => new { x.RuleId, x.Version }));
        migrationBuilder.CreateIndex("IX_rulebook_version_RuleId_State_ValidFrom", "rulebook_version", ["RuleId", "State", "ValidFrom"]);
    }
}
