using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Tests.Integration.House;

/// <summary>
/// With <c>TONGBAN_TEST_INDEX=changing</c> the nodes of tests live amid a change of the blind index's key: what was there at their start is
/// partly in the older form, what comes is in the newer, and every test still passes.
/// </summary>
static class IndexInChange
{
    public static bool Asked => Environment.GetEnvironmentVariable("TONGBAN_TEST_INDEX") == "changing";

    public static async Task Begin(IServiceProvider services)
    {
        var keys = services.GetRequiredService<Keystore>();
        if (!Asked || keys.Vault.Replaced)
            return;
        keys.RotateIndex(DateTimeOffset.UtcNow);
        await using var scope = services.AsNode("test");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        foreach (var column in Columns.Blind(db.Model).Where((c, i) => c.Mark.First || (i % 2 == 0 && !c.Mark.Last)))
            await new ColumnWalk(db, column, stored => column.Again((string)stored, keys.Vault.Written) is { } anew && anew != (string)stored ? anew : null).Run(_ => { }, CancellationToken.None);
    }
}
