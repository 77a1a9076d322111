using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel.Access;

namespace Tongban.Kernel.Http;

/// <summary>Who may call a route. Every route states it; one that does not is refused at start.</summary>
/// <param name="Who">In words, for the list of routes.</param>
public sealed record RouteRule(string Who, Func<Actor, bool> Admits);

public static class Allow
{
    public static readonly RouteRule Anyone = new("anyone", _ => true);
    public static readonly RouteRule SignedIn = new("signed-in", a => a.IsPerson || a.IsStaff);
    public static readonly RouteRule Person = new("person", a => a.IsPerson);
    public static readonly RouteRule Staff = new("staff", a => a.IsStaff);
    public static readonly RouteRule Peer = new("peer", a => a.Role == Role.Peer);

    public static RouteRule Roles(params Role[] roles) => new(string.Join('|', roles), a => roles.Contains(a.Role));

    /// <summary>States who may call the route or the group.</summary>
    public static TBuilder Only<TBuilder>(this TBuilder routes, RouteRule rule) where TBuilder : IEndpointConventionBuilder
    {
        routes.WithMetadata(rule);
        return routes;
    }
}
