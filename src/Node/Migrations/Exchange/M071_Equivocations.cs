using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292110_Equivocations")]
public sealed class M071_Equivocations : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        name: "exchange_equivocation",
        columns: table => new
        {
            Origin = table.Column<string>(maxLength: 128, nullable: false),
            Witness = table.Column<string>(maxLength: 64, nullable: false),
            Member = table.Column<string>(maxLength: 64, nullable: false),
            Held = table.Column<string>(nullable: false),
            Shown = table.Column<string>(nullable: false),
            HeldSize = table.Column<long>(nullable: false),
            ShownSize = table.Column<long>(nullable: false),
            FoundAt = table.Column<long>(nullable: false),
        },
        constraints: table => table.PrimaryKey("PK_exchange_equivocation", x => new { x.Origin, x.Witness }));
}
