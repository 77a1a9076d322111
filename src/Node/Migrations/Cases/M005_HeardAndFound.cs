using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Cases;

/// <summary>Which withdrawal waits for an answer; a person's steps at this node are found without passing over everybody's.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611230430_CasesHeardAndFound")]
public sealed class M005_HeardAndFound : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "WithdrawSequence", table: "cases_filing", nullable: false, defaultValue: 0L);
        migrationBuilder.CreateIndex("IX_cases_joint_step_SubjectKey", "cases_joint_step", "SubjectKey");
    }
}
