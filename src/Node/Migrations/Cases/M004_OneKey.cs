using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Cases;

/// <summary>Items that a person has once: the case that holds the place. Cases from before hold none.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611230140_CasesOneKey")]
public sealed class M004_OneKey : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(name: "OneKey", table: "cases_case", maxLength: 64, nullable: true);
        migrationBuilder.CreateIndex("IX_cases_case_OneKey", "cases_case", "OneKey", unique: true);
    }
}
