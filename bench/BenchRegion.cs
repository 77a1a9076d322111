using System.Net;
using System.Net.Sockets;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Node;
using Tongban.Trust;

namespace Tongban.Bench;

/// <summary>Hub, Shanghai and Anhui on loopback, their keys, directory and agreements made.</summary>
sealed record BenchRegion(NodeSettings Hub, NodeSettings Shanghai, NodeSettings Anhui)
{
    public static BenchRegion Prepare(string folder, ISignatureSuite? messages = null, Func<NodeSettings, NodeSettings>? with = null)
    {
        var ports = FreePorts(3);
        NodeSettings Node(string division, string name, int port)
        {
            var settings = new NodeSettings
            {
                Id = $"CN-YRD/{division}",
                Name = new Words(name, name),
                Listen = $"http://127.0.0.1:{port}",
                HubUrl = $"http://127.0.0.1:{ports[0]}",
                IsHub = division == "000000",
                Folder = Path.Combine(folder, division),
            };
            return with is null ? settings : with(settings);
        }
        var region = new BenchRegion(Node("000000", "Hub", ports[0]), Node("310000", "Shanghai", ports[1]), Node("340000", "Anhui", ports[2]));
        ExchangeModule.PrepareRegion(
            [.. new[] { region.Hub, region.Shanghai, region.Anhui }.Select(s => new ExchangeModule.RegionNode(s.Id, s.Id[7..], s.Name, s.Listen, s.IsHub, s.Folder) { Seals = true })],
            SharedData.Folder, TimeProvider.System, messages);
        return region;
    }

    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        listeners.ForEach(l => l.Stop());
        return ports;
    }
}
