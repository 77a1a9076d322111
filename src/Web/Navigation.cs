using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;

namespace Tongban.Web;

public enum NavPlace
{
    /// <summary>The row below the Portal's head: 我的办件, 我的证照.</summary>
    Portal,

    /// <summary>The Console's left side.</summary>
    Console,

    /// <summary>Links at the foot of every page.</summary>
    Footer,
}

/// <summary>
/// One way into a module's pages. Modules register their own entries, so that none knows another; a page shows those that
/// its actor may follow.
/// </summary>
/// <param name="Order">Entries stand by rising order; steps of ten leave room.</param>
/// <param name="Icon">A name of <see cref="Icons"/>.</param>
/// <param name="Rule">Who sees it; the same rule as the route's. Null is anyone.</param>
/// <param name="Group">Heading it stands under in the Console; null for none.</param>
public sealed record NavEntry(
    NavPlace Place,
    int Order,
    string Href,
    Words Text,
    string Icon,
    Func<Actor, bool>? Rule = null,
    Words? Group = null);

/// <summary>All entries of all modules.</summary>
public sealed class Navigation(IEnumerable<NavEntry> entries)
{
    readonly NavEntry[] all = [.. entries.OrderBy(e => e.Order)];

    public IEnumerable<NavEntry> At(NavPlace place, Actor actor) => all.Where(e => e.Place == place && (e.Rule is null || e.Rule(actor)));

    /// <summary>The entry that the path lies under: the longest that fits.</summary>
    public static NavEntry? Current(IEnumerable<NavEntry> shown, string path)
    {
        var plain = path.Split('?', 2)[0];
        return shown.Where(e => plain == e.Href || plain.StartsWith(e.Href.TrimEnd('/') + "/", StringComparison.Ordinal))
            .MaxBy(e => e.Href.Length);
    }
}

public static class NavigationRegistration
{
    public static IServiceCollection AddNavEntry(this IServiceCollection services, NavEntry entry) => services.AddSingleton(entry);
}
