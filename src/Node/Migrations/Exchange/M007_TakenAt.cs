using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>When an agreement came here shows that it was signed by then, whatever becomes of the keys. Those that are here already came by now at the latest.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611231705_TakenAt")]
public sealed class M007_TakenAt : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "TakenAt", table: "exchange_agreement", nullable: false, defaultValue: 0L);
        migrationBuilder.Sql(FormattableString.Invariant($"UPDATE exchange_agreement SET \"TakenAt\" = {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}"));
    }
}
