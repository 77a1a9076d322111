namespace Tongban.Kernel.Events;

/// <summary>
/// A fact that crosses rooms, past tense. Records in Contracts; the wire name is stable and versioned, so that a class can
/// be renamed and another node of another version can read it. Unknown properties are ignored.
/// </summary>
public interface IEvent
{
    /// <summary>Such as <c>cases.case-accepted.v1</c>.</summary>
    static abstract string WireName { get; }
}

/// <summary>
/// An event that one node tells another. Only these are taken from other nodes, and each of their handlers asks who the sender is;
/// what is decided inside a government stays among its own rooms.
/// </summary>
public interface IPeerEvent : IEvent;

/// <summary>What is known about an event beside its content.</summary>
/// <param name="EventId">Unique; the same event delivered twice has the same id.</param>
/// <param name="FromNode">The verified sender when it came from another node; null when it arose here.</param>
public sealed record EventContext(string EventId, string? FromNode, DateTimeOffset At);

/// <summary>
/// Does something about an event. Called inside a database transaction together with other events; must only use the
/// <see cref="Data.NodeDb"/> of its scope (no calls to other systems: those wait in the outbox or a job of the module).
/// Delivery is at least once across crashes; the inbox makes each handler see an event once.
/// </summary>
public interface IHandle<in TEvent> where TEvent : IEvent
{
    Task Handle(TEvent e, EventContext context, CancellationToken ct);
}

/// <summary>Personal data in stored events is sealed at rest.</summary>
public interface IPayloadSeal
{
    string Seal(string payload);

    string Open(string stored);
}
