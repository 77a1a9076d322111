using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>What the clock of sharing runs by, and agreements that were ended before they came.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611302021_NegotiationTimes")]
public sealed class M082_NegotiationTimes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "EndedAt", table: "exchange_negotiation", nullable: true);
        migrationBuilder.AddColumn<string>(name: "EndReason", table: "exchange_negotiation", maxLength: 500, nullable: true);
        migrationBuilder.AddColumn<long>(name: "ConsentedAt", table: "exchange_negotiation", nullable: true);
        migrationBuilder.AddColumn<long>(name: "AgreedAt", table: "exchange_negotiation", nullable: true);
        // Of those under way: accepted is 2, agreed 3, verified 4.
        migrationBuilder.Sql("UPDATE exchange_negotiation SET \"ConsentedAt\" = \"ChangedAt\" WHERE \"State\" IN (2, 3, 4)");
        migrationBuilder.Sql("UPDATE exchange_negotiation SET \"AgreedAt\" = \"ChangedAt\" WHERE \"State\" IN (3, 4)");
        migrationBuilder.CreateIndex("IX_exchange_negotiation_AgreementId", "exchange_negotiation", "AgreementId");
    }
}
