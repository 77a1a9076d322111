using System.CommandLine;
using Tongban.Exchange;

namespace Tongban.Node.Commands;

/// <summary><c>tongban log recover --folder …</c>: what the witnesses hold of a node's log, and the way on when its end is lost.</summary>
static class LogCommand
{
    public static Command Create() => new("log", "A node's log and its witnesses") { Recover() };

    static Command Recover()
    {
        var folder = new Option<string>("--folder") { Description = "The node's folder, with node.json", Required = true };
        var reason = new Option<string?>("--reason") { Description = "Propose that the log goes on in a new epoch, and why; without it only shows what each witness holds" };
        reason.AcceptOnlyFromAmong([.. ExchangeModule.EpochReasons]);
        var command = new Command("recover", "Compare the log with what its witnesses cosigned; propose a new epoch when its end is lost") { folder, reason };
        command.SetAction(async (parsed, ct) =>
        {
            var settings = NodeSettings.Load(parsed.GetValue(folder)!);
            if (!settings.Ok)
                return Say.Error(settings.Error);
            await using var app = NodeHost.Build(settings.Value);
            var findings = await ExchangeModule.RecoverLog(app.Services, parsed.GetValue(reason), ct);
            return Say.Findings(parsed.GetValue(reason) is null ? findings : [.. findings.Select(f => f.Step == "witness" ? f with { Ok = true } : f)],
                $"{settings.Value.Id}: 完成 / done", $"{settings.Value.Id}: 需要处理 / to be done");
        });
        return command;
    }
}
