using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611231650_Subscriptions")]
public sealed class M006_Subscriptions : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_watch",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Consumer = table.Column<string>(maxLength: 64, nullable: false),
                AgreementId = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                Query = table.Column<byte[]>(nullable: false),
                Seen = table.Column<string>(maxLength: 64, nullable: false),
                Offset = table.Column<long>(nullable: false),
                Acked = table.Column<long>(nullable: false),
                State = table.Column<int>(nullable: false),
                Code = table.Column<string>(maxLength: 64, nullable: true),
                EndTold = table.Column<bool>(nullable: false),
                Attempts = table.Column<int>(nullable: false),
                NextAt = table.Column<long>(nullable: false),
                CreatedAt = table.Column<long>(nullable: false),
                Until = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_watch", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_watch_State_EndTold_Id", "exchange_watch", ["State", "EndTold", "Id"]);
        migrationBuilder.CreateIndex("IX_exchange_watch_Division_Department_Id", "exchange_watch", ["Division", "Department", "Id"]);
        migrationBuilder.CreateTable(
            name: "exchange_watched_change",
            columns: table => new
            {
                WatchId = table.Column<string>(maxLength: 64, nullable: false),
                Offset = table.Column<long>(nullable: false),
                ExchangeId = table.Column<string>(maxLength: 64, nullable: false),
                Rows = table.Column<byte[]>(nullable: false),
                Count = table.Column<int>(nullable: false),
                AsOf = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_watched_change", x => new { x.WatchId, x.Offset }));
        migrationBuilder.CreateIndex("IX_exchange_watched_change_AsOf", "exchange_watched_change", "AsOf");
        migrationBuilder.CreateTable(
            name: "exchange_subscription",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Provider = table.Column<string>(maxLength: 64, nullable: false),
                AgreementId = table.Column<string>(maxLength: 64, nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                Purpose = table.Column<string>(maxLength: 64, nullable: false),
                CaseReference = table.Column<string>(maxLength: 64, nullable: false),
                ConsentId = table.Column<string>(maxLength: 64, nullable: true),
                Query = table.Column<byte[]>(nullable: false),
                Offset = table.Column<long>(nullable: false),
                ChangedAt = table.Column<long>(nullable: true),
                EndedAt = table.Column<long>(nullable: true),
                Code = table.Column<string>(maxLength: 64, nullable: true),
                CreatedAt = table.Column<long>(nullable: false),
                Until = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_subscription", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_subscription_Division_Department_Id", "exchange_subscription", ["Division", "Department", "Id"]);
        migrationBuilder.CreateTable(
            name: "exchange_taken_change",
            columns: table => new
            {
                SubscriptionId = table.Column<string>(maxLength: 64, nullable: false),
                Offset = table.Column<long>(nullable: false),
                Answer = table.Column<byte[]>(nullable: false),
                TakenAt = table.Column<long>(nullable: false),
                DeleteAt = table.Column<long>(nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_exchange_taken_change", x => new { x.SubscriptionId, x.Offset }));
        migrationBuilder.CreateIndex("IX_exchange_taken_change_DeleteAt", "exchange_taken_change", "DeleteAt");
    }
}
