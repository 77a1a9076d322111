using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611231800_Acks")]
public sealed class M009_Acks : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_ack",
            columns: table => new
            {
                Consumer = table.Column<string>(maxLength: 64, nullable: false),
                UpTo = table.Column<long>(nullable: false),
                Confirmed = table.Column<int>(nullable: false),
                Missing = table.Column<int>(nullable: false),
                At = table.Column<long>(nullable: false),
                Body = table.Column<byte[]>(nullable: false),
                SignatureInput = table.Column<string>(nullable: false),
                Signature = table.Column<string>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_ack", x => new { x.Consumer, x.UpTo }));
        migrationBuilder.CreateTable(
            name: "exchange_unacked",
            columns: table => new
            {
                Consumer = table.Column<string>(maxLength: 64, nullable: false),
                Index = table.Column<long>(nullable: false),
                ExchangeId = table.Column<string>(maxLength: 64, nullable: false),
                AgreementId = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                At = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_unacked", x => new { x.Consumer, x.Index }));
        migrationBuilder.CreateIndex("IX_exchange_unacked_Index", "exchange_unacked", "Index");
        migrationBuilder.CreateTable(
            name: "exchange_ack_sent",
            columns: table => new
            {
                Provider = table.Column<string>(maxLength: 64, nullable: false),
                UpTo = table.Column<long>(nullable: false),
                LogIndex = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_ack_sent", x => x.Provider));
    }
}
