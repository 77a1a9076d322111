using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292150_CataloguePages")]
public sealed class M042_CataloguePages : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        name: "exchange_catalogue_page",
        columns: table => new
        {
            NodeId = table.Column<string>(maxLength: 64, nullable: false),
            Page = table.Column<string>(maxLength: 16, nullable: false),
            Etag = table.Column<string>(maxLength: 64, nullable: false),
            Document = table.Column<string>(nullable: false),
        },
        constraints: table => table.PrimaryKey("PK_exchange_catalogue_page", x => new { x.NodeId, x.Page }));
}
