using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Kernel;

/// <summary>What waits for one node is found without passing over what waits for others.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611301800_KernelWaitingForNode")]
public sealed class M003_WaitingForNode : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateIndex("IX_kernel_outbox_WaitingForNode", "kernel_outbox", ["ToNode", "Position"], filter: "\"DoneAt\" IS NULL AND \"ToNode\" IS NOT NULL");
}
