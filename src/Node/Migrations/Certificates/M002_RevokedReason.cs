using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Certificates;

/// <summary>The holder is told why a certificate was revoked.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611222130_CertificatesRevokedReason")]
public sealed class M002_RevokedReason : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddColumn<string>(name: "RevokedReason", table: "certificates_held", nullable: true);
}
