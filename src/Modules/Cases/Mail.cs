using Tongban.Kernel;
using Tongban.Kernel.Events;

namespace Tongban.Cases;

/// <summary>Filing and deciding side talk the same way whether they are two nodes or one.</summary>
static class Mail
{
    /// <summary>To the node itself through its own outbox, in the same order; to another node in sequence.</summary>
    public static void Send<TEvent>(this Outbox outbox, NodeIdentity own, string node, TEvent e, string stream, long sequence, IEnumerable<string>? files = null)
        where TEvent : IPeerEvent
    {
        if (node == own.Id)
            outbox.Publish(e, stream);
        else
            outbox.PublishTo(node, e, stream, sequence, files);
    }

    /// <summary>The verified sender: another node, or this one.</summary>
    public static bool IsFrom(this EventContext context, NodeIdentity own, string node) => (context.FromNode ?? own.Id) == node;
}
