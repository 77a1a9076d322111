using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Rulebook.Register;
using Tongban.Rulebook.Versions;
using Tongban.Web;

namespace Tongban.Rulebook;

/// <summary>Room Rulebook: decision tables with their versions, their cases, and the public register of what decides about people.</summary>
public static class RulebookModule
{
    /// <summary>Needs <see cref="NodeIdentity"/>, a <see cref="TimeProvider"/>, the kernel and, for its pages, room Web in the container.</summary>
    public static IServiceCollection AddRulebook(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, RulebookModel>();
        services.AddSingleton<Tables>();
        services.AddScoped<IRulebook, DecideByTable>();
        services.AddScoped<ListRules>();
        services.AddScoped<ShowRule>();
        services.AddHostedService<SeedTables>();
        services.AddNavEntry(new(NavPlace.Footer, 60, "/rules", new("规则公示", "Register of rules"), "list"));
        return services;
    }

    public static void MapRulebook(this Faces faces)
    {
        ListRules.Map(faces);
        ShowRule.Map(faces);
    }
}
