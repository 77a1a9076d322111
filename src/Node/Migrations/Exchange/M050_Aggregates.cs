using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tongban.Kernel.Data;

namespace Tongban.Node.Migrations.Exchange;

/// <summary>How many groups of an aggregate a pushed change kept back.</summary>
[DbContext(typeof(NodeDb))]
[Migration("202611292100_Aggregates")]
public sealed class M050_Aggregates : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>(name: "Withheld", table: "exchange_watched_change", nullable: true);
        migrationBuilder.AddColumn<bool>(name: "WithheldOrMore", table: "exchange_watched_change", nullable: true);
    }
}
