using System.CommandLine;
using Tongban.Exchange;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Node.Commands;

/// <summary><c>tongban keys …</c>: a node's keys, beside the running node or without it.</summary>
static class KeysCommand
{
    public static Command Create() => new("keys", "Show a node's keys; rotate the keys that seal what is stored and by which it is found")
    {
        Show(), Rotate(), Reseal(), Reindex(), Retire(),
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
        var command = new Command("rotate", "Make a new envelope key, which seals from now on; a running node takes it within seconds and seals the old values anew") { folder, sealing, RotateIndex() };
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

    static Command RotateIndex()
    {
        var folder = Folder();
        var seconds = new Option<int>("--after") { Description = "Seconds until rows are written with it; fewer only when no other process uses the node's database", DefaultValueFactory = _ => (int)ExchangeModule.IndexWait.TotalSeconds };
        var command = new Command("index", "Make a new key of the blind index, by which rows are found; a running node brings the old ones under it") { folder, seconds };
        command.SetAction(parsed =>
        {
            var keys = ExchangeModule.OpenKeystore(Path.GetFullPath(parsed.GetValue(folder)!));
            if (!keys.Ok)
                return Say.Error(keys.Error);
            var from = TimeProvider.System.GetUtcNow().AddSeconds(parsed.GetValue(seconds));
            var made = keys.Value.RotateIndex(from);
            if (!made.Ok)
                return Say.Error(made.Error);
            Console.WriteLine($"{made.Value}: {parsed.GetValue(seconds)} 秒后用它建立索引 / indexes with it in {parsed.GetValue(seconds)} seconds");
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
            var done = await ExchangeModule.ResealAll(app.Services, Progress, Said, ct);
            Console.WriteLine($"重新封存 {done} 个值 / {done} values sealed anew");
            return 0;
        }, ct));
        return command;
    }

    static Command Reindex()
    {
        var folder = Folder();
        var command = new Command("reindex", "Bring all blind indexes under the newest key, now; may be stopped and started again, beside a running node") { folder };
        command.SetAction((parsed, ct) => With(parsed.GetValue(folder)!, async app =>
        {
            var done = await ExchangeModule.ReindexAll(app.Services, Progress, Said, ct);
            Console.WriteLine($"重新建立 {done} 个索引 / {done} indexes made anew");
            return 0;
        }, ct));
        return command;
    }

    static void Progress(string place, long n) => Console.WriteLine($"  {place} {n}");

    static void Said(Tongban.Kernel.Words words) => Console.WriteLine($"  {words.Zh} / {words.En}");

    static Command Retire()
    {
        var folder = Folder();
        var id = new Argument<string>("key") { Description = "The old envelope key, such as k1, or the old key of the blind index, such as i1" };
        var minutes = new Option<int>("--after") { Description = "Minutes its successor must have been there; fewer only when every replica was restarted since", DefaultValueFactory = _ => (int)ExchangeModule.KeyRest.TotalMinutes };
        var command = new Command("retire", "Forget an old envelope key for good, or look for nothing under an old index key any more; refused while anything stored is made with it") { id, folder, minutes };
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
