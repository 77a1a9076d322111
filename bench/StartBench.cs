using System.Diagnostics;
using System.Net;

namespace Tongban.Bench;

/// <summary>
/// The sample region as somebody starts it the second time: seconds to the first page, memory after a round of pages, bytes of
/// a first visit, and how long the server takes for pages, signed in and not.
/// Options: <c>--people 20000 --rounds 3 --visits 200</c>.
/// </summary>
static class StartBench
{
    static readonly string[] Paths = ["/", "/items", "/items/992014003000", "/items?q=公积金", "/verify", "/my/cases", "/my/certificates", "/my/data"];

    public static async Task<int> Run(string[] args)
    {
        int Option(string name, int otherwise) => Load.Option(args, name, otherwise);
        var folder = Directory.CreateTempSubdirectory("tongban-start-").FullName;
        var port = 20_000 + Random.Shared.Next(20_000);
        try
        {
            string[] region = ["region", "--folder", folder, "--port", $"{port}", "--people", $"{Option("--people", 20_000)}"];
            using (var first = await Started(region, port))
                await Stop(first.Process);
            var (starts, memory, times) = (new List<double>(), new List<double>(), new Dictionary<string, List<double>>());
            var weight = 0L;
            for (var round = 0; round < Option("--rounds", 3); round++)
            {
                using var running = await Started(region, port);
                starts.Add(running.Seconds);
                weight = await FirstVisit(port + 31);
                await Visit(port + 31, Option("--visits", 200), times);
                running.Process.Refresh();
                memory.Add(running.Process.WorkingSet64 / 1024.0 / 1024);
                await Stop(running.Process);
            }
            foreach (var (path, took) in times)
                Load.Figure($"start.page.p95[{path}]", Percentile(took, 0.95), "ms");
            Load.Figure("start.second", Load.Median(starts), "s");
            Load.Figure("start.memory", Load.Median(memory), "MB");
            Load.Figure("start.first_visit", weight / 1024.0, "KB");
            Load.Figure("start.page.p95", Percentile([.. times.Values.SelectMany(t => t)], 0.95), "ms");
            return Load.Median(starts) <= 6 && Load.Median(memory) <= 700 && weight <= 60 * 1024 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    sealed record Running(Process Process, double Seconds) : IDisposable
    {
        public void Dispose() => Process.Dispose();
    }

    /// <summary>Through <c>./run</c>, as a person does; the clock stops when a portal's home page is there.</summary>
    static async Task<Running> Started(string[] arguments, int port)
    {
        var watch = Stopwatch.StartNew();
        var process = Process.Start(new ProcessStartInfo(Path.Combine(Root(), "run"), arguments) { RedirectStandardOutput = true })!;
        _ = process.StandardOutput.ReadToEndAsync();
        using var http = Client(port + 31);
        while (!process.HasExited)
        {
            try
            {
                if ((await http.GetAsync("/")).IsSuccessStatusCode)
                    return new Running(process, watch.Elapsed.TotalSeconds);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20);
            }
        }
        throw new InvalidOperationException($"./run ended with {process.ExitCode}.");
    }

    static async Task Stop(Process process)
    {
        using var asked = Process.Start("kill", ["-INT", $"{process.Id}"]);
        await process.WaitForExitAsync();
    }

    /// <summary>Bytes on the wire of the home page with its stylesheets and scripts, compressed as the browser asks.</summary>
    static async Task<long> FirstVisit(int port)
    {
        using var http = Client(port, DecompressionMethods.None);
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br");
        using var plain = Client(port);
        var home = await plain.GetStringAsync("/");
        var parts = new List<string> { "/" };
        foreach (System.Text.RegularExpressions.Match match in System.Text.RegularExpressions.Regex.Matches(home, "(?:href|src)=\"(/[^\"]+\\.(?:css|js|svg|woff2)[^\"]*)\""))
            parts.Add(match.Groups[1].Value);
        var sum = 0L;
        foreach (var part in parts.Distinct())
            sum += (await http.GetByteArrayAsync(part)).LongLength;
        return sum;
    }

    static async Task Visit(int port, int visits, Dictionary<string, List<double>> times)
    {
        using var http = Client(port);
        using var person = await CasesBench.SignIn($"http://127.0.0.1:{port}", "/signin", "12000000008", "Tongban-demo-2026");
        // The first visits are the compiler's.
        for (var visit = 0; visit < visits + 20; visit++)
        {
            foreach (var path in Paths)
            {
                var began = Stopwatch.GetTimestamp();
                using var page = await person.GetAsync(path);
                var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                page.EnsureSuccessStatusCode();
                if (visit >= 20)
                {
                    if (!times.TryGetValue(path, out var of))
                        times[path] = of = [];
                    of.Add(took);
                }
            }
        }
    }

    static double Percentile(List<double> values, double share) => values.Order().ElementAt((int)(values.Count * share));

    static HttpClient Client(int port, DecompressionMethods accepted = DecompressionMethods.All) =>
        new(new SocketsHttpHandler { UseProxy = false, AutomaticDecompression = accepted }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

    static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tongban.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Not inside the project.");
        return folder;
    }
}
