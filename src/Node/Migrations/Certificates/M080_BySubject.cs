using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Certificates;

/// <summary>Certificates are asked for by whom they are about (<c>certificates.issued</c>).</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611292100_CertificatesBySubject")]
public sealed class M080_BySubject : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateIndex("IX_certificates_certificate_SubjectKey_Id", "certificates_certificate", ["SubjectKey", "Id"]);
}
