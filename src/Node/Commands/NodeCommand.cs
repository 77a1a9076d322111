using System.CommandLine;

namespace Tongban.Node.Commands;

/// <summary><c>tongban node --folder …</c>: one node in this process.</summary>
static class NodeCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "The node's folder, with node.json", Required = true };
        var withParent = new Option<bool>("--with-parent") { Description = "Stop when standard input is closed: when whoever started the node is gone, however it ended" };
        var command = new Command("node", "Run one node") { folder, withParent };
        command.SetAction(async (parsed, ct) =>
        {
            var settings = NodeSettings.Load(parsed.GetValue(folder)!);
            if (!settings.Ok)
                return Say.Error(settings.Error);
            await using var app = NodeHost.Build(settings.Value);
            if (parsed.GetValue(withParent))
                _ = StopWithParent(app);
            await NodeHost.Start(app, ct);
            Console.WriteLine($"{settings.Value.Name.Zh} {settings.Value.Id} {settings.Value.Listen}");
            await app.WaitForShutdownAsync(ct);
            return 0;
        });
        return command;
    }

    static async Task StopWithParent(WebApplication app)
    {
        await Console.OpenStandardInput().CopyToAsync(Stream.Null);
        app.Lifetime.StopApplication();
        // Requests under way and a start that hangs get as long as a service manager would give them.
        await Task.Delay(TimeSpan.FromSeconds(15));
        Environment.Exit(1);
    }
}
