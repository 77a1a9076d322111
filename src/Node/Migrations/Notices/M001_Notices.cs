using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Notices;

[DbContext(typeof(NodeDb))]
[Migration("202611220801_Notices")]
public sealed class M001_Notices : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "notices_notice",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Kind = table.Column<string>(maxLength: 20, nullable: false),
                DocumentNumber = table.Column<string>(maxLength: 60, nullable: false),
                CaseNumber = table.Column<string>(maxLength: 40, nullable: false),
                TitleZh = table.Column<string>(nullable: false),
                TitleEn = table.Column<string>(nullable: false),
                TextSealed = table.Column<string>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 40, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                IssuedAt = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_notices_notice", x => x.Id));
        migrationBuilder.CreateIndex("IX_notices_notice_DocumentNumber", "notices_notice", "DocumentNumber", unique: true);
        migrationBuilder.CreateIndex("IX_notices_notice_CaseNumber_Id", "notices_notice", ["CaseNumber", "Id"]);
        migrationBuilder.CreateTable(
            name: "notices_inbox",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Kind = table.Column<string>(maxLength: 20, nullable: false),
                DocumentNumber = table.Column<string>(maxLength: 60, nullable: false),
                CaseNumber = table.Column<string>(maxLength: 40, nullable: false),
                FilingId = table.Column<string>(maxLength: 40, nullable: false),
                TitleZh = table.Column<string>(nullable: false),
                TitleEn = table.Column<string>(nullable: false),
                FromZh = table.Column<string>(nullable: false),
                FromEn = table.Column<string>(nullable: false),
                TextSealed = table.Column<string>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                IssuedAt = table.Column<long>(nullable: false),
                ReadAt = table.Column<long>(nullable: true),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_notices_inbox", x => x.Id));
        migrationBuilder.CreateIndex("IX_notices_inbox_SubjectKey_Id", "notices_inbox", ["SubjectKey", "Id"]);
        migrationBuilder.CreateIndex("IX_notices_inbox_FilingId_Id", "notices_inbox", ["FilingId", "Id"]);
    }
}
