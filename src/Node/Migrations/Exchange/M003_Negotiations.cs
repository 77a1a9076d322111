using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

[DbContext(typeof(NodeDb))]
[Migration("202611230901_Negotiations")]
public sealed class M003_Negotiations : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "exchange_negotiation",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Side = table.Column<int>(nullable: false),
                Peer = table.Column<string>(maxLength: 64, nullable: false),
                PeerPid = table.Column<string>(maxLength: 128, nullable: false),
                PeerBase = table.Column<string>(maxLength: 256, nullable: false),
                State = table.Column<int>(nullable: false),
                Resource = table.Column<string>(maxLength: 64, nullable: false),
                Terms = table.Column<string>(nullable: false),
                OfferId = table.Column<string>(maxLength: 256, nullable: false),
                Document = table.Column<string>(nullable: false),
                AgreementId = table.Column<string>(maxLength: 64, nullable: false),
                Sending = table.Column<int>(nullable: true),
                NextAt = table.Column<long>(nullable: false),
                Attempts = table.Column<int>(nullable: false),
                LastError = table.Column<string>(maxLength: 128, nullable: true),
                TerminatedBy = table.Column<string>(maxLength: 64, nullable: true),
                Reason = table.Column<string>(maxLength: 500, nullable: true),
                CreatedAt = table.Column<long>(nullable: false),
                ChangedAt = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_negotiation", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_negotiation_Peer_PeerPid", "exchange_negotiation", ["Peer", "PeerPid"]);
        migrationBuilder.CreateIndex("IX_exchange_negotiation_Sending_NextAt", "exchange_negotiation", ["Sending", "NextAt"]);
        migrationBuilder.CreateIndex("IX_exchange_negotiation_Division_Department_Id", "exchange_negotiation", ["Division", "Department", "Id"]);
        migrationBuilder.CreateTable(
            name: "exchange_transfer",
            columns: table => new
            {
                Id = table.Column<string>(maxLength: 64, nullable: false),
                Side = table.Column<int>(nullable: false),
                Peer = table.Column<string>(maxLength: 64, nullable: false),
                PeerPid = table.Column<string>(maxLength: 128, nullable: false),
                PeerBase = table.Column<string>(maxLength: 256, nullable: false),
                State = table.Column<int>(nullable: false),
                AgreementId = table.Column<string>(maxLength: 64, nullable: false),
                SuspendedBy = table.Column<string>(maxLength: 64, nullable: true),
                Sending = table.Column<int>(nullable: true),
                NextAt = table.Column<long>(nullable: false),
                Attempts = table.Column<int>(nullable: false),
                LastError = table.Column<string>(maxLength: 128, nullable: true),
                Reason = table.Column<string>(maxLength: 500, nullable: true),
                CreatedAt = table.Column<long>(nullable: false),
                ChangedAt = table.Column<long>(nullable: false),
                Division = table.Column<string>(maxLength: 12, nullable: false),
                Department = table.Column<string>(maxLength: 64, nullable: false),
                SubjectKey = table.Column<string>(maxLength: 64, nullable: false),
                Readers = table.Column<string>(maxLength: 256, nullable: false),
                Revision = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_exchange_transfer", x => x.Id));
        migrationBuilder.CreateIndex("IX_exchange_transfer_Peer_PeerPid", "exchange_transfer", ["Peer", "PeerPid"]);
        migrationBuilder.CreateIndex("IX_exchange_transfer_Sending_NextAt", "exchange_transfer", ["Sending", "NextAt"]);
        migrationBuilder.CreateIndex("IX_exchange_transfer_Division_Department_AgreementId", "exchange_transfer", ["Division", "Department", "AgreementId"]);
    }
}
