using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611220201_Exchange")]
public sealed class M001_Exchange : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_directory",
            columns: table => new
            {
                Version = table.Column<long>(nullable: false),
                Document = table.Column<string>(nullable: false),
                Hash = table.Column<string>(maxLength: 64, nullable: false),
                TakenAt = table.Column<long>(nullable: false),
                ConfirmedAt = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_directory", x => x.Version));
        migrationBuilder.CreateTable(
            name: "exchange_catalogue",
            columns: table => new
            {
                NodeId = table.Column<string>(maxLength: 64, nullable: false),
                Document = table.Column<string>(nullable: false),
                TakenAt = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_catalogue", x => x.NodeId));
        migrationBuilder.CreateTable(
            name: "exchange_agreement",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Provider = table.Column<string>(maxLength: 64, nullable: false),
                Consumer = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                ResourceVersion = table.Column<int>(nullable: false),
                ValidFrom = table.Column<long>(nullable: false),
                ValidUntil = table.Column<long>(nullable: false),
                Document = table.Column<string>(nullable: false),
                TerminatedAt = table.Column<long>(nullable: true),
                TerminatedBy = table.Column<string>(maxLength: 64, nullable: true),
                TerminationReason = table.Column<string>(maxLength: 500, nullable: true),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_agreement", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_agreement_Division_Department_Id", "exchange_agreement", ["Division", "Department", "Id"]);
        migrationBuilder.CreateTable(
            name: "exchange_consent",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Purpose = table.Column<string>(maxLength: 64, nullable: false),
                PurposeNameZh = table.Column<string>(maxLength: 200, nullable: false),
                PurposeNameEn = table.Column<string>(maxLength: 200, nullable: false),
                CaseReference = table.Column<string>(maxLength: 64, nullable: false),
                Receiver = table.Column<string>(maxLength: 64, nullable: false),
                Sources = table.Column<string>(nullable: false),
                Level = table.Column<int>(nullable: false),
                GivenAt = table.Column<long>(nullable: false),
                Until = table.Column<long>(nullable: false),
                RevokedAt = table.Column<long>(nullable: true),
                Sealed = table.Column<string>(nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_consent", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_consent_SubjectKey_Id", "exchange_consent", ["SubjectKey", "Id"]);
        migrationBuilder.CreateTable(
            name: "exchange_revocation",
            columns: table => new
            {
                FromNode = table.Column<string>(maxLength: 64, nullable: false),
                ConsentId = table.Column<string>(maxLength: 64, nullable: false),
                At = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_revocation", x => new { x.FromNode, x.ConsentId }));
    }
}
