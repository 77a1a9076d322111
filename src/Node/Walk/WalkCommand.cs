using System.CommandLine;
using System.Text.Json.Nodes;
using Tongban.Identity;
using Tongban.Kernel;
using Tongban.Node.Commands;

namespace Tongban.Node.Walk;

/// <summary><c>tongban walk</c>: four matters across the nodes, from filing to certificate, each step with its proof.</summary>
static class WalkCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "Where the walk's own region keeps its data; made anew", DefaultValueFactory = _ => Path.Combine("var", "walk") };
        var port = new Option<int>("--port") { Description = "Port of the walk's hub", DefaultValueFactory = _ => 5200 };
        var people = new Option<int>("--people") { Description = "Sample people", DefaultValueFactory = _ => 2_000 };
        var command = new Command("walk", "Play four matters from filing to certificate and print every step with its proof") { folder, port, people };
        command.SetAction((parsed, ct) => Run(Path.GetFullPath(parsed.GetValue(folder)!), parsed.GetValue(port), parsed.GetValue(people), ct));
        return command;
    }

    static async Task<int> Run(string root, int port, int people, CancellationToken ct)
    {
        if (Directory.Exists(root))
            Directory.Delete(root, recursive: true);
        var nodes = Region.Nodes(root, port);
        var prepared = await RegionSetup.Prepare(root, nodes, people, messages: null, ct);
        if (!prepared.Ok)
            return Say.Error(prepared.Error);
        var apps = nodes.Select(n => NodeHost.Build(n)).ToList();
        try
        {
            foreach (var app in apps)
                await NodeHost.Start(app, ct);
            var failed = 0;
            foreach (var (matter, i) in Matter.Four().Select((m, i) => (m, i + 1)))
            {
                Console.WriteLine();
                Console.WriteLine($"{i}. {matter.Title}");
                var played = await PlayOne(matter, nodes, ct);
                if (!played.Ok)
                {
                    failed++;
                    Say.Error(played.Error);
                }
            }
            Console.WriteLine();
            Console.WriteLine(failed == 0 ? "四件全部办结 / all four completed" : $"{failed} 件没有办结 / {failed} not completed");
            return failed == 0 ? 0 : 1;
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

    static async Task<Result<Done>> PlayOne(Matter matter, IReadOnlyList<NodeSettings> nodes, CancellationToken ct)
    {
        var node = nodes.Single(n => n.Id.EndsWith(matter.FiledAt, StringComparison.Ordinal));
        var account = Account(matter.Persona, node);
        using var person = new Visitor(node.Listen);
        var signed = await person.SignIn(account.Phone, account.Password, ct);
        if (!signed.Ok)
            return signed.Error;
        Console.WriteLine($"   {account.Name} signs in at {node.Name.Zh}");
        using var player = new MatterPlayer(d => nodes.Single(n => n.Id.EndsWith(d, StringComparison.Ordinal)).Listen, account.Password, line => Console.WriteLine($"   {line}"));
        var closed = await player.Play(matter, person, ct);
        if (!closed.Ok)
            return closed.Error;
        foreach (var entry in closed.Value["timeline"]!.AsArray())
            Console.WriteLine($"     · {entry!["text"]!["zh"]} ({entry["by"]!["zh"]})");
        if (closed.Value["summary"]!["state"]!.ToString() != Contracts.Cases.CaseState.Delivered)
            return Error.Invalid("walk.not-delivered", "没有办结", "It was not completed");
        var directory = await person.GetText("/directory", ct);
        if (!directory.Ok)
            return directory.Error;
        var receipts = await Proofs.Receipts(closed.Value, person, directory.Value, ct);
        if (!receipts.Ok)
            return receipts.Error;
        return await Proofs.Certificate(closed.Value, person, directory.Value, ct);
    }

    internal static (string Phone, string Password, string Name) Account(string persona, NodeSettings node)
    {
        var found = JsonNode.Parse(File.ReadAllBytes(Path.Combine(SharedData.Folder, "personas.json")))!.AsArray().Single(p => p!["key"]!.ToString() == persona)!;
        return (found["phone"]!.ToString(), IdentityModule.DemoAccounts(node.Identity())[0].Password, found["name"]!.ToString());
    }
}
