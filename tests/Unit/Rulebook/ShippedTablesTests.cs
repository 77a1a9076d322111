using Tongban.Rulebook.Versions;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Unit.Rulebook;

/// <summary>Every table that ships compiles without complaint and passes the cases beside it: what the node asks at start.</summary>
public sealed class ShippedTablesTests
{
    public static TheoryData<string> Files()
    {
        var folder = Path.Combine(ProjectRoot.Path, "data", "rules");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.dmn").Select(f => Path.GetFileName(f)!)] : [];
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void A_shipped_table_is_sound(string file)
    {
        var path = Path.Combine(ProjectRoot.Path, "data", "rules", file);
        var tests = Path.ChangeExtension(path, ".tests.json");
        var table = CheckTable.Check(Path.GetFileNameWithoutExtension(path), File.ReadAllText(path), File.Exists(tests) ? File.ReadAllText(tests) : null);
        Assert.True(table.Ok, table.Error?.DetailEn);
    }
}
