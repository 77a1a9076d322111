using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611231735_Clients")]
public sealed class M008_Clients : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        name: "exchange_client",
        columns: table => new
        {
            Id = table.Column<string>(maxLength: 40, nullable: false),
            Name = table.Column<string>(maxLength: 100, nullable: false),
            SecretHash = table.Column<string>(maxLength: 64, nullable: false),
            Purpose = table.Column<string>(maxLength: 64, nullable: false),
            Resources = table.Column<string>(nullable: false),
            PerMinute = table.Column<long>(nullable: false),
            CreatedAt = table.Column<long>(nullable: false),
            RevokedAt = table.Column<long>(nullable: true),
            Division = table.Column<string>(maxLength: 12, nullable: false),
            Department = table.Column<string>(maxLength: 64, nullable: false),
            SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
            Readers = table.Column<string>(maxLength: 256, nullable: false),
            Revision = table.Column<long>(nullable: false),
        },
        constraints: table => table.PrimaryKey("PK_exchange_client", x => x.Id));
}
