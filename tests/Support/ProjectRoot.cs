namespace Tongban.Tests.Support;

/// <summary>Where the project and its neighbours lie.</summary>
public static class ProjectRoot
{
    public static string Path { get; } = Find();

    /// <summary>Other projects' test data, or null with the reason when it is not beside the project.</summary>
    public static string? Conformance(string folder)
    {
        var root = Environment.GetEnvironmentVariable("TONGBAN_CONFORMANCE") is { Length: > 0 } given
            ? given
            : System.IO.Path.Combine(Path, "..", "shared", "conformance");
        var found = System.IO.Path.GetFullPath(System.IO.Path.Combine(root, folder));
        return Directory.Exists(found) ? found : null;
    }

    static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (File.Exists(System.IO.Path.Combine(folder, "Tongban.slnx")))
                return folder;
        }
        throw new InvalidOperationException("The project's root was not found above the test's folder.");
    }
}
