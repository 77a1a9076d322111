using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Cases;

/// <summary>Under which reference a filing's facts were asked for, so that the person reads which matter a use of their data was for.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611222215_CasesFilingReference")]
public sealed class M002_FilingReference : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(name: "Reference", table: "cases_filing", maxLength: 32, nullable: false, defaultValue: "");
        migrationBuilder.CreateIndex("IX_cases_filing_Reference", "cases_filing", "Reference");
        migrationBuilder.CreateIndex("IX_cases_filing_CaseNumber", "cases_filing", "CaseNumber");
    }
}
