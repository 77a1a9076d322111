using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>Each acknowledgement goes on from where the one before it ended, and those that come late are kept as well.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611302020_AckChain")]
public sealed class M090_AckChain : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "After", table: "exchange_ack", nullable: false, defaultValue: 0L);
        migrationBuilder.Sql("""
            UPDATE exchange_ack SET "After" = COALESCE((
                SELECT MAX(p."UpTo") FROM exchange_ack p WHERE p."Consumer" = exchange_ack."Consumer" AND p."UpTo" < exchange_ack."UpTo"), -1)
            """);
        migrationBuilder.CreateIndex("IX_exchange_ack_Consumer_After", "exchange_ack", ["Consumer", "After"], unique: true);
        migrationBuilder.CreateTable(
            name: "exchange_late_ack",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Consumer = table.Column<string>(maxLength: 64, nullable: false),
                At = table.Column<long>(nullable: false),
                Confirmed = table.Column<int>(nullable: false),
                Body = table.Column<byte[]>(nullable: false),
                SignatureInput = table.Column<string>(nullable: false),
                Signature = table.Column<string>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_late_ack", x => x.Id));
    }
}
