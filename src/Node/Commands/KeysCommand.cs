using System.CommandLine;
using Tongban.Exchange;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Node.Commands;

/// <summary><c>tongban keys …</c>: a node's keys, beside the running node or without it.</summary>
static class KeysCommand
{
    public static Command Create() => new("keys", "Show a node's keys; rotate the keys that seal what is stored")
    {
        Show(), Rotate(), Reseal(), Retire(),
    };

    static Option<string> Folder() => new("--folder") { Description = "The node's folder, with node.json", Required = true };

    static Command Show()
    {
        var folder = Folder();
        var command = new Command("show", "Keys by use, and how much is sealed with each envelope key") { folder };
        command.SetAction((parsed, ct) => With(parsed.GetValue(folder)!, async app =>
        {
            foreach (var line in await ExchangeModule.ShowKeys(app.Services, ct))
                Console.WriteLine($"{line.Zh} / {line.En}");
            return 0;
        }, ct));
        return command;
    }

    static Command Rotate()
    {
        var folder = Folder();
        var sealing = new Option<string?>("--sealing") { Description = "Cipher of the new key; the present one when not given" };
        sealing.AcceptOnlyFromAmong([.. SealCipher.All.Select(c => c.Name)]);
        var command = new Command("rotate", "Make a new envelope key, which seals from now on; a running node takes it within seconds and seals the old values anew") { folder, sealing };
        command.SetAction(parsed =>
        {
            var keys = ExchangeModule.OpenKeystore(Path.GetFullPath(parsed.GetValue(folder)!));
            if (!keys.Ok)
                return Say.Error(keys.Error);
            var id = keys.Value.RotateEnvelope(parsed.GetValue(sealing) is { } name ? SealCipher.ByName(name) : null);
            Console.WriteLine($"{id} {keys.Value.Vault.Cipher}: 今后用它封存 / seals from now on");
            return 0;
        });
        return command;
    }

    static Command Reseal()
    {
        var folder = Folder();
        var command = new Command("reseal", "Seal all that older keys sealed anew, now; may be stopped and started again, beside a running node") { folder };
        command.SetAction((parsed, ct) => With(parsed.GetValue(folder)!, async app =>
        {
            var done = await ExchangeModule.ResealAll(app.Services, (place, n) => Console.WriteLine($"  {place} {n}"), ct);
            Console.WriteLine($"重新封存 {done} 个值 / {done} values sealed anew");
            return 0;
        }, ct));
        return command;
    }

    static Command Retire()
    {
        var folder = Folder();
        var id = new Argument<string>("key") { Description = "The old envelope key, such as k1" };
        var minutes = new Option<int>("--after") { Description = "Minutes its successor must have been there; fewer only when every replica was restarted since", DefaultValueFactory = _ => (int)ExchangeModule.KeyRest.TotalMinutes };
        var command = new Command("retire", "Forget an old envelope key for good; refused while anything is sealed with it") { id, folder, minutes };
        command.SetAction((parsed, ct) => With(parsed.GetValue(folder)!, async app =>
        {
            var retired = await ExchangeModule.RetireKey(app.Services, parsed.GetValue(id)!, TimeSpan.FromMinutes(parsed.GetValue(minutes)), ct);
            if (!retired.Ok)
                return Say.Error(retired.Error);
            Console.WriteLine($"{parsed.GetValue(id)} 已停用 / retired");
            return 0;
        }, ct));
        return command;
    }

    static async Task<int> With(string folder, Func<WebApplication, Task<int>> act, CancellationToken ct)
    {
        var settings = NodeSettings.Load(folder);
        if (!settings.Ok)
            return Say.Error(settings.Error);
        await using var app = NodeHost.Build(settings.Value);
        await Database.Migrate(app.Services, ct);
        return await act(app);
    }
}
