using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Items;

[DbContext(typeof(NodeDb))]
[Migration("202611220601_Items")]
public sealed class M001_Catalogue : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "items_item",
            columns: table => new
            {
                BaseCode = table.Column<string>(maxLength: 12, nullable: false),
                Slug = table.Column<string>(maxLength: 64, nullable: false),
                NameZh = table.Column<string>(maxLength: 200, nullable: false),
                NameEn = table.Column<string>(maxLength: 300, nullable: false),
                DepartmentKind = table.Column<string>(maxLength: 32, nullable: false),
                Tailored = table.Column<bool>(nullable: false),
                Document = table.Column<string>(nullable: false),
                Hash = table.Column<string>(maxLength: 64, nullable: false),
                ChangedAt = table.Column<long>(nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_items_item", x => x.BaseCode));
        migrationBuilder.CreateIndex("IX_items_item_Slug", "items_item", "Slug", unique: true);
        migrationBuilder.CreateTable(
            name: "items_variant",
            columns: table => new
            {
                ImplementationCode = table.Column<string>(maxLength: 31, nullable: false),
                Version = table.Column<int>(nullable: false),
                BaseCode = table.Column<string>(maxLength: 12, nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                State = table.Column<string>(maxLength: 16, nullable: false),
                ValidFrom = table.Column<string>(maxLength: 10, nullable: false),
                ValidUntil = table.Column<string>(maxLength: 10, nullable: true),
                Document = table.Column<string>(nullable: false),
                Hash = table.Column<string>(maxLength: 64, nullable: false),
                At = table.Column<long>(nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_items_variant", x => new { x.ImplementationCode, x.Version }));
        migrationBuilder.CreateIndex("IX_items_variant_BaseCode_Division_State", "items_variant", ["BaseCode", "Division", "State"]);
    }
}
