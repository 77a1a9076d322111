using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611230401_Proposals")]
public sealed class M002_Proposals : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_proposal",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Version = table.Column<long>(nullable: false),
                Document = table.Column<string>(nullable: false),
                ProposedBy = table.Column<string>(maxLength: 64, nullable: false),
                ProposedAt = table.Column<long>(nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_proposal", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_proposal_Version_ProposedAt", "exchange_proposal", ["Version", "ProposedAt"]);
    }
}
