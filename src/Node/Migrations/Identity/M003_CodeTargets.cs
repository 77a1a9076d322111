using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Identity;

/// <summary>Codes are counted by whom they went to.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611230830_IdentityCodeTargets")]
public sealed class M003_CodeTargets : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(name: "Target", table: "identity_code", maxLength: 64, nullable: false, defaultValue: "");
        migrationBuilder.CreateIndex("IX_identity_code_Target_ExpiresAt", "identity_code", ["Target", "ExpiresAt"]);
    }
}
