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

    static async Task Supervise(NodeSettings node, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            using var process = Start(node);
            await File.WriteAllTextAsync(Path.Combine(node.Folder, "node.pid"), process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), CancellationToken.None);
            try
            {
                await process.WaitForExitAsync(ct);
                Console.WriteLine($"{node.Name.Zh} 停止(退出码 {process.ExitCode}),重新启动 / stopped, starting again");
                await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    static Process Start(NodeSettings node)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(RegionProcesses).Assembly.Location);
        start.ArgumentList.Add("node");
        start.ArgumentList.Add("--folder");
        start.ArgumentList.Add(node.Folder);
        return Process.Start(start) ?? throw new InvalidOperationException($"The process of {node.Id} did not start.");
    }

    static async Task Answers(NodeSettings node, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var wait = Stopwatch.StartNew();
        while (wait.Elapsed < TimeSpan.FromSeconds(60))
        {
            try
            {
                using var response = await http.GetAsync(new Uri(node.Listen + "/health"), ct);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not up yet.
            }
            await Task.Delay(100, ct);
        }
        throw new TimeoutException($"{node.Id} did not answer at {node.Listen} within 60 s; its messages above say why.");
    }
}
