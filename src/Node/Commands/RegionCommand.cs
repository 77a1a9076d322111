using System.CommandLine;
using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Node.Commands;

/// <summary><c>tongban region</c>: the sample region, in one process or in one process per node.</summary>
static class RegionCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "Where the region keeps its data", DefaultValueFactory = _ => Path.Combine("var", "region") };
        var people = new Option<int>("--people") { Description = "Sample people in the four provinces", DefaultValueFactory = _ => 20_000 };
        var port = new Option<int>("--port") { Description = "Port of the hub; a province listens at this plus its code", DefaultValueFactory = _ => Region.HubPort };
        var fresh = new Option<bool>("--fresh") { Description = "Delete the region's data and start over" };
        var processes = new Option<bool>("--processes") { Description = "One process per node" };
        var messages = new Option<string?>("--messages") { Description = "Suite that messages between nodes are signed in, kept from then on: ecdsa-p256-sha256 (as at first) or sm2-sm3" };
        messages.AcceptOnlyFromAmong(SignatureSuites.EcdsaP256.Name, SignatureSuites.Sm2.Name);
        var command = new Command("region", "Run the sample region: hub, Shanghai, Jiangsu, Zhejiang, Anhui") { folder, people, port, fresh, processes, messages };
        command.SetAction(async (parsed, ct) =>
        {
            var watch = Stopwatch.StartNew();
            var root = Path.GetFullPath(parsed.GetValue(folder)!);
            // Before anything is changed: what is changed below would reach the region that runs.
            using var held = Hold(root);
            if (held is null)
                return Say.Error(Running(root));
            var nodes = Region.Nodes(root, parsed.GetValue(port));
            if (parsed.GetValue(fresh) && Directory.Exists(root))
            {
                if (!IsRegion(root, nodes))
                    return Say.Error(NotARegion(root));
                Directory.Delete(root, recursive: true);
            }
            var prepared = await RegionSetup.Prepare(root, nodes, parsed.GetValue(people), parsed.GetValue(messages) is { } suite ? SignatureSuites.ByName(suite) : null, ct);
            if (!prepared.Ok)
                return Say.Error(prepared.Error);
            return parsed.GetValue(processes)
                ? await RegionProcesses.Run(nodes, watch, ct)
                : await RunInOneProcess(nodes, watch, ct);
        });
        return command;
    }

    /// <summary>Beside the folder, so that <c>--fresh</c> may delete it. Null when another process has it.</summary>
    static FileStream? Hold(string root)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root)!);
            return new FileStream(root + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether all that lies in a folder is the region's nodes: nothing else is deleted, whatever folder was named by a slip.</summary>
    static bool IsRegion(string root, IReadOnlyList<NodeSettings> nodes) =>
        Directory.EnumerateFileSystemEntries(root).All(entry => Directory.Exists(entry) && nodes.Any(n => Path.GetFullPath(n.Folder) == entry));

    static Error NotARegion(string root) => Error.Conflict("region.not-a-region", $"{root} 里有不属于示范区域的文件，没有删除", $"{root} holds other things than a sample region; nothing was deleted",
        "请核对 --folder，或自行清空该文件夹", "Check --folder, or empty the folder yourself");

    static Error Running(string root) => Error.Conflict("region.running", $"{root} 的示范区域正在运行", $"The sample region in {root} is running already",
        "请先用 Ctrl+C 停止它，或用 --folder 和 --port 另起一个", "Stop it with Ctrl+C first, or start another with --folder and --port");

    static async Task<int> RunInOneProcess(IReadOnlyList<NodeSettings> nodes, Stopwatch watch, CancellationToken ct)
    {
        var apps = nodes.Select(n => NodeHost.Build(n)).ToList();
        try
        {
            try
            {
                await Task.WhenAll(apps.Select(app => Task.Run(() => NodeHost.Start(app, ct), ct)));
            }
            catch (IOException taken) when (taken.InnerException is AddressInUseException)
            {
                return Say.Error(Error.Conflict("region.port", $"端口已被占用：{taken.Message}", $"A port is taken: {taken.Message}",
                    "请停止占用端口的程序，或用 --port 另选", "Stop the program that has it, or choose another with --port"));
            }
            RegionSetup.Print(nodes, watch.Elapsed);
            await Task.Delay(Timeout.Infinite, ct).ContinueWith(_ => { }, TaskScheduler.Default);
            return 0;
        }
        finally
        {
            foreach (var app in apps)
            {
                await app.StopAsync(CancellationToken.None);
                await app.DisposeAsync();
            }
        }
    }
}
