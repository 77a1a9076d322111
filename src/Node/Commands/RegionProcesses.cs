using System.Diagnostics;

namespace Tongban.Node.Commands;

/// <summary>One process per node; a node that is killed is started again, as a service manager would.</summary>
static class RegionProcesses
{
    public static async Task<int> Run(IReadOnlyList<NodeSettings> nodes, Stopwatch watch, CancellationToken ct)
    {
        var running = nodes.Select(n => Supervise(n, ct)).ToList();
        await Task.WhenAll(nodes.Select(n => Answers(n, ct)));
        RegionSetup.Print(nodes, watch.Elapsed);
        await Task.WhenAll(running);
        return 0;
    }

    static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);

    static async Task Supervise(NodeSettings node, CancellationToken ct)
    {
        var pause = Shortest;
        while (!ct.IsCancellationRequested)
        {
            var lived = Stopwatch.StartNew();
            using var process = Start(node);
            WritePid(node, process.Id);
            try
            {
                await process.WaitForExitAsync(ct);
                Console.WriteLine($"{node.Name.Zh} 停止（退出码 {process.ExitCode}）,重新启动 / stopped, starting again");
                // A node that ends as soon as it starts is tried less and less often.
                pause = lived.Elapsed > TimeSpan.FromSeconds(10) ? Shortest : TimeSpan.FromSeconds(Math.Min(4, pause.TotalSeconds * 2));
                await Task.Delay(pause, ct);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>Whole or not at all: whoever reads it never finds half a number.</summary>
    static void WritePid(NodeSettings node, int id)
    {
        var path = Path.Combine(node.Folder, "node.pid");
        File.WriteAllText(path + ".new", id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        File.Move(path + ".new", path, overwrite: true);
    }

    static Process Start(NodeSettings node)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(RegionProcesses).Assembly.Location);
        start.ArgumentList.Add("node");
        start.ArgumentList.Add("--folder");
        start.ArgumentList.Add(node.Folder);
        // Nothing is ever written there: it closes when this process ends, a SIGKILL included, and the node then stops.
        start.ArgumentList.Add("--with-parent");
        return Process.Start(start) ?? throw new InvalidOperationException($"The process of {node.Id} did not start.");
    }

    static async Task Answers(NodeSettings node, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var wait = Stopwatch.StartNew();
        while (wait.Elapsed < TimeSpan.FromSeconds(120))
        {
            try
            {
                using var response = await http.GetAsync(new Uri(node.Listen + "/health"), ct);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !ct.IsCancellationRequested))
            {
                // Not up yet, or too busy starting to answer in time.
            }
            await Task.Delay(100, ct);
        }
        throw new TimeoutException($"{node.Id} did not answer at {node.Listen} within 120 s; its messages above say why.");
    }
}
