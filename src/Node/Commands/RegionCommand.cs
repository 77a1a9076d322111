using System.CommandLine;
using System.Diagnostics;
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
        var company = new Option<bool>("--with-company") { Description = "With a sixth node: a telecom company that joined as a member" };
        var messages = new Option<string?>("--messages") { Description = "Suite that messages between nodes are signed in, kept from then on: ecdsa-p256-sha256 (as at first) or sm2-sm3" };
        messages.AcceptOnlyFromAmong(SignatureSuites.EcdsaP256.Name, SignatureSuites.Sm2.Name);
        var sealing = new Option<string?>("--sealing") { Description = "Cipher of sealed fields and files, from now on: aes-256-gcm (as at first) or sm4-ctr-hmac-sm3" };
        sealing.AcceptOnlyFromAmong([.. SealCipher.All.Select(c => c.Name)]);
        var command = new Command("region", "Run the sample region: hub, Shanghai, Jiangsu, Zhejiang, Anhui") { folder, people, port, fresh, processes, company, messages, sealing };
        command.SetAction(async (parsed, ct) =>
        {
            var watch = Stopwatch.StartNew();
            var root = Path.GetFullPath(parsed.GetValue(folder)!);
            var nodes = Region.Nodes(root, parsed.GetValue(port), parsed.GetValue(sealing), parsed.GetValue(company));
            // Before anything is changed: what is changed below would reach the region that runs.
            var hold = Hold(root);
            if (!hold.Ok)
                return Say.Error(hold.Error);
            using var held = hold.Value;
            if (RegionCheck.Of(root, parsed.GetValue(port), parsed.GetValue(people), nodes, parsed.GetValue(fresh)) is { } wrong)
                return Say.Error(wrong);
            if (parsed.GetValue(fresh) && Directory.Exists(root))
                Directory.Delete(root, recursive: true);
            var prepared = await RegionSetup.Prepare(root, nodes, parsed.GetValue(people), parsed.GetValue(messages) is { } suite ? SignatureSuites.ByName(suite) : null, ct);
            if (!prepared.Ok)
                return Say.Error(prepared.Error);
            return parsed.GetValue(processes)
                ? await RegionProcesses.Run(nodes, watch, ct)
                : await RunInOneProcess(nodes, watch, ct);
        });
        return command;
    }

    /// <summary>Beside the folder, so that <c>--fresh</c> may delete it. Fails with <c>region.running</c> when another process has it.</summary>
    static Result<FileStream> Hold(string root)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root)!);
            return new FileStream(root + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(root + ".lock"))
        {
            return Running(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return RegionCheck.Folder(root, e.Message, e.Message);
        }
    }

    static Error Running(string root) => Error.Conflict("region.running", $"{root} 的示范区域正在运行", $"The sample region in {root} is running already",
        "请先用 Ctrl+C 停止它，或用 --folder 和 --port 另起一个", "Stop it with Ctrl+C first, or start another with --folder and --port");

    static async Task<int> RunInOneProcess(IReadOnlyList<NodeSettings> nodes, Stopwatch watch, CancellationToken ct)
    {
        var apps = nodes.Select(n => NodeHost.Build(n)).ToList();
        try
        {
            await Task.WhenAll(apps.Select(app => Task.Run(() => NodeHost.Start(app, ct), ct)));
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
