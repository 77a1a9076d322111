using Tongban.Kernel;

namespace Tongban.Items.Catalogue;

/// <summary>What people go through (一件事）， from <c>life-events.json</c>; read once. An event shows only with an item that is published.</summary>
sealed class LifeEvents(NodeIdentity node)
{
    readonly LifeEventsFile file = ItemFiles.Read<LifeEventsFile>(Path.Combine(node.SharedFolder, "items", ItemFiles.EventsFileName));

    public IReadOnlyList<Words> Later => file.Later;

    public IReadOnlyList<LifeEvent> Offered(Catalogue catalogue) => [.. file.Events.Where(e => e.Items.Any(catalogue.Items.ContainsKey))];

    public LifeEvent? Find(string id) => file.Events.FirstOrDefault(e => e.Id == id);
}
