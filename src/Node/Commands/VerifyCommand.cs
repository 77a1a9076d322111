using System.CommandLine;
using Tongban.Exchange;
using Tongban.Kernel;

namespace Tongban.Node.Commands;

/// <summary><c>tongban verify FILE --directory FILE</c>: checks a receipt offline.</summary>
static class VerifyCommand
{
    public static Command Create()
    {
        var receipt = new Argument<string>("receipt") { Description = "Receipt file (.tlog-proof)" };
        var directory = new Option<string>("--directory") { Description = "The region's signed directory: a file saved from a node's /directory", Required = true };
        var witnesses = new Option<int?>("--witnesses") { Description = "How many witnesses must have cosigned (more than half of the directory's when left out)" };
        var command = new Command("verify", "Verify a receipt offline") { receipt, directory, witnesses };
        command.SetAction(parsed =>
        {
            var files = Files.Read(parsed.GetValue(receipt)!).Then(r => Files.Read(parsed.GetValue(directory)!).Map(d => (Receipt: r, Directory: d)));
            if (!files.Ok)
                return Say.Error(files.Error);
            return Say.Findings(ExchangeModule.VerifyReceipt(files.Value.Receipt, files.Value.Directory, parsed.GetValue(witnesses)).Steps,
                "回执有效 / the receipt holds", "回执无效 / the receipt does not hold");
        });
        return command;
    }
}

/// <summary>Files named on the command line.</summary>
static class Files
{
    public static Result<string> Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Error.Invalid("file.unreadable", $"读不到文件 {path}", $"{path} cannot be read: {e.Message}", path, "请检查路径和权限", "Check the path and its permissions");
        }
    }
}
