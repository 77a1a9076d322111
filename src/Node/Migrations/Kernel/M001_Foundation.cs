using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Kernel;

[DbContext(typeof(NodeDb))]
[Migration("202611220001_Kernel")]
public sealed class M001_Foundation : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "kernel_outbox",
            columns: table => new
            {
                Position = table.Column<long>(nullable: false)
                    .Annotation("Sqlite:Autoincrement", true)
                    .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                EventId = table.Column<string>(maxLength: 64, nullable: false),
                Type = table.Column<string>(maxLength: 128, nullable: false),
                Body = table.Column<string>(nullable: false),
                At = table.Column<long>(nullable: false),
                FromNode = table.Column<string>(maxLength: 64, nullable: true),
                ToNode = table.Column<string>(maxLength: 64, nullable: true),
                Stream = table.Column<string>(maxLength: 128, nullable: true),
                StreamSequence = table.Column<long>(nullable: false),
                Files = table.Column<string>(nullable: false),
                DoneAt = table.Column<long>(nullable: true),
                Attempts = table.Column<int>(nullable: false),
                NextAt = table.Column<long>(nullable: false),
                LastError = table.Column<string>(nullable: true),
                ClaimedUntil = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_kernel_outbox", x => x.Position));
        migrationBuilder.CreateIndex("IX_kernel_outbox_EventId", "kernel_outbox", "EventId", unique: true);
        migrationBuilder.CreateIndex("IX_kernel_outbox_DoneAt_NextAt_Position", "kernel_outbox", ["DoneAt", "NextAt", "Position"]);
        migrationBuilder.CreateIndex("IX_kernel_outbox_ToNode_Stream_StreamSequence", "kernel_outbox", ["ToNode", "Stream", "StreamSequence"]);
        migrationBuilder.CreateTable(
            name: "kernel_inbox",
            columns: table => new
            {
                EventId = table.Column<string>(maxLength: 64, nullable: false),
                Handler = table.Column<string>(maxLength: 200, nullable: false),
                At = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_kernel_inbox", x => new { x.EventId, x.Handler }));
        migrationBuilder.CreateTable(
            name: "kernel_peer_stream",
            columns: table => new
            {
                FromNode = table.Column<string>(maxLength: 64, nullable: false),
                Stream = table.Column<string>(maxLength: 128, nullable: false),
                LastSequence = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_kernel_peer_stream", x => new { x.FromNode, x.Stream }));
        migrationBuilder.CreateTable(
            name: "kernel_lease",
            columns: table => new
            {
                Name = table.Column<string>(maxLength: 128, nullable: false),
                Holder = table.Column<string>(maxLength: 64, nullable: false),
                Epoch = table.Column<long>(nullable: false),
                Until = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_kernel_lease", x => x.Name));
        migrationBuilder.CreateTable(
            name: "kernel_once",
            columns: table => new
            {
                ActorId = table.Column<string>(maxLength: 128, nullable: false),
                Key = table.Column<string>(maxLength: 128, nullable: false),
                Route = table.Column<string>(maxLength: 256, nullable: false),
                RequestHash = table.Column<string>(maxLength: 64, nullable: false),
                Status = table.Column<int>(nullable: false),
                Location = table.Column<string>(nullable: true),
                Body = table.Column<string>(nullable: true),
                At = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_kernel_once", x => new { x.ActorId, x.Key }));
        migrationBuilder.CreateTable(
            name: "kernel_counter",
            columns: table => new
            {
                Name = table.Column<string>(maxLength: 128, nullable: false),
                Last = table.Column<long>(nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_kernel_counter", x => x.Name));
    }
}
