using System.CommandLine;
using Tongban.Exchange;
using Tongban.Kernel;

namespace Tongban.Node.Commands;

/// <summary><c>tongban audit --folder …</c>: recomputes a node's log and holds its records against it.</summary>
static class AuditCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "The node's folder, with node.json", Required = true };
        var directory = new Option<string?>("--directory") { Description = "The region's signed directory, saved from another node's /directory, so that the node's own need not be believed" };
        var command = new Command("audit", "Audit a whole node: log, checkpoints, cosignatures, metering, persons, exchanges") { folder, directory };
        command.SetAction(async (parsed, ct) =>
        {
            var settings = NodeSettings.Load(parsed.GetValue(folder)!);
            if (!settings.Ok)
                return Say.Error(settings.Error);
            var trusted = parsed.GetValue(directory) is { } file ? Files.Read(file).Map(text => (string?)text) : (string?)null;
            if (!trusted.Ok)
                return Say.Error(trusted.Error);
            await using var app = NodeHost.Build(settings.Value);
            return Say.Findings(await ExchangeModule.AuditNode(app.Services, trusted.Value, ct),
                $"{settings.Value.Id}: 审计通过 / clean", $"{settings.Value.Id}: 审计发现问题 / not clean");
        });
        return command;
    }
}
