using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Node;

namespace Tongban.Tests.Integration.House;

static class Model
{
    /// <summary>The model parts of all rooms, as the node composes them, but for the kernel's own.</summary>
    public static IEnumerable<IModelPart> Parts()
    {
        var services = new ServiceCollection();
        Modules.Add(services, new NodeSettings
        {
            Id = "CN-YRD/310000",
            Name = new Words("上海市", "Shanghai"),
            Listen = "http://127.0.0.1:0",
            HubUrl = "http://127.0.0.1:0",
        });
        var types = services.Where(s => s.ServiceType == typeof(IModelPart)).Select(s => s.ImplementationType ?? s.ImplementationInstance!.GetType());
        return types.Select(t => (IModelPart)Activator.CreateInstance(t, nonPublic: true)!).ToList();
    }
}
