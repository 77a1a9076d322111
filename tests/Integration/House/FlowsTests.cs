using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Node;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>docs/flows is what the code does: every subscription is drawn, and nothing else is.</summary>
public class FlowsTests
{
    [Fact]
    public void The_flows_document_names_every_subscription()
    {
        var services = new ServiceCollection();
        Modules.Add(services, new NodeSettings
        {
            Id = "CN-YRD/310000",
            Name = new Words("上海市", "Shanghai"),
            Listen = "http://127.0.0.1:0",
            HubUrl = "http://127.0.0.1:0",
        });
        var types = services.Where(s => s.ServiceType == typeof(EventType)).Select(s => (EventType)s.ImplementationInstance!).DistinctBy(t => t.WireName).ToDictionary(t => t.Type, t => t.WireName);
        var subscribed = services.Where(s => s.ServiceType == typeof(EventHandlerType)).Select(s => (EventHandlerType)s.ImplementationInstance!)
            .Select(h => $"`{types[h.Event]}` {h.Handler.Namespace!.Split('.')[1]} `{h.Handler.Name}`").Order(StringComparer.Ordinal).ToList();
        var drawn = File.ReadAllLines(Path.Combine(ProjectRoot.Path, "docs", "flows", "README.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Split('|', StringSplitOptions.TrimEntries)).Select(c => $"{c[1]} {c[3]} {c[4]}").Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(subscribed);
        Assert.Equal(subscribed, drawn);
    }
}
