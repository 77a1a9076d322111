using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Cases;

/// <summary>Cases whose time for a supplement has passed are looked for every hour.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611230130_CasesLapsed")]
public sealed class M003_Lapsed : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateIndex("IX_cases_case_State_TodoDue", "cases_case", ["State", "TodoDue"]);
}
