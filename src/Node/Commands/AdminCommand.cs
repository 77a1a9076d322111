using System.CommandLine;
using Tongban.Identity;
using Tongban.Kernel.Data;

namespace Tongban.Node.Commands;

/// <summary><c>tongban admin LOGIN --folder …</c>: the first administrator of a node.</summary>
static class AdminCommand
{
    public static Command Create()
    {
        var login = new Argument<string>("login") { Description = "Login of the new administrator" };
        var folder = new Option<string>("--folder") { Description = "The node's folder, with node.json", Required = true };
        var command = new Command("admin", "Create an administrator; prints a one-time password") { login, folder };
        command.SetAction(async (parsed, ct) =>
        {
            var settings = NodeSettings.Load(parsed.GetValue(folder)!);
            if (!settings.Ok)
                return Say.Error(settings.Error);
            await using var app = NodeHost.Build(settings.Value);
            await Database.Migrate(app.Services, ct);
            var password = await IdentityModule.CreateAdministrator(app.Services, parsed.GetValue(login)!, ct);
            if (!password.Ok)
                return Say.Error(password.Error);
            Console.WriteLine($"一次性密码（只显示这一次）/ one-time password, shown only now: {password.Value}");
            return 0;
        });
        return command;
    }
}
