using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Text;
using Tongban.Node;
using Tongban.Node.Commands;

namespace Tongban.Tests.Support;

/// <summary>
/// The sample region as <c>tongban region --processes</c> runs it: a folder and ports of its own, one process per node, a killed
/// node started again by the supervisor. Disposing stops every process it started and deletes the folder.
/// </summary>
public sealed class RegionInProcesses : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    readonly ConcurrentQueue<string> said = new();
    readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(2) };
    readonly string root;
    readonly string? data;
    readonly IReadOnlyList<NodeSettings> nodes;
    Process? supervisor;

    RegionInProcesses(string root, IReadOnlyList<NodeSettings> nodes, string? data) => (this.root, this.nodes, this.data) = (root, nodes, data);

    /// <summary>Divisions, the hub (000000) first.</summary>
    public IReadOnlyList<string> Divisions => [.. nodes.Select(n => n.Identity().Division)];

    /// <summary>What the region's processes printed: the reason when one did not start.</summary>
    public string Said => string.Join('\n', said.TakeLast(60));

    public string Address(string division) => Node(division).Listen;

    public string Folder(string division) => Node(division).Folder;

    /// <summary>Starts and returns when every node answers.</summary>
    /// <param name="data">Instead of the product's data folder.</param>
    public static async Task<RegionInProcesses> Start(int people, CancellationToken ct, string? data = null)
    {
        var root = Directory.CreateTempSubdirectory("tongban-region-").FullName;
        var port = FreePort();
        var region = new RegionInProcesses(root, Region.Nodes(root, port), data);
        try
        {
            region.supervisor = region.Run("region", "--folder", root, "--port", Text(port), "--people", Text(people), "--processes");
            foreach (var division in region.Divisions)
                await region.Answers(division, ct);
            return region;
        }
        catch
        {
            await region.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL: nothing of the process runs any more, not even its shutdown. Returns when the node answers from a new process.</summary>
    public async Task Kill(string division, CancellationToken ct)
    {
        var before = await Pid(division, ct);
        using (var process = Process.GetProcessById(before))
            process.Kill();
        var watch = Stopwatch.StartNew();
        while (await Pid(division, ct) == before)
            await Pause($"The supervisor did not start {division} again", watch, ct);
        await Answers(division, ct);
    }

    /// <summary>
    /// SIGKILL, and the node stays away until <see cref="Return"/>: without its settings it does not start again.
    /// </summary>
    public async Task TakeAway(string division, CancellationToken ct)
    {
        var settings = Path.Combine(Folder(division), NodeSettings.FileName);
        File.Move(settings, settings + ".away");
        using var process = Process.GetProcessById(await Pid(division, ct));
        process.Kill();
        await process.WaitForExitAsync(ct);
    }

    /// <summary>The supervisor starts the node again; returns when it answers.</summary>
    public async Task Return(string division, CancellationToken ct)
    {
        var settings = Path.Combine(Folder(division), NodeSettings.FileName);
        File.Move(settings + ".away", settings);
        await Answers(division, ct);
    }

    /// <summary>SIGKILL of the supervisor, which then cannot stop its nodes. Returns when every node has ended by itself.</summary>
    public async Task KillSupervisor(CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var pids = new List<int>();
        foreach (var division in Divisions)
            pids.Add(await Pid(division, ct));
        supervisor!.Kill();
        await supervisor.WaitForExitAsync(ct);
        supervisor.Dispose();
        supervisor = null;
        foreach (var pid in pids)
        {
            while (Runs(pid))
                await Pause($"Process {pid} outlives its supervisor", watch, ct);
        }
    }

    /// <summary>Stops the whole region as Ctrl+C does.</summary>
    public async Task Stop(CancellationToken ct)
    {
        if (supervisor is null)
            return;
        using (var signal = Process.Start("kill", ["-INT", Text(supervisor.Id)]))
            await signal.WaitForExitAsync(ct);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        await supervisor.WaitForExitAsync(patience.Token);
        supervisor.Dispose();
        supervisor = null;
    }

    /// <summary><c>tongban audit --folder</c> of one node, with the region stopped: exit code and what it printed.</summary>
    public async Task<(int ExitCode, string Printed)> Audit(string division, CancellationToken ct)
    {
        using var process = Process.Start(StartInfo(["audit", "--folder", Folder(division)]))!;
        var errors = process.StandardError.ReadToEndAsync(ct);
        var printed = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, printed + await errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (supervisor is not null)
        {
            supervisor.Kill(entireProcessTree: true);
            await supervisor.WaitForExitAsync();
            supervisor.Dispose();
        }
        http.Dispose();
        Directory.Delete(root, recursive: true);
    }

    NodeSettings Node(string division) => nodes.Single(n => n.Identity().Division == division);

    async Task<int> Pid(string division, CancellationToken ct)
    {
        // The supervisor replaces the file whole.
        return int.Parse(await File.ReadAllTextAsync(Path.Combine(Folder(division), "node.pid"), ct), CultureInfo.InvariantCulture);
    }

    /// <summary>A process that has ended and that nobody has asked about yet (a zombie) does not run.</summary>
    static bool Runs(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    async Task Answers(string division, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Address(division) + "/health"), ct);
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !ct.IsCancellationRequested))
            {
                // Not up yet.
            }
            if (supervisor is { HasExited: true })
                throw new InvalidOperationException($"The region ended with {supervisor.ExitCode}:\n{Said}");
            await Pause($"{division} does not answer", watch, ct);
        }
    }

    async Task Pause(string what, Stopwatch watch, CancellationToken ct)
    {
        if (watch.Elapsed > Patience)
            throw new TimeoutException($"{what} within {Patience.TotalSeconds} s. The region said:\n{Said}");
        await Task.Delay(50, ct);
    }

    Process Run(params string[] arguments)
    {
        var process = Process.Start(StartInfo(arguments))!;
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    ProcessStartInfo StartInfo(IEnumerable<string> arguments) => new(Path.Combine(AppContext.BaseDirectory, "tongban"), arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        StandardOutputEncoding = Encoding.UTF8,
        StandardErrorEncoding = Encoding.UTF8,
        Environment = { ["TONGBAN_DATA"] = data ?? SharedData.Folder },
    };

    /// <summary>A port of the hub such that the provinces' ports are free too.</summary>
    static int FreePort()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).ToHashSet();
        // Below the range from which the system gives ports to outgoing connections.
        for (var tries = 0; tries < 100; tries++)
        {
            var port = Random.Shared.Next(12_000, 30_000);
            if (!Region.Nodes("", port).Select(n => new Uri(n.Listen).Port).Any(taken.Contains))
                return port;
        }
        throw new InvalidOperationException("No free ports for a region were found.");
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
