using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Certificates;

[DbContext(typeof(NodeDb))]
[Migration("202611220301_Certificates")]
public sealed class M001_Certificates : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "certificates_certificate",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Number = table.Column<string>(maxLength: 160, nullable: false),
                TypeCode = table.Column<string>(maxLength: 32, nullable: false),
                NameZh = table.Column<string>(nullable: false),
                NameEn = table.Column<string>(nullable: false),
                CaseNumber = table.Column<string>(maxLength: 40, nullable: false),
                FilingId = table.Column<string>(maxLength: 40, nullable: false),
                FilingNode = table.Column<string>(maxLength: 64, nullable: false),
                IssuerName = table.Column<string>(nullable: false),
                ContentSealed = table.Column<string>(nullable: false),
                IssuedOn = table.Column<string>(maxLength: 10, nullable: false),
                ValidUntil = table.Column<string>(maxLength: 10, nullable: true),
                StatusPlace = table.Column<long>(nullable: false),
                State = table.Column<string>(maxLength: 20, nullable: false),
                RevokedReason = table.Column<string>(nullable: true),
                RevokedAt = table.Column<long>(nullable: true),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 40, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_certificates_certificate", x => x.Id));
        migrationBuilder.CreateIndex("IX_certificates_certificate_Number", "certificates_certificate", "Number", unique: true);
        migrationBuilder.CreateIndex("IX_certificates_certificate_CaseNumber", "certificates_certificate", "CaseNumber", unique: true);
        migrationBuilder.CreateIndex("IX_certificates_certificate_Department_Id", "certificates_certificate", ["Department", "Id"]);
        migrationBuilder.CreateIndex("IX_certificates_certificate_State_StatusPlace", "certificates_certificate", ["State", "StatusPlace"]);
        migrationBuilder.CreateTable(
            name: "certificates_held",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Number = table.Column<string>(maxLength: 160, nullable: false),
                TypeCode = table.Column<string>(maxLength: 32, nullable: false),
                NameZh = table.Column<string>(nullable: false),
                NameEn = table.Column<string>(nullable: false),
                IssuerNode = table.Column<string>(maxLength: 64, nullable: false),
                CaseNumber = table.Column<string>(maxLength: 40, nullable: false),
                FilingId = table.Column<string>(maxLength: 40, nullable: false),
                TokenSealed = table.Column<string>(nullable: false),
                IssuedOn = table.Column<string>(maxLength: 10, nullable: false),
                ValidUntil = table.Column<string>(maxLength: 10, nullable: true),
                Revoked = table.Column<bool>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 40, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_certificates_held", x => x.Id));
        migrationBuilder.CreateIndex("IX_certificates_held_IssuerNode_Number", "certificates_held", ["IssuerNode", "Number"], unique: true);
        migrationBuilder.CreateIndex("IX_certificates_held_SubjectKey_Id", "certificates_held", ["SubjectKey", "Id"]);
        migrationBuilder.CreateTable(
            name: "certificates_holder_key",
            columns: table => new
            {
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                KeySealed = table.Column<string>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 40, nullable: false),
                Readers = table.Column<string>(nullable: false),
                CreatedAt = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_certificates_holder_key", x => x.SubjectKey));
        migrationBuilder.CreateTable(
            name: "certificates_presentation",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 43, nullable: false),
                TokenSealed = table.Column<string>(nullable: false),
                Nonce = table.Column<string>(maxLength: 43, nullable: false),
                Until = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_certificates_presentation", x => x.Id));
        migrationBuilder.CreateIndex("IX_certificates_presentation_Until", "certificates_presentation", "Until");
    }
}
