using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Identity;
using Tongban.Identity.Abroad;
using Tongban.Identity.Accounts;
using Tongban.Identity.Console;
using Tongban.Identity.Demo;
using Tongban.Identity.Oidc;
using Tongban.Identity.People;
using Tongban.Identity.Portal;
using Tongban.Identity.Sessions;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Identity;

/// <summary>
/// Room Identity: people, enterprises and staff, their sign-in and sessions, mandates, and the node's OpenID provider.
/// Needs <see cref="NodeIdentity"/>, the node's <see cref="Trust.Keystore"/> and <see cref="Trust.IVault"/>, and room Web.
/// </summary>
public static class IdentityModule
{
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, IdentityModel>();
        services.AddSingleton(p => IdentityOptions.For(p.GetRequiredService<NodeIdentity>()));
        services.AddHttpClient(NodeKeys.HttpName, c => c.Timeout = TimeSpan.FromSeconds(10))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });

        services.AddSingleton<Passwords>();
        services.AddSingleton<AddressLimit>();
        services.AddScoped<Credentials>();
        services.AddScoped<Codes>();
        services.AddSingleton<ICodeDelivery, LocalCodeDelivery>();

        services.AddSingleton<SessionCookie>();
        services.AddSingleton<Sessions.Sessions>();
        services.AddHostedService<Sweep>();

        services.AddScoped<People.People>();
        services.AddScoped<Mandates>();
        services.AddScoped<IIdentities, Identities>();

        services.AddSingleton<Tokens>();
        services.AddSingleton<NodeKeys>();
        services.AddSingleton<AssertionIds>();
        services.AddSingleton<Claims>();
        services.AddScoped<Clients>();
        services.AddScoped<ClientProof>();
        services.AddScoped<Provinces>();
        services.AddScoped<ProviderClient>();

        services.AddNavEntry(new(NavPlace.Portal, 90, "/account", new("我的账号", "My account"), "user", a => a.IsPerson));
        services.AddNavEntry(new(NavPlace.Footer, 90, "/console/signin", new("工作人员登录", "Staff sign-in"), "work"));
        services.AddNavEntry(new(NavPlace.Console, 900, "/console/accounts", new("账号", "Accounts"), "people", a => a.Role == Role.Administrator));
        services.AddNavEntry(new(NavPlace.Console, 910, "/console/people", new("实名核验", "Identity check"), "shield", a => a.Role == Role.Clerk));
        services.AddNavEntry(new(NavPlace.Console, 990, StaffSignIn.RolePath, new("换角色、改密码", "Role and password"), "key", a => a.IsStaff));
        return services;
    }

    /// <summary>Finds the session of each request and sets the <see cref="CurrentActor"/>. Goes after routing and before the route guard.</summary>
    public static IApplicationBuilder UseIdentity(this IApplicationBuilder app)
    {
        app.UseSessions();
        return app;
    }

    public static void MapIdentity(this Faces faces)
    {
        var portal = faces.Portal;
        portal.MapGet("/signin", SignIn.Show).Only(Allow.Anyone);
        portal.MapPost("/signin", SignIn.Post).Only(Allow.Anyone);
        portal.MapPost("/signin/province", SignInAbroad.Begin).Only(Allow.Anyone);
        portal.MapGet("/signin/callback", SignInAbroad.Return).Only(Allow.Anyone);
        portal.MapPost("/signout", SignOut.Post).Only(Allow.Anyone);
        portal.MapGet("/register", Register.Show).Only(Allow.Anyone);
        portal.MapPost("/register", Register.Begin).Only(Allow.Anyone).WithOnce();
        portal.MapGet("/register/{id}", Register.ShowDetails).Only(Allow.Anyone);
        portal.MapPost("/register/{id}", Register.Complete).Only(Allow.Anyone);
        portal.MapGet("/recover", Recover.Show).Only(Allow.Anyone);
        portal.MapPost("/recover", Recover.Begin).Only(Allow.Anyone).WithOnce();
        portal.MapGet("/recover/{id}", Recover.ShowCode).Only(Allow.Anyone);
        portal.MapPost("/recover/{id}", Recover.Complete).Only(Allow.Anyone);

        // Open to a session that is not yet ready, whose actor is still nobody; the use case checks the session itself.
        portal.MapGet(NewPassword.Path, NewPassword.Show).Only(Allow.Anyone);
        portal.MapPost(NewPassword.Path, NewPassword.Post).Only(Allow.Anyone).WithOnce();

        portal.MapGet("/account", MyAccount.Show).Only(Allow.Person);
        portal.MapPost("/account/act", MyAccount.ActFor).Only(Allow.Person).WithOnce();
        portal.MapPost("/account/sessions/end", MyAccount.EndAll).Only(Allow.SignedIn).WithOnce();
        portal.MapPost("/account/sessions/{id}/end", MyAccount.EndOne).Only(Allow.SignedIn).WithOnce();
        portal.MapGet("/account/staff", EnterpriseStaff.Show).Only(Allow.Roles(Role.EnterpriseStaff));
        portal.MapPost("/account/staff", EnterpriseStaff.Empower).Only(Allow.Roles(Role.EnterpriseStaff)).WithOnce();
        portal.MapPost("/account/staff/{id}/end", EnterpriseStaff.End).Only(Allow.Roles(Role.EnterpriseStaff)).WithOnce();

        MapOidc(portal);
        MapConsole(faces.Console);
    }

    static void MapOidc(RouteGroupBuilder portal)
    {
        portal.MapGet("/.well-known/openid-configuration", Discovery.Configuration).Only(Allow.Anyone);
        portal.MapGet("/oidc/jwks", Discovery.Jwks).Only(Allow.Anyone);
        portal.MapGet(Authorize.Path, Authorize.Get).Only(Allow.Anyone);
        portal.MapPost(Authorize.Path, Authorize.Allow).Only(Allow.Anyone);
        // Called by clients' servers: the standard's form without our page's token; the client proves itself.
        portal.MapPost("/oidc/token", TokenEndpoint.Post).Only(Allow.Anyone).WithoutFormToken("a client proves itself in the request; no cookie is read");
        portal.MapGet("/oidc/userinfo", UserInfo.Get).Only(Allow.Anyone);
        portal.MapPost("/oidc/userinfo", UserInfo.Get).Only(Allow.Anyone).WithoutFormToken("a bearer token is the only sign-in");
        portal.MapGet(EndSession.Path, EndSession.Get).Only(Allow.Anyone);
        portal.MapPost(EndSession.Path, EndSession.Post).Only(Allow.Anyone).WithoutFormToken("other sites send people here; it checks the token of our own page itself");
    }

    static void MapConsole(RouteGroupBuilder console)
    {
        console.MapGet("/signin", StaffSignIn.Show).Only(Allow.Anyone);
        console.MapPost("/signin", StaffSignIn.Post).Only(Allow.Anyone);
        console.MapGet("/role", StaffSignIn.ShowRoles).Only(Allow.Anyone);
        console.MapPost("/role", StaffSignIn.Choose).Only(Allow.Anyone).WithOnce();

        var administrators = Allow.Roles(Role.Administrator);
        console.MapGet("/accounts", ListAccounts.Get).Only(administrators);
        console.MapGet("/accounts/new", CreateStaff.Show).Only(administrators);
        console.MapPost("/accounts/new", CreateStaff.Post).Only(administrators).WithOnce();
        console.MapGet("/accounts/messages", LocalMessages.Get).Only(administrators);
        console.MapGet("/accounts/{id}", ChangeStaff.Show).Only(administrators);
        console.MapPost("/accounts/{id}", ChangeStaff.Save).Only(administrators).WithOnce();
        console.MapPost("/accounts/{id}/disable", ChangeStaff.Disable).Only(administrators).WithOnce();
        console.MapPost("/accounts/{id}/enable", ChangeStaff.Enable).Only(administrators).WithOnce();
        console.MapPost("/accounts/{id}/unlock", ChangeStaff.Unlock).Only(administrators).WithOnce();
        console.MapPost("/accounts/{id}/reset", ChangeStaff.Reset).Only(administrators);

        var clerks = Allow.Roles(Role.Clerk);
        console.MapGet("/people", CheckInPerson.Show).Only(clerks);
        console.MapPost("/people/check", CheckInPerson.Post).Only(clerks).WithOnce();
        console.MapPost("/people/guardian", RecordGuardian.Post).Only(clerks).WithOnce();
        // Reads only; a form because the number must not stand in an address.
        console.MapPost("/people/guardian/find", EndGuardian.Find).Only(clerks);
        console.MapPost("/people/guardian/{id}/end", EndGuardian.Post).Only(clerks).WithOnce();
    }

    /// <summary>
    /// Makes an administrator and returns the one-time password, which is stored nowhere: <c>tongban admin create</c>.
    /// Conflict <c>account.exists</c> when the login is taken.
    /// </summary>
    public static async Task<Result<string>> CreateAdministrator(IServiceProvider services, string login, CancellationToken ct)
    {
        await using var scope = services.AsNode("admin-create");
        var staff = ActivatorUtilities.CreateInstance<StaffAccounts>(scope.ServiceProvider);
        var node = scope.ServiceProvider.GetRequiredService<NodeIdentity>();
        return await staff.Create(new StaffDetails(login, "管理员", "", node.Division, "", [Role.Administrator]), ct);
    }

    /// <summary>Makes the demo accounts that are missing. Does nothing unless the node is a demonstration.</summary>
    public static Task SeedDemo(IServiceProvider services, CancellationToken ct) => DemoSeed.Run(services, ct);

    /// <summary>Who can sign in to a demonstration node: console login or phone, the shared password, what for. Empty otherwise.</summary>
    public static IReadOnlyList<(string Login, string Password, Words What, bool IsStaff)> DemoAccounts(NodeIdentity node) => DemoSeed.Accounts(node);
}
