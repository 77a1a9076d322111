using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;

namespace Tongban.Tests.Integration.House;

/// <summary>Signs a request in as the role named by its header <c>X-Act-As</c>, without an account; for tests of what holds for every role.</summary>
sealed class ActAs : IStartupFilter
{
    public const string Header = "X-Act-As";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((http, then) =>
        {
            if (Enum.TryParse<Role>(http.Request.Headers[Header], out var role))
                http.RequestServices.GetRequiredService<CurrentActor>().Become(Of(role, http.RequestServices.GetRequiredService<NodeIdentity>().Division));
            return then(http);
        });
        next(app);
    };

    public static Actor Of(Role role, string division = "310000") => role switch
    {
        Role.None => Actor.Nobody,
        Role.Resident => new(role, "test-resident", "样例", SubjectKey: "subject-1", Level: 2),
        Role.EnterpriseStaff => new(role, "test-enterprise", "样例企业", SubjectKey: "subject-enterprise", Level: 2),
        // They look after the node, not after one department's work.
        Role.Steward or Role.Auditor or Role.Administrator => new(role, $"test-{role}", "样例", division),
        _ => new(role, $"test-{role}", "样例", division, $"{division}-hrss"),
    };
}
