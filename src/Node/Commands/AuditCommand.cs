using System.CommandLine;
using Tongban.Exchange;

namespace Tongban.Node.Commands;

/// <summary><c>tongban audit --folder …</c>: recomputes a node's log and holds its records against it.</summary>
static class AuditCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "The node's folder, with node.json", Required = true };
        var command = new Command("audit", "Audit a whole node: log, checkpoints, cosignatures, metering, exchanges") { folder };
        command.SetAction(async (parsed, ct) =>
        {
            var settings = NodeSettings.Load(parsed.GetValue(folder)!);
            if (!settings.Ok)
                return Say.Error(settings.Error);
            await using var app = NodeHost.Build(settings.Value);
            return Say.Findings(await ExchangeModule.AuditNode(app.Services, ct),
                $"{settings.Value.Id}: 审计通过 / clean", $"{settings.Value.Id}: 审计发现问题 / not clean");
        });
        return command;
    }
}
