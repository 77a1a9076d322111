using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Items;
using Tongban.Items.Assess;
using Tongban.Items.Catalogue;
using Tongban.Items.Desk;
using Tongban.Items.Guide;
using Tongban.Items.Search;
using Tongban.Items.Show;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Items;

/// <summary>Service items: the catalogue with its variants, search, guides, and who decides what under which requirements.</summary>
public static class ItemsModule
{
    /// <summary>Needs <c>IRulebook</c>, <c>IDepartments</c> and <c>IPlaces</c> of other rooms.</summary>
    public static IServiceCollection AddItems(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, ItemsModel>();
        services.AddSingleton<Shelf>();
        services.AddSingleton<LifeEvents>();
        services.AddSingleton<GuideState>();
        services.AddScoped<IItems, AssessSituation>();
        services.AddHostedService<SeedItems>();
        services.AddDataProtection();
        services.AddNavEntry(new NavEntry(NavPlace.Portal, 10, "/items", new Words("办事", "Services"), "search"));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 70, "/console/items", new Words("事项清单", "Service items"), "list", a => a.IsStaff));
        return services;
    }

    public static void MapItems(this Faces faces)
    {
        ShowHome.Map(faces);
        SearchItems.Map(faces);
        ListItems.Map(faces);
        ShowItem.Map(faces);
        ShowLifeEvent.Map(faces);
        AskGuide.Map(faces);
        ListCatalogue.Map(faces);
    }
}
