using System.Diagnostics;
using Xunit;

namespace Tongban.Tests.Integration.Faults;

/// <summary>A disk of some megabytes of its own, over a folder whose content it keeps; it can be filled to the brim.</summary>
sealed class SmallDisk : IDisposable
{
    readonly string folder;

    /// <summary>Only root mounts disks: elsewhere the test is skipped.</summary>
    public SmallDisk(string folder, int megabytes)
    {
        this.folder = folder;
        var kept = Directory.CreateTempSubdirectory("tongban-kept-").FullName;
        Directory.CreateDirectory(folder);
        Assert.True(Run("cp", "-a", folder + "/.", kept));
        var mounted = Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tongban-test", folder);
        Assert.SkipUnless(mounted, "A disk of its own can only be mounted by root (./test in a container has it).");
        Assert.True(Run("cp", "-a", kept + "/.", folder));
        Directory.Delete(kept, recursive: true);
    }

    string Ballast => Path.Combine(folder, "ballast");

    public void Fill(long leave)
    {
        using var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var free = new DriveInfo(folder).AvailableFreeSpace - leave;
        try
        {
            for (var block = new byte[4096]; free > 0; free -= block.Length)
                ballast.Write(block);
        }
        catch (IOException) when (leave == 0)
        {
            // Full, as asked.
        }
    }

    public void Free() => File.Delete(Ballast);

    static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    public void Dispose()
    {
        // Whatever is still open, also after a failure, lets go.
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Run("umount", "-l", folder);
    }
}
