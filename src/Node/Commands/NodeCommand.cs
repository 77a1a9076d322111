using System.CommandLine;

namespace Tongban.Node.Commands;

/// <summary><c>tongban node --folder …</c>: one node in this process.</summary>
static class NodeCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "The node's folder, with node.json", Required = true };
        var command = new Command("node", "Run one node") { folder };
        command.SetAction(async (parsed, ct) =>
        {
            var settings = NodeSettings.Load(parsed.GetValue(folder)!);
            if (!settings.Ok)
                return Say.Error(settings.Error);
            await using var app = NodeHost.Build(settings.Value);
            await NodeHost.Start(app, ct);
            Console.WriteLine($"{settings.Value.Name.Zh} {settings.Value.Id} {settings.Value.Listen}");
            await app.WaitForShutdownAsync(ct);
            return 0;
        });
        return command;
    }
}
