using System.Diagnostics;

namespace Tongban.Tests.Support;

/// <summary>The command line as a person runs it: <c>tongban …</c>, a process of its own.</summary>
public static class Tool
{
    /// <summary>Exit code, and what it printed.</summary>
    public static async Task<(int Code, string Said)> Run(CancellationToken ct, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "tongban"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var wrong = process.StandardError.ReadToEndAsync(ct);
        var said = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, said + await wrong);
    }
}
