using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>How often a consent allows an answer, how long what it gave may be kept, and under which mandate it was given.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611292110_ConsentTerms")]
public sealed class M060_ConsentTerms : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(name: "FetchKind", table: "exchange_consent", maxLength: 16, nullable: true);
        migrationBuilder.AddColumn<int>(name: "FetchMost", table: "exchange_consent", nullable: false, defaultValue: 0);
        migrationBuilder.AddColumn<string>(name: "FetchPer", table: "exchange_consent", maxLength: 16, nullable: true);
        migrationBuilder.AddColumn<int>(name: "DataLifeDays", table: "exchange_consent", nullable: true);
        migrationBuilder.AddColumn<string>(name: "MandateKind", table: "exchange_consent", maxLength: 32, nullable: true);
        migrationBuilder.AddColumn<string>(name: "MandateReference", table: "exchange_consent", maxLength: 64, nullable: true);
        migrationBuilder.AddColumn<string>(name: "AlsoAbout", table: "exchange_consent", nullable: false, defaultValue: "");
        migrationBuilder.CreateIndex("IX_exchange_consent_MandateReference", "exchange_consent", "MandateReference");
    }
}
