using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Kernel;

/// <summary>What waits in the outbox is found without passing over what is done.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611230200_KernelWaiting")]
public sealed class M002_Waiting : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropIndex("IX_kernel_outbox_DoneAt_NextAt_Position", "kernel_outbox");
        migrationBuilder.CreateIndex("IX_kernel_outbox_Waiting", "kernel_outbox", "Position", filter: "\"DoneAt\" IS NULL");
        migrationBuilder.CreateIndex("IX_kernel_outbox_Done", "kernel_outbox", "DoneAt", filter: "\"DoneAt\" IS NOT NULL");
    }
}
