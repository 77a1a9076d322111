using Microsoft.AspNetCore.DataProtection;
using Tongban.Cases;
using Tongban.Certificates;
using Tongban.Exchange;
using Tongban.Identity;
using Tongban.Items;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Notices;
using Tongban.Registry;
using Tongban.Rulebook;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Node;

/// <summary>Every room of the house, in one place. The hub has the rooms that hold nobody's data.</summary>
static class Modules
{
    public static void Add(IServiceCollection services, NodeSettings settings)
    {
        services.AddWeb();
        // Keys of its own for each node: several run in one process.
        services.AddDataProtection().SetApplicationName(settings.Id).PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(settings.Folder, "page-keys")));
        services.AddIdentity();
        if (settings.Sealing is { } cipher)
            services.AddSingleton(SealCipher.ByName(cipher)!);
        services.AddExchange(settings.LeastGroup);
        services.AddRegistry();
        services.AddRulebook();
        services.AddItems();
        services.AddCases();
        services.AddCertificates();
        services.AddNotices();
    }

    public static void Use(WebApplication app)
    {
        app.UseIdentity();
        app.UseExchange();
    }

    public static void Map(WebApplication app, NodeIdentity identity)
    {
        var faces = new Faces(
            Portal: app.MapGroup(""),
            Console: app.MapGroup("/console"),
            Hub: app.MapGroup("/hub"),
            Api: app.MapGroup("/api").ByPrograms(),
            Peer: app.MapGroup("/peer").Only(Allow.Peer));
        app.MapWeb();
        faces.MapIdentity();
        faces.MapExchange();
        faces.MapRulebook();
        faces.MapItems();
        faces.MapCases();
        faces.MapCertificates();
        faces.MapNotices();
    }

    /// <summary>What must be there before the first request: directory, agreements, demo accounts.</summary>
    public static async Task Prepare(IServiceProvider services, CancellationToken ct)
    {
        await services.PrepareExchange(ct);
        if (services.GetRequiredService<NodeIdentity>().Demo)
            await IdentityModule.SeedDemo(services, ct);
    }
}
