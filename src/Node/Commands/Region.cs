using Tongban.Kernel;

namespace Tongban.Node.Commands;

/// <summary>The sample region: hub, Shanghai, Jiangsu, Zhejiang, Anhui, on loopback.</summary>
static class Region
{
    public const string Name = "CN-YRD";
    public const int HubPort = 5100;

    public static readonly IReadOnlyList<(string Division, Words Name)> Provinces =
    [
        ("310000", new Words("上海市", "Shanghai")),
        ("320000", new Words("江苏省", "Jiangsu")),
        ("330000", new Words("浙江省", "Zhejiang")),
        ("340000", new Words("安徽省", "Anhui")),
    ];

    /// <summary>The sample region's company: a telecom that counts phones. Nobody is it: county 99 is assigned to no place.</summary>
    public static readonly CreditCode Company = CreditCode.Make("91340199MA2TEXC01");

    /// <summary>Settings of every node, the hub first. Port: base + first two digits of the division; of the company base + 91.</summary>
    public static IReadOnlyList<NodeSettings> Nodes(string folder, int basePort = HubPort, string? sealing = null, bool withCompany = false)
    {
        var hub = $"http://127.0.0.1:{basePort}";
        var nodes = new List<NodeSettings>
        {
            new()
            {
                Id = $"{Name}/000000", Name = new Words("长三角枢纽", "Yangtze River Delta hub"), Listen = hub, HubUrl = hub,
                IsHub = true, Demo = true, Folder = Path.Combine(folder, "000000"),
            },
        };
        nodes.AddRange(Provinces.Select(p => new NodeSettings
        {
            Id = $"{Name}/{p.Division}",
            Name = p.Name,
            Listen = $"http://127.0.0.1:{basePort + int.Parse(p.Division[..2], System.Globalization.CultureInfo.InvariantCulture)}",
            HubUrl = hub,
            Demo = true,
            Folder = Path.Combine(folder, p.Division),
        }));
        if (withCompany)
        {
            nodes.Add(new()
            {
                Id = $"{Name}/{NodeIds.Company}/{Company}",
                Division = "340000",
                Name = new Words("样例通信公司", "Sample Telecom"),
                Systems = new Dictionary<string, Words> { ["telecom"] = new("移动通信网", "Mobile network") },
                Listen = $"http://127.0.0.1:{basePort + 91}",
                HubUrl = hub,
                Demo = true,
                Folder = Path.Combine(folder, $"{NodeIds.Company}-{Company}"),
            });
        }
        return [.. nodes.Select(n => n with { Sealing = sealing })];
    }
}
