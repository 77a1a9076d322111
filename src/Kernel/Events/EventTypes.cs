using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace Tongban.Kernel.Events;

/// <summary>Wire names, types and handlers, as the modules registered them.</summary>
public sealed class EventTypes(IEnumerable<EventType> types, IEnumerable<EventHandlerType> handlers)
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    readonly Dictionary<string, Type> byName = types.DistinctBy(t => t.WireName).ToDictionary(t => t.WireName, t => t.Type);
    readonly ILookup<Type, EventHandlerType> byType = handlers.ToLookup(h => h.Event);

    public Type? Find(string wireName) => byName.GetValueOrDefault(wireName);

    public static bool CrossesNodes(Type type) => typeof(IPeerEvent).IsAssignableFrom(type);

    public IEnumerable<EventHandlerType> HandlersOf(Type type) => byType[type];

    /// <summary>Every subscription: event wire name and handler; what docs/flows is checked against.</summary>
    public IEnumerable<(string WireName, string Handler)> Subscriptions() =>
        from pair in byName from handler in byType[pair.Value] select (pair.Key, handler.Name);
}

public sealed record EventType(string WireName, Type Type);

public sealed record EventHandlerType(Type Event, Type Handler, Func<IServiceProvider, object, EventContext, CancellationToken, Task> Call)
{
    public string Name => Handler.FullName!;
}

public static class EventRegistration
{
    /// <summary>Makes an event known by its wire name. Needed where it is published and where it may arrive.</summary>
    public static IServiceCollection AddEvent<TEvent>(this IServiceCollection services) where TEvent : IEvent =>
        services.AddSingleton(new EventType(TEvent.WireName, typeof(TEvent)));

    public static IServiceCollection AddHandler<TEvent, THandler>(this IServiceCollection services)
        where TEvent : IEvent where THandler : class, IHandle<TEvent>
    {
        services.AddEvent<TEvent>();
        services.AddScoped<THandler>();
        return services.AddSingleton(new EventHandlerType(
            typeof(TEvent),
            typeof(THandler),
            (provider, e, context, ct) => provider.GetRequiredService<THandler>().Handle((TEvent)e, context, ct)));
    }
}
