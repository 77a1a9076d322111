using System.CommandLine;
using Tongban.Exchange;

namespace Tongban.Node.Commands;

/// <summary>
/// <c>tongban log recover --folder …</c>: what the witnesses hold of a node's log, and the way on when its end is lost. <c>tongban log erase-salts …</c>: on
/// request, what a leaf commits to opens no more.
/// </summary>
static class LogCommand
{
    public static Command Create() => new("log", "A node's log and its witnesses") { Recover(), EraseSalts() };

    static Command EraseSalts()
    {
        var exchange = new Argument<string?>("exchange") { Description = "Id of an exchange", Arity = ArgumentArity.ZeroOrOne };
        var person = new Option<bool>("--person") { Description = "Everything about one person instead, whose number is read from standard input, so that it stands in no history of commands" };
        var folder = new Option<string>("--folder") { Description = "The node's folder, with node.json; the node is stopped meanwhile (while it runs: the page of the exchange)", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why; the log says so", Required = true };
        reason.AcceptOnlyFromAmong([.. ExchangeModule.ErasureReasons]);
        var command = new Command("erase-salts", "Erase the salts of an exchange, or of all about a person, on request; the log says so, and stays valid") { exchange, person, folder, reason };
        command.SetAction(async (parsed, ct) =>
        {
            if (parsed.GetValue(person) == parsed.GetValue(exchange) is not null)
            {
                Console.Error.WriteLine("请给出交换编号，或用 --person / Name an exchange, or say --person");
                return 2;
            }
            var settings = NodeSettings.Load(parsed.GetValue(folder)!);
            if (!settings.Ok)
                return Say.Error(settings.Error);
            await using var app = NodeHost.Build(settings.Value);
            var number = parsed.GetValue(person) ? (await Console.In.ReadLineAsync(ct))?.Trim() ?? "" : null;
            var erased = await ExchangeModule.EraseLogSalts(app.Services, parsed.GetValue(exchange), number, parsed.GetValue(reason)!, ct);
            if (!erased.Ok)
                return Say.Error(erased.Error);
            Console.WriteLine($"{settings.Value.Id}: 删除了 {erased.Value} 条的盐 / the salts of {erased.Value} leaves erased");
            return 0;
        });
        return command;
    }

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
