using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Rulebook;

namespace Tongban.Node;

/// <summary>Every room of the house, in one place.</summary>
static class Modules
{
    public static void Add(IServiceCollection services, NodeSettings settings)
    {
        services.AddResponseCompression();
        services.AddRulebook();
        services.AddExchange();
    }

    public static void Use(WebApplication app)
    {
        app.UseExchange();
    }

    public static void Map(WebApplication app, NodeIdentity identity)
    {
        var faces = new Faces(
            Portal: app.MapGroup(""),
            Console: app.MapGroup("/console"),
            Hub: app.MapGroup("/hub"),
            Api: app.MapGroup("/api"),
            Peer: app.MapGroup("/peer").Only(Allow.Peer));
        faces.MapRulebook();
        faces.MapExchange();
    }

    /// <summary>What must be there before the first request: reference data, demo accounts.</summary>
    public static Task Prepare(IServiceProvider services, CancellationToken ct) => services.PrepareExchange(ct);
}
