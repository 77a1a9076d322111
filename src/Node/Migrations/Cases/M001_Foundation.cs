using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Cases;

[DbContext(typeof(NodeDb))]
[Migration("202611220701_Cases")]
public sealed class M001_Foundation : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "cases_draft",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                BaseCode = table.Column<string>(maxLength: 32, nullable: false),
                ImplementationCode = table.Column<string>(maxLength: 64, nullable: false),
                ItemVersion = table.Column<int>(nullable: false),
                ItemName = table.Column<string>(nullable: false),
                Body = table.Column<string>(nullable: false),
                CreatedAt = table.Column<long>(nullable: false),
                UpdatedAt = table.Column<long>(nullable: false),
                ExpiresAt = table.Column<long>(nullable: false),
                FilingId = table.Column<string>(maxLength: 32, nullable: true),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_cases_draft", x => x.Id));
        migrationBuilder.CreateIndex("IX_cases_draft_SubjectKey_Id", "cases_draft", ["SubjectKey", "Id"]);
        migrationBuilder.CreateIndex("IX_cases_draft_ExpiresAt", "cases_draft", "ExpiresAt");
        migrationBuilder.CreateTable(
            name: "cases_filing",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Number = table.Column<string>(maxLength: 32, nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                BaseCode = table.Column<string>(maxLength: 32, nullable: false),
                ImplementationCode = table.Column<string>(maxLength: 64, nullable: false),
                ItemVersion = table.Column<int>(nullable: false),
                ItemName = table.Column<string>(nullable: false),
                DepartmentName = table.Column<string>(nullable: false),
                OwnerNode = table.Column<string>(maxLength: 64, nullable: false),
                CaseNumber = table.Column<string>(maxLength: 32, nullable: true),
                State = table.Column<string>(maxLength: 16, nullable: false),
                FiledAt = table.Column<long>(nullable: false),
                UpdatedAt = table.Column<long>(nullable: false),
                Body = table.Column<string>(nullable: false),
                Progress = table.Column<string>(nullable: true),
                SeenRevision = table.Column<long>(nullable: false),
                Required = table.Column<int>(nullable: false),
                Exempt = table.Column<int>(nullable: false),
                Sent = table.Column<long>(nullable: false),
                WithdrawAskedAt = table.Column<long>(nullable: true),
                SupplementSentAt = table.Column<long>(nullable: true),
                Stars = table.Column<int>(nullable: true),
                CertificateId = table.Column<string>(maxLength: 128, nullable: true),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_cases_filing", x => x.Id));
        migrationBuilder.CreateIndex("IX_cases_filing_Number", "cases_filing", "Number", unique: true);
        migrationBuilder.CreateIndex("IX_cases_filing_SubjectKey_Id", "cases_filing", ["SubjectKey", "Id"]);
        migrationBuilder.CreateTable(
            name: "cases_case",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Number = table.Column<string>(maxLength: 32, nullable: false),
                FilingNumber = table.Column<string>(maxLength: 32, nullable: false),
                FilingNode = table.Column<string>(maxLength: 64, nullable: false),
                BaseCode = table.Column<string>(maxLength: 32, nullable: false),
                ImplementationCode = table.Column<string>(maxLength: 64, nullable: false),
                ItemVersion = table.Column<int>(nullable: false),
                ItemName = table.Column<string>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                DepartmentName = table.Column<string>(nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                NameIndex = table.Column<string>(maxLength: 64, nullable: false),
                PhoneIndex = table.Column<string>(maxLength: 64, nullable: false),
                Applicant = table.Column<string>(nullable: false),
                Body = table.Column<string>(nullable: false),
                Course = table.Column<string>(nullable: false),
                Channel = table.Column<string>(maxLength: 16, nullable: false),
                State = table.Column<string>(maxLength: 16, nullable: false),
                Todo = table.Column<string>(maxLength: 8, nullable: false),
                TodoDue = table.Column<string>(maxLength: 10, nullable: false),
                FiledAt = table.Column<long>(nullable: false),
                ReceivedAt = table.Column<long>(nullable: false),
                AcceptedOn = table.Column<string>(maxLength: 10, nullable: true),
                StatutoryDays = table.Column<int>(nullable: false),
                PromisedDays = table.Column<int>(nullable: false),
                ExtendedDays = table.Column<int>(nullable: false),
                StatutoryDue = table.Column<string>(maxLength: 10, nullable: true),
                PromisedDue = table.Column<string>(maxLength: 10, nullable: true),
                DueProvisional = table.Column<bool>(nullable: false),
                SupplementUsed = table.Column<bool>(nullable: false),
                ClosedAt = table.Column<long>(nullable: true),
                Stars = table.Column<int>(nullable: true),
                CertificateId = table.Column<string>(maxLength: 128, nullable: true),
                Sent = table.Column<long>(nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_cases_case", x => x.Id));
        migrationBuilder.CreateIndex("IX_cases_case_Number", "cases_case", "Number", unique: true);
        migrationBuilder.CreateIndex("IX_cases_case_FilingNumber", "cases_case", "FilingNumber");
        migrationBuilder.CreateIndex("IX_cases_case_NameIndex", "cases_case", "NameIndex");
        migrationBuilder.CreateIndex("IX_cases_case_PhoneIndex", "cases_case", "PhoneIndex");
        migrationBuilder.CreateIndex("IX_cases_case_SubjectKey", "cases_case", "SubjectKey");
        migrationBuilder.CreateIndex("IX_cases_case_Department_Todo_TodoDue_Id", "cases_case", ["Department", "Todo", "TodoDue", "Id"]);
        migrationBuilder.CreateIndex("IX_cases_case_Department_State_Id", "cases_case", ["Department", "State", "Id"]);
        migrationBuilder.CreateTable(
            name: "cases_step",
            columns: table => new
            {
                CaseId = table.Column<string>(maxLength: 32, nullable: false),
                StepId = table.Column<string>(maxLength: 64, nullable: false),
                CaseNumber = table.Column<string>(maxLength: 32, nullable: false),
                Order = table.Column<int>(nullable: false),
                Name = table.Column<string>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                DepartmentName = table.Column<string>(nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                Node = table.Column<string>(maxLength: 64, nullable: false),
                Power = table.Column<string>(nullable: false),
                Duty = table.Column<string>(nullable: false),
                After = table.Column<string>(nullable: false),
                Effect = table.Column<string>(maxLength: 64, nullable: true),
                State = table.Column<string>(maxLength: 16, nullable: false),
                Due = table.Column<string>(maxLength: 10, nullable: false),
                Worker = table.Column<string>(maxLength: 128, nullable: true),
                Outcome = table.Column<string>(nullable: true),
                StartedAt = table.Column<long>(nullable: true),
                DoneAt = table.Column<long>(nullable: true),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_cases_step", x => new { x.CaseId, x.StepId }));
        migrationBuilder.CreateIndex("IX_cases_step_Department_State_Due_CaseId", "cases_step", ["Department", "State", "Due", "CaseId"]);
        migrationBuilder.CreateTable(
            name: "cases_joint_step",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                CaseNumber = table.Column<string>(maxLength: 32, nullable: false),
                StepId = table.Column<string>(maxLength: 64, nullable: false),
                OwnerNode = table.Column<string>(maxLength: 64, nullable: false),
                Name = table.Column<string>(nullable: false),
                ItemName = table.Column<string>(nullable: false),
                BaseCode = table.Column<string>(maxLength: 32, nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
                NameIndex = table.Column<string>(maxLength: 64, nullable: false),
                PhoneIndex = table.Column<string>(maxLength: 64, nullable: false),
                Applicant = table.Column<string>(nullable: false),
                Body = table.Column<string>(nullable: false),
                Outcome = table.Column<string>(nullable: true),
                State = table.Column<string>(maxLength: 16, nullable: false),
                Due = table.Column<string>(maxLength: 10, nullable: false),
                Worker = table.Column<string>(maxLength: 128, nullable: true),
                ReceivedAt = table.Column<long>(nullable: false),
                DoneAt = table.Column<long>(nullable: true),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_cases_joint_step", x => x.Id));
        migrationBuilder.CreateIndex("IX_cases_joint_step_CaseNumber_StepId", "cases_joint_step", ["CaseNumber", "StepId"], unique: true);
        migrationBuilder.CreateIndex("IX_cases_joint_step_Department_State_Due_Id", "cases_joint_step", ["Department", "State", "Due", "Id"]);
        migrationBuilder.CreateIndex("IX_cases_joint_step_NameIndex", "cases_joint_step", "NameIndex");
        migrationBuilder.CreateIndex("IX_cases_joint_step_PhoneIndex", "cases_joint_step", "PhoneIndex");
        migrationBuilder.CreateTable(
            name: "cases_file_use",
            columns: table => new
            {
                Hash = table.Column<string>(maxLength: 64, nullable: false),
                UserId = table.Column<string>(maxLength: 32, nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_cases_file_use", x => new { x.Hash, x.UserId }));
        migrationBuilder.CreateIndex("IX_cases_file_use_UserId", "cases_file_use", "UserId");
    }
}
