using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611292100_Metering")]
public sealed class M070_Metering : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_reconciliation",
            columns: table => new
            {
                AgreementId = table.Column<string>(maxLength: 64, nullable: false),
                Month = table.Column<string>(maxLength: 10, nullable: false),
                ProviderRecords = table.Column<long>(nullable: false),
                ProviderUnits = table.Column<long>(nullable: false),
                ConsumerRecords = table.Column<long>(nullable: false),
                ConsumerUnits = table.Column<long>(nullable: false),
                Confirmed = table.Column<long>(nullable: false),
                Open = table.Column<long>(nullable: false),
                Explained = table.Column<long>(nullable: false),
                ComparedAt = table.Column<long>(nullable: false),
                Trouble = table.Column<string>(maxLength: 64, nullable: true),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_reconciliation", x => new { x.AgreementId, x.Month }));
        migrationBuilder.CreateTable(
            name: "exchange_metering_difference",
            columns: table => new
            {
                AgreementId = table.Column<string>(maxLength: 64, nullable: false),
                Month = table.Column<string>(maxLength: 10, nullable: false),
                Number = table.Column<int>(nullable: false),
                Kind = table.Column<int>(nullable: false),
                ExchangeId = table.Column<string>(maxLength: 64, nullable: true),
                ProviderIndex = table.Column<long>(nullable: true),
                ProviderUnits = table.Column<long>(nullable: true),
                ConsumerIndex = table.Column<long>(nullable: true),
                ConsumerUnits = table.Column<long>(nullable: true),
                At = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_metering_difference", x => new { x.AgreementId, x.Month, x.Number }));
    }
}
