namespace Tongban.Tests.Conformance;

/// <summary>
/// Test data other projects publish, read where it lies: the folder named by <c>TONGBAN_CONFORMANCE</c>, or
/// <c>../shared/conformance</c> from the project's root. It is never copied; where it is absent the test skips.
/// </summary>
static class ConformanceData
{
    /// <summary>The project's root: the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    public static string Folder(string name)
    {
        var named = Environment.GetEnvironmentVariable("TONGBAN_CONFORMANCE");
        string[] candidates = named is { Length: > 0 } ? [named] : [Path.Combine(Root, "..", "shared", "conformance"), Path.Combine(Root, "..", "..", "shared", "conformance")];
        foreach (var candidate in candidates)
        {
            var folder = Path.Combine(candidate, name);
            if (Directory.Exists(folder))
                return Path.GetFullPath(folder);
        }
        Assert.Skip($"Conformance data '{name}' is absent: set TONGBAN_CONFORMANCE to the folder that holds it");
        return "";
    }

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Tongban.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException("The tests run outside the project");
    }
}
