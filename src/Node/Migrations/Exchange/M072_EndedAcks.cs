using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292120_EndedAcks")]
public sealed class M072_EndedAcks : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_ended_ack",
            columns: table => new
            {
                Epoch = table.Column<int>(nullable: false),
                Consumer = table.Column<string>(maxLength: 64, nullable: false),
                UpTo = table.Column<long>(nullable: false),
                Confirmed = table.Column<int>(nullable: false),
                Missing = table.Column<int>(nullable: false),
                At = table.Column<long>(nullable: false),
                Body = table.Column<byte[]>(nullable: false),
                SignatureInput = table.Column<string>(nullable: false),
                Signature = table.Column<string>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_ended_ack", x => new { x.Epoch, x.Consumer, x.UpTo }));
        migrationBuilder.AddColumn<string>(name: "Lost", table: "exchange_ack_sent", nullable: true);
    }
}
