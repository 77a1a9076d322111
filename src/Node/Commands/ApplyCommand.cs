using System.CommandLine;
using Tongban.Exchange;

namespace Tongban.Node.Commands;

/// <summary><c>tongban apply --folder …</c>: what a new node sends to a member, to be admitted to the region.</summary>
static class ApplyCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "The node's folder, with node.json; its keystore is made there if there is none (passphrase in TONGBAN_PASSPHRASE or the file passphrase)", Required = true };
        var command = new Command("apply", "Print this node's application to join the region") { folder };
        command.SetAction(parsed =>
        {
            var settings = NodeSettings.Load(parsed.GetValue(folder)!);
            if (!settings.Ok)
                return Say.Error(settings.Error);
            var keys = ExchangeModule.InstallKeystore(settings.Value.Identity().DataFolder);
            if (!keys.Ok)
                return Say.Error(keys.Error);
            Console.WriteLine(ExchangeModule.Application(settings.Value.Identity(), keys.Value, TimeProvider.System));
            return 0;
        });
        return command;
    }
}
