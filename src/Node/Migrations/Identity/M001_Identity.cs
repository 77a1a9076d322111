using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Identity;

[DbContext(typeof(NodeDb))]
[Migration("202611220101_Identity")]
public sealed class M001_Identity : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "identity_person",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Kind = table.Column<string>(maxLength: 16, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                NumberSealed = table.Column<string>(nullable: false),
                NameSealed = table.Column<string>(nullable: false),
                PhoneSealed = table.Column<string>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Level = table.Column<int>(nullable: false),
                CreatedAt = table.Column<long>(nullable: false),
                Revision = table.Column<long>(nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_identity_person", x => x.Id));
        migrationBuilder.CreateIndex("IX_identity_person_SubjectKey", "identity_person", "SubjectKey", unique: true);
        migrationBuilder.CreateTable(
            name: "identity_mandate",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Kind = table.Column<string>(maxLength: 32, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                ForKey = table.Column<string>(maxLength: 64, nullable: false),
                NameSealed = table.Column<string>(nullable: false),
                Basis = table.Column<string>(maxLength: 200, nullable: false),
                StartsOn = table.Column<string>(maxLength: 10, nullable: false),
                EndsOn = table.Column<string>(maxLength: 10, nullable: false),
                RecordedBy = table.Column<string>(maxLength: 64, nullable: false),
                RecordedAt = table.Column<long>(nullable: false),
                RevokedAt = table.Column<long>(nullable: true),
                Revision = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_identity_mandate", x => x.Id));
        migrationBuilder.CreateIndex("IX_identity_mandate_SubjectKey", "identity_mandate", "SubjectKey");
        migrationBuilder.CreateIndex("IX_identity_mandate_ForKey", "identity_mandate", "ForKey");
        migrationBuilder.CreateTable(
            name: "identity_account",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Kind = table.Column<string>(maxLength: 16, nullable: false),
                LoginKey = table.Column<string>(maxLength: 160, nullable: false),
                Login = table.Column<string>(maxLength: 64, nullable: false),
                PersonId = table.Column<string>(maxLength: 32, nullable: true),
                NameSealed = table.Column<string>(nullable: false),
                PhoneSealed = table.Column<string>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                Roles = table.Column<string>(maxLength: 160, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                PasswordHash = table.Column<string>(nullable: false),
                MustChange = table.Column<bool>(nullable: false),
                Disabled = table.Column<bool>(nullable: false),
                Failures = table.Column<int>(nullable: false),
                LockedUntil = table.Column<long>(nullable: false),
                LastSignInAt = table.Column<long>(nullable: true),
                CreatedAt = table.Column<long>(nullable: false),
                Revision = table.Column<long>(nullable: false),
                Readers = table.Column<string>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_identity_account", x => x.Id));
        migrationBuilder.CreateIndex("IX_identity_account_LoginKey", "identity_account", "LoginKey", unique: true);
        migrationBuilder.CreateIndex("IX_identity_account_PersonId", "identity_account", "PersonId");
        migrationBuilder.CreateIndex("IX_identity_account_Kind_Login", "identity_account", ["Kind", "Login"]);
        migrationBuilder.CreateTable(
            name: "identity_code",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Purpose = table.Column<string>(maxLength: 16, nullable: false),
                AccountId = table.Column<string>(maxLength: 32, nullable: true),
                PhoneSealed = table.Column<string>(nullable: false),
                CodeIndex = table.Column<string>(maxLength: 64, nullable: false),
                Tries = table.Column<int>(nullable: false),
                ExpiresAt = table.Column<long>(nullable: false),
                UsedAt = table.Column<long>(nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_identity_code", x => x.Id));
        migrationBuilder.CreateIndex("IX_identity_code_ExpiresAt", "identity_code", "ExpiresAt");
        migrationBuilder.CreateTable(
            name: "identity_local_message",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                ToMasked = table.Column<string>(maxLength: 32, nullable: false),
                TextSealed = table.Column<string>(nullable: false),
                At = table.Column<long>(nullable: false),
                ExpiresAt = table.Column<long>(nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_identity_local_message", x => x.Id));
        migrationBuilder.CreateTable(
            name: "identity_session",
            columns: table => new
            {
                Hash = table.Column<string>(maxLength: 64, nullable: false),
                PublicId = table.Column<string>(maxLength: 32, nullable: false),
                AccountId = table.Column<string>(maxLength: 32, nullable: false),
                Step = table.Column<string>(maxLength: 16, nullable: false),
                Role = table.Column<string>(maxLength: 32, nullable: false),
                MandateId = table.Column<string>(maxLength: 32, nullable: true),
                Level = table.Column<int>(nullable: false),
                Device = table.Column<string>(maxLength: 64, nullable: false),
                SignedInAt = table.Column<long>(nullable: false),
                SeenAt = table.Column<long>(nullable: false),
                EndsAt = table.Column<long>(nullable: false),
                EndedAt = table.Column<long>(nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_identity_session", x => x.Hash));
        migrationBuilder.CreateIndex("IX_identity_session_AccountId", "identity_session", "AccountId");
        migrationBuilder.CreateIndex("IX_identity_session_EndsAt", "identity_session", "EndsAt");
        migrationBuilder.CreateTable(
            name: "identity_client",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                NameZh = table.Column<string>(maxLength: 100, nullable: false),
                NameEn = table.Column<string>(maxLength: 100, nullable: false),
                SecretHash = table.Column<string>(maxLength: 64, nullable: false),
                RedirectUris = table.Column<string>(nullable: false),
                PostLogoutUris = table.Column<string>(nullable: false),
                CreatedAt = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_identity_client", x => x.Id));
        migrationBuilder.CreateTable(
            name: "identity_grant",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 32, nullable: false),
                CodeHash = table.Column<string>(maxLength: 64, nullable: false),
                ClientId = table.Column<string>(maxLength: 64, nullable: false),
                AccountId = table.Column<string>(maxLength: 32, nullable: false),
                SessionHash = table.Column<string>(maxLength: 64, nullable: false),
                RedirectUri = table.Column<string>(nullable: false),
                Scope = table.Column<string>(maxLength: 200, nullable: false),
                Nonce = table.Column<string>(maxLength: 512, nullable: true),
                Challenge = table.Column<string>(maxLength: 64, nullable: true),
                SignedInAt = table.Column<long>(nullable: false),
                Level = table.Column<int>(nullable: false),
                CodeExpiresAt = table.Column<long>(nullable: false),
                CodeUsedAt = table.Column<long>(nullable: true),
                RevokedAt = table.Column<long>(nullable: true),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_identity_grant", x => x.Id));
        migrationBuilder.CreateIndex("IX_identity_grant_CodeHash", "identity_grant", "CodeHash", unique: true);
        migrationBuilder.CreateIndex("IX_identity_grant_CodeExpiresAt", "identity_grant", "CodeExpiresAt");
        migrationBuilder.CreateTable(
            name: "identity_token",
            columns: table => new
            {
                Hash = table.Column<string>(maxLength: 64, nullable: false),
                GrantId = table.Column<string>(maxLength: 32, nullable: false),
                Kind = table.Column<string>(maxLength: 8, nullable: false),
                ExpiresAt = table.Column<long>(nullable: false),
                UsedAt = table.Column<long>(nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_identity_token", x => x.Hash));
        migrationBuilder.CreateIndex("IX_identity_token_GrantId", "identity_token", "GrantId");
        migrationBuilder.CreateIndex("IX_identity_token_ExpiresAt", "identity_token", "ExpiresAt");
    }
}
