using System.CommandLine;
using Tongban.Node.Commands;

var root = new RootCommand("通办 Tongban: a region's governments as one service")
{
    RegionCommand.Create(),
    NodeCommand.Create(),
    Tongban.Node.Walk.WalkCommand.Create(),
    VerifyCommand.Create(),
    AuditCommand.Create(),
    CertificateCommand.Create(),
    AdminCommand.Create(),
    ApplyCommand.Create(),
    KeysCommand.Create(),
    LogCommand.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (Say.Why(e) is { } why)
{
    return Say.Error(why);
}
