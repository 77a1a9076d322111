using Tongban.Tests.Support;

namespace Tongban.Tests.Conformance;

/// <summary>Test data other projects publish, read where it lies; the test skips where it is absent.</summary>
static class ConformanceData
{
    public static string Folder(string name)
    {
        var folder = ProjectRoot.Conformance(name);
        Assert.SkipWhen(folder is null, $"Conformance data '{name}' is absent: set TONGBAN_CONFORMANCE to the folder that holds it");
        return folder!;
    }
}
