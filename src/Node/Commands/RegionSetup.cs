using Tongban.Exchange;
using Tongban.Identity;
using Tongban.Kernel;
using Tongban.Registry;
using Tongban.Trust;

namespace Tongban.Node.Commands;

/// <summary>Makes what a sample region needs before its nodes start: settings, keys, directory, agreements, departments.</summary>
static class RegionSetup
{
    public static async Task<Result<Done>> Prepare(string root, IReadOnlyList<NodeSettings> nodes, int people, ISignatureSuite? messages, CancellationToken ct)
    {
        foreach (var node in nodes)
            node.Save();
        ExchangeModule.PrepareRegion(
            [.. nodes.Select(n => n.Identity()).Select(n => new ExchangeModule.RegionNode(n.Id, n.Division, n.Name, n.PublicUrl, n.IsHub, n.DataFolder) { Seals = true })],
            SharedData.Folder, TimeProvider.System, messages);
        var last = "";
        var progress = new Progress<RegistryModule.SampleProgress>(p =>
        {
            if (last == p.Stage.Zh)
                return;
            last = p.Stage.Zh;
            Console.WriteLine($"  {p.Done,4:P0} {p.Stage.Zh} / {p.Stage.En}");
        });
        var sample = await RegistryModule.GenerateSample(SharedData.Folder, root, new RegistryModule.SampleOptions(People: people), progress, ct);
        foreach (var node in nodes.Where(n => !n.IsHub && !n.Identity().IsGovernment))
            SampleCompany.Make(node.Folder);
        return sample.Map(_ => Done.It);
    }

    public static void Print(IReadOnlyList<NodeSettings> nodes, TimeSpan took)
    {
        Console.WriteLine();
        Console.WriteLine($"通办示范区域已启动 / the sample region is up ({took.TotalSeconds:F1} s)");
        foreach (var node in nodes)
            Console.WriteLine($"  {node.Name.Zh}\t{node.Listen}{(node.IsHub ? "/hub" : "\t" + node.Listen + "/console")}");
        Console.WriteLine();
        Console.WriteLine("演示账号（均为虚构）/ demo accounts (nobody is real)");
        var accounts = nodes.Where(n => !n.IsHub).SelectMany(n => IdentityModule.DemoAccounts(n.Identity()).Select(a => (Node: n, Account: a))).ToList();
        foreach (var (node, account) in accounts.Where(a => !a.Account.IsStaff))
            Console.WriteLine($"  {node.Listen}  {account.Login} / {account.Password}  {account.What.Zh} / {account.What.En}");
        var staff = accounts.Where(a => a.Account.IsStaff).GroupBy(a => (a.Account.Login, a.Account.Password)).ToList();
        Console.WriteLine($"  各节点工作台 /console 账号 / console logins of every node: {string.Join(", ", staff.Select(s => s.Key.Login).Distinct())}");
        Console.WriteLine($"  口令 / password: {string.Join(", ", staff.Select(s => s.Key.Password).Distinct())}");
        Console.WriteLine();
        Console.WriteLine("按 Ctrl+C 停止 / stop with Ctrl+C");
    }
}
