using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;

namespace Tongban.Kernel;

public static class KernelServices
{
    /// <summary>Events, idempotent writes. The host adds the database, a <see cref="TimeProvider"/> and an <see cref="IPayloadSeal"/>.</summary>
    public static IServiceCollection AddKernel(this IServiceCollection services)
    {
        services.AddSingleton<EventTypes>();
        services.AddSingleton<NumberBlocks>();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<OutboxSignalToPeers>();
        services.AddScoped<Outbox>();
        services.AddScoped<PeerInbox>();
        services.AddScoped<Once>();
        services.AddSingleton<OutboxDispatcher>();
        services.AddHostedService(p => p.GetRequiredService<OutboxDispatcher>());
        services.AddSingleton<SweepDelivered>();
        services.AddHostedService(p => p.GetRequiredService<SweepDelivered>());
        return services;
    }
}
