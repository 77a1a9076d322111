using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292130_Times")]
public sealed class M073_Times : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        name: "exchange_time",
        columns: table => new
        {
            Hour = table.Column<long>(nullable: false),
            Side = table.Column<int>(nullable: false),
            Peer = table.Column<string>(maxLength: 64, nullable: false),
            Resource = table.Column<string>(maxLength: 64, nullable: false),
            Answered = table.Column<long>(nullable: false),
            Refused = table.Column<long>(nullable: false),
            Failed = table.Column<long>(nullable: false),
            Total = table.Column<byte[]>(nullable: false),
            Network = table.Column<byte[]>(nullable: false),
            Source = table.Column<byte[]>(nullable: false),
            Revision = table.Column<long>(nullable: false),
        },
        constraints: table => table.PrimaryKey("PK_exchange_time", x => new { x.Hour, x.Side, x.Peer, x.Resource }));
}
