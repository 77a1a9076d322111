using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Identity;

/// <summary>Who ended a mandate and why; the sessions under it are found without passing over everybody's.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611230525_IdentityEndedMandates")]
public sealed class M002_EndedMandates : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(name: "RevokedBy", table: "identity_mandate", maxLength: 64, nullable: true);
        migrationBuilder.AddColumn<string>(name: "RevokedReason", table: "identity_mandate", maxLength: 32, nullable: true);
        migrationBuilder.CreateIndex("IX_identity_session_MandateId", "identity_session", "MandateId");
    }
}
