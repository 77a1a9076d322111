using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Cases;

/// <summary>When what was obtained is to be erased. What came before had no such time.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611292111_CasesEvidenceUntil")]
public sealed class M060_EvidenceUntil : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        foreach (var table in new[] { "cases_draft", "cases_filing", "cases_case", "cases_joint_step" })
        {
            migrationBuilder.AddColumn<long>(name: "EvidenceUntil", table: table, nullable: true);
            migrationBuilder.CreateIndex($"IX_{table}_EvidenceUntil", table, "EvidenceUntil");
        }
    }
}
