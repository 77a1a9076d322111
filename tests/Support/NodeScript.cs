using System.Diagnostics;
using System.Text.Json;

namespace Tongban.Tests.Support;

/// <summary>
/// Runs a script under Node.js with the packages of <c>tests/peers</c>: JSON in on stdin, one JSON document out on stdout.
/// A script that ends with anything but 0 throws with what it wrote to stderr.
/// </summary>
public static class NodeScript
{
    public static string Chromium => Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } given ? given : "/usr/bin/chromium";

    static string Peers => Path.Combine(ProjectRoot.Path, "tests", "peers");

    /// <summary>Whether a package of <c>tests/peers</c> is installed.</summary>
    public static bool Has(string package) => Directory.Exists(Path.Combine(Peers, "node_modules", package));

    /// <summary>What to install before a browser can be driven; null when all is there.</summary>
    public static string? Missing =>
        !Directory.Exists(Path.Combine(Peers, "node_modules", "playwright-core")) ? "npm's playwright-core is not installed: run 'npm ci' in tests/peers (./test does)."
        : !File.Exists(Chromium) ? $"No browser at {Chromium}: install Debian's chromium, or set CHROMIUM (./test installs it)."
        : null;

    /// <param name="script">Path below the project's root.</param>
    /// <param name="limit">When it takes longer, it is ended and this throws.</param>
    public static async Task<JsonElement> Run(string script, object input, TimeSpan limit, CancellationToken ct)
    {
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = Peers,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(ProjectRoot.Path, script));
        start.Environment["CHROMIUM"] = Chromium;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(limit);
        var wrong = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.StandardInput.WriteAsync(JsonSerializer.Serialize(input));
            process.StandardInput.Close();
            var text = await process.StandardOutput.ReadToEndAsync(time.Token);
            await process.WaitForExitAsync(time.Token);
            return process.ExitCode == 0
                ? JsonDocument.Parse(text).RootElement
                : throw new InvalidOperationException($"{script} ended with {process.ExitCode}\n{await wrong}\n{text}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{script} took longer than {limit.TotalSeconds:F0} s.\n{await wrong}");
        }
        finally
        {
            // The browser is a child of the script and must not outlive it.
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
