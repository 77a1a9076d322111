using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Tests.Unit.Web;

/// <summary>The pages alone behind a real server on a free port; <c>X-As: officer</c> or <c>resident</c> signs in.</summary>
public sealed class WebHost : IAsyncLifetime
{
    static readonly NodeIdentity Node =
        new("CN-YRD/310000", "310000", new Words("上海市", "Shanghai"), false, "http://localhost", "http://localhost", ".", ".", true);

    WebApplication app = null!;

    public Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddDataProtection();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(Node).AddWeb(o => o.Gallery = true);
        builder.Services.AddNavEntry(new NavEntry(NavPlace.Portal, 10, "/ui/gallery/matters", new Words("我的办件", "My matters"), "list", a => a.IsPerson));
        builder.Services.AddNavEntry(new NavEntry(NavPlace.Console, 10, "/ui/gallery/queue", new Words("待办", "Queue"), "inbox", a => a.IsStaff));
        app = builder.Build();
        app.UseWeb();
        app.Use((http, next) =>
        {
            var actor = http.Request.Headers["X-As"].ToString() switch
            {
                "resident" => new Actor(Role.Resident, "r", "欧阳慕容", SubjectKey: "s", Level: 2),
                "officer" => new Actor(Role.Officer, "o", "王警官", "340100", "340100-police"),
                _ => Actor.Nobody,
            };
            http.RequestServices.GetRequiredService<CurrentActor>().Become(actor);
            return next(http);
        });
        app.UseFormTokens();
        app.UsePlainText();
        app.MapWeb();
        app.MapGet("/leave", (HttpContext http) =>
        {
            Flash.Leave(http, Node, Tone.Done, new Words("已保存", "Saved"));
            return TypedResults.Redirect("/ui/gallery/home");
        });
        app.MapGet("/kept", () => Page.Of<KeptPage>());
        app.MapPost("/kept/send", ([FromForm] string name, HttpContext http) =>
            Page.Of<KeptPage>(new { Error = Error.Invalid("a.b", "姓名太长", "The name is too long", "name"), Entered = http.Request.Form }, 400));
        app.MapPost("/guarded", ([FromForm] string name) => TypedResults.Text(name));
        app.MapGet("/refused", () => Error.Invalid("a.b", "缺少姓名", "The name is missing", "name", "请填写姓名", "Enter it").AsResult());
        await app.StartAsync();
        Address = new Uri(app.Urls.Single());
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>A browser: keeps cookies, asks for pages, follows nothing by itself.</summary>
    public HttpClient Browser(string? signedInAs = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Address };
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        if (signedInAs is not null)
            client.DefaultRequestHeaders.Add("X-As", signedInAs);
        return client;
    }
}
