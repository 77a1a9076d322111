using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292140_Publishing")]
public sealed class M074_Publishing : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        name: "exchange_publishing",
        columns: table => new
        {
            Id = table.Column<int>(nullable: false),
            IsOn = table.Column<bool>(nullable: false),
            ChangedAt = table.Column<long>(nullable: false),
            Revision = table.Column<long>(nullable: false),
        },
        constraints: table => table.PrimaryKey("PK_exchange_publishing", x => x.Id));
}
