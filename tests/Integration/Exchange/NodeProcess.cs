using System.Diagnostics;
using System.Net;
using Tongban.Node;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Exchange;

/// <summary><c>tongban node</c> in a process of its own, on the folder and the port that the test prepared.</summary>
sealed class NodeProcess(TwoNodes region, string node) : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    Process? process;

    public async Task Start()
    {
        process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "tongban"), ["node", "--folder", region.FolderOf(node)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TONGBAN_DATA"] = SharedData.Folder },
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var watch = Stopwatch.StartNew();
        while (!await Answers())
        {
            Assert.True(!process.HasExited && watch.Elapsed < Patience, $"{node} does not start.");
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }
    }

    async Task<bool> Answers()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(region.Url(node) + "/health"), TestContext.Current.CancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public async Task Kill()
    {
        process!.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.Dispose();
        process = null;
    }

    public void Dispose()
    {
        if (process is null)
            return;
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
