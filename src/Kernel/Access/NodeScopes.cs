using Microsoft.Extensions.DependencyInjection;

namespace Tongban.Kernel.Access;

public static class NodeScopes
{
    /// <summary>A scope for what the node does on its own account, named by the job: its work sees the rows that the node sees. Nothing of what it reads may reach a caller.</summary>
    public static AsyncServiceScope AsNode(this IServiceScopeFactory scopes, string job)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(Actor.Node(job));
        return scope;
    }

    public static AsyncServiceScope AsNode(this IServiceProvider services, string job) => services.GetRequiredService<IServiceScopeFactory>().AsNode(job);
}
