using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Node;
using Tongban.Rulebook;
using Tongban.Rules;
using Tongban.Tests.Support;
using Tongban.Rules.Authoring;
using Tongban.Web;
using Xunit;

namespace Tongban.Tests.Integration.Rulebook;

/// <summary>The public register over HTTP, from a small host with one table.</summary>
public sealed class RegisterPagesTests : IAsyncLifetime
{
    readonly string folder = Directory.CreateTempSubdirectory("tongban-register-").FullName;
    WebApplication app = null!;
    HttpClient browser = null!;

    public async ValueTask InitializeAsync()
    {
        var rules = Directory.CreateDirectory(Path.Combine(folder, "rules")).FullName;
        var table = new DecisionTableModel("fee", "收费 <规则>", HitPolicy.First,
            [new("人员", "who", "string")], [new("fen", "number", "费用(分)")],
            [new(["\"低保\""], ["0"], "免收"), new(["-"], ["500"], "其他")])
        { Annotations = ["依据"] };
        await File.WriteAllTextAsync(Path.Combine(rules, "fee.dmn"), DmnWriter.Write(table));
        await File.WriteAllTextAsync(Path.Combine(rules, "fee.tests.json"), """[{"name":"低保免收","inputs":{"who":"低保"},"expected":0}]""");
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = folder, EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new NodeIdentity("CN-YRD/310000", "310000", new Words("上海市", "Shanghai"), false, "http://127.0.0.1", "http://127.0.0.1", folder, folder, false));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddNodeDb(new DatabaseOptions("sqlite", Path.Combine(folder, "node.db")), typeof(NodeHost).Assembly.GetName().Name!);
        builder.Services.ConfigureDbContext<NodeDb>(o => o.EnableServiceProviderCaching(false)
            .ConfigureWarnings(w => w.Ignore(Microsoft.EntityFrameworkCore.Diagnostics.RelationalEventId.PendingModelChangesWarning)));
        builder.Services.AddWeb();
        builder.Services.AddRulebook();
        app = builder.Build();
        app.UseWeb();
        app.UseRouting();
        app.MapWeb();
        new Faces(app.MapGroup(""), app.MapGroup("/console"), app.MapGroup("/hub"), app.MapGroup("/api"), app.MapGroup("/peer")).MapRulebook();
        await MigratedSqlite.Prepare(app.Services.GetRequiredService<DatabaseOptions>());
        await Database.Migrate(app.Services, Ct);
        await app.StartAsync(Ct);
        browser = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Anyone_reads_the_list_and_a_table_with_its_cases()
    {
        var list = await browser.GetStringAsync("/rules", Ct);
        Assert.Contains("href=\"/rules/fee\"", list, StringComparison.Ordinal);
        Assert.Contains("收费 &lt;规则&gt;", list, StringComparison.Ordinal);
        var page = await browser.GetStringAsync("/rules/fee", Ct);
        foreach (var shown in new[] { "费用(分)", "免收", "低保免收", "1 / 1 个用例通过", "施行中", "取第一条符合的" })
            Assert.Contains(shown, page, StringComparison.Ordinal);
        Assert.Contains("1 of 1 cases pass", await browser.GetStringAsync("/rules/fee?lang=en", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_behind_a_version_can_be_taken_away_and_read()
    {
        await using var file = await browser.GetStreamAsync("/rules/fee/1.dmn", Ct);
        Assert.NotNull(DmnModel.Read(file).Model);
    }

    [Fact]
    public async Task Programs_get_the_same_as_JSON()
    {
        var sheet = JsonSerializer.Deserialize<JsonElement>(await browser.GetStringAsync("/api/rules/fee", Ct));
        Assert.Equal(1, sheet.GetProperty("version").GetInt32());
        Assert.True(sheet.GetProperty("tests")[0].GetProperty("passed").GetBoolean());
        Assert.Equal(1, JsonSerializer.Deserialize<JsonElement>(await browser.GetStringAsync("/api/rules", Ct)).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("/rules/none", HttpStatusCode.NotFound)]
    [InlineData("/rules/fee?version=9", HttpStatusCode.NotFound)]
    [InlineData("/rules/fee/9.dmn", HttpStatusCode.NotFound)]
    [InlineData("/rules?after=damaged", HttpStatusCode.BadRequest)]
    public async Task What_is_not_there_is_a_page_that_says_so(string path, HttpStatusCode status)
    {
        var answer = await browser.GetAsync(path, Ct);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains("<h1", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }
}
