using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Items;
using Tongban.Items.Assess;
using Tongban.Items.Catalogue;
using Tongban.Items.Search;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;

namespace Tongban.Items;

/// <summary>Service items: the catalogue with its variants, search, guides, and who decides what under which requirements.</summary>
public static class ItemsModule
{
    /// <summary>Needs <c>IRulebook</c>, <c>IDepartments</c> and <c>IPlaces</c> of other rooms.</summary>
    public static IServiceCollection AddItems(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, ItemsModel>();
        services.AddSingleton<Shelf>();
        services.AddScoped<IItems, AssessSituation>();
        services.AddHostedService<SeedItems>();
        return services;
    }

    public static void MapItems(this Faces faces)
    {
        ListItems.Map(faces);
    }
}
