using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Connectors;

/// <summary>A department with a web service, which does what web services do.</summary>
public sealed class ServiceResourceTests
{
    const string Secret = "Bearer s3cret-of-the-department";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static async Task<TwoNodes> Start(Department department)
    {
        await department.Start();
        return await AdoptionRegister.Start(n => File.WriteAllText(
            Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), $$$"""{"court": {"departments": ["340000-civil"], "url": "{{{department.Url}}}/api", "headers": {"Authorization": "{{{Secret}}}"}, "timeoutMs": 1500}}"""));
    }

    [Fact]
    public async Task A_service_is_asked_by_post_and_what_it_says_is_held_to_the_catalogue()
    {
        await using var department = new Department();
        await using var nodes = await Start(department);
        var register = new AdoptionRegister(nodes);
        foreach (var (select, word) in new[]
        {
            ("DELETE /x", "第一行"), ("GET /persons", "citizenId"), ("GET //evil/{citizenId}", "第一行"), ("GET /../{citizenId}", "第一行"), ("POST /q?id={citizenId}", "第一行"),
            ("POST /q\r\nother = /x", "other"), ("POST /q\r\nregisteredOn = x", "写成"),
        })
            Assert.Contains(word, await register.Enter("http:court", select), StringComparison.Ordinal);
        const string Good = "POST /adoptions\r\nrows = /data/items\r\nregisteredOn = /registration/date";
        Assert.Empty(await register.Enter("http:court", Good));
        Assert.Contains("第一行", await register.Change("http:court", Good, "max"), StringComparison.Ordinal);
        // Tried before it is published: asked once, counted, not shown.
        department.Answer = Department.Json("""{"data": {"items": [{"registration": {"date": "2020-03-04"}}]}}""");
        var tried = await register.Try(Husband);
        Assert.Contains("1 条记录", tried, StringComparison.Ordinal);
        Assert.DoesNotContain("2020-03-04", tried, StringComparison.Ordinal);
        Assert.Empty(await register.Change("http:court", Good, "GET /last\r\nwritten = /at"));
        Assert.Contains("written", await register.Publish(), StringComparison.Ordinal);
        department.Answer = Department.Json($$"""{"at": "{{nodes.Clock.GetUtcNow().AddDays(-3):O}}"}""");
        Assert.Empty(await register.Publish());
        var said = await register.Look();
        Assert.Equal((Freshness.Told.BySource, 2), (said.Told, said.LateBy));
        // A service that does not answer is as late as it was.
        department.Answer = Department.Status(404);
        Assert.Equal(said, await register.Look());
        await register.Agree();

        var (path, body, authorization) = ("", "", "");
        department.Answer = async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            (path, body, authorization) = (http.Request.Path + http.Request.QueryString, await reader.ReadToEndAsync(Ct), http.Request.Headers.Authorization.ToString());
            await Department.Json("""{"data": {"items": [{"registration": {"date": "2020-03-04"}, "more": 1}, {"registration": {"date": null}}]}}""")(http);
        };
        Assert.Equal("2020-03-04,", await register.Ask());
        Assert.Equal(("/api/adoptions", $$"""{"citizenId":"{{Husband}}"}""", Secret), (path, body, authorization));

        foreach (var (answer, outcome) in new (Func<HttpContext, Task>, string)[]
        {
            (Department.Json("""{"data": {"items": []}}"""), ""),
            (Department.Status(404), ""),
            (Department.Json("""{"data": {}}"""), "resource.schema-drift"),
            (Department.Json("""{"data": {"items": [{}]}}"""), "resource.schema-drift"),
            (Department.Json("""{"data": {"items": [{"registration": {"date": "May"}}]}}"""), "resource.schema-drift"),
            (Department.Json("""{"data": {"items": [{"registration": {"date": {}}}]}}"""), "resource.schema-drift"),
            (Department.Json("""{"data": {"items": [""" + string.Join(',', Enumerable.Repeat("""{"registration": {"date": "2020-03-04"}}""", 1001)) + "]}}"), "resource.too-many"),
            // Half a character is no text.
            (Department.Json("""{"data": {"items": [{"registration": {"date": "\ud800"}}]}}"""), "resource.schema-drift"),
            (Department.Json("<html>"), "connector.source-unavailable"),
            (Department.Json(new string(' ', 5 * 1024 * 1024) + "{}"), "connector.source-unavailable"),
            (Department.Status(401), "connector.source-unavailable"),
        })
        {
            department.Answer = answer;
            Assert.Equal(outcome, await register.Ask());
        }
        // Nobody is sent on to somewhere else with a person's number and the department's secret.
        department.Asked = 0;
        department.Answer = http =>
        {
            http.Response.Redirect(department.Url + "/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        var moved = (await nodes.Ask(AdoptionRegister.Question)).Error!;
        Assert.Equal(("connector.source-unavailable", 1), (moved.Code, department.Asked));
        Assert.DoesNotContain(Husband, moved.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", moved.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_aggregate_is_read_to_the_last_page_or_not_at_all()
    {
        await using var department = new Department();
        await using var nodes = await Start(department);
        // Four pages of 400 groups: more than one answer holds, and fewer once they are added up.
        department.Answer = http => int.Parse(http.Request.Query["page"].ToString() is { Length: > 0 } n ? n : "1", CultureInfo.InvariantCulture) is var page && page > 4
            ? Department.Status(404)(http)
            : Department.Json("[" + string.Join(',', Enumerable.Range(0, 400).Select(i => $$"""{"area":"{{i % 2}}","street":"{{page}}-{{i}}","people":20}""")) + "]")(http);
        ResourceField Field(string name, string type) => new(name, name, name, type, null, 1, false);
        var paged = new ResourceDefinition("civil.counts", 1, "分组计数", "Counts", "civil", ["34"], "other", [], "conditional", "monthly", "many", [],
            [Field("area", "text"), Field("street", "text"), Field("people", "integer")], new SourceBinding(Sources.Http, "court", ["GET /counts", "page = page 1"]))
        {
            Aggregate = new AggregateShape(["area", "street"], "people", [], 0, 10),
        };
        var sources = nodes.Get<Sources>(Anhui);
        var read = await sources.Read(paged, new Dictionary<string, string>(), ["area", "people"], Ct);
        Assert.True(read.Ok, read.Error?.DetailEn);
        Assert.Equal(["16000", "16000"], read.Value.Rows.Select(r => r[1]));
        Assert.Null(await sources.Check(paged, Ct));
        // One answer is never taken for the whole: which groups are small would be decided over a part.
        var one = paged with { Connector = paged.Connector! with { Select = ["GET /counts"] } };
        Assert.Equal("bulk.not-from-here", (await sources.Read(one, new Dictionary<string, string>(), ["area", "people"], Ct)).Error?.Code);
        Assert.Equal("bulk.not-from-here", (await sources.Check(one, Ct))?.Code);
    }

    [Fact]
    public async Task A_service_that_fails_is_tried_again_and_then_left_alone()
    {
        await using var department = new Department();
        await using var nodes = await Start(department);
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("http:court", "GET /persons/{citizenId}/adoption"));
        Assert.Empty(await register.Publish());
        await register.Agree();
        var ok = Department.Json("""{"registeredOn": "2020-03-04"}""");

        // Once it fails, once it does not answer in time; the third attempt is answered.
        department.Answer = http => department.Asked switch
        {
            1 => Department.Status(503)(http),
            2 => Task.Delay(10_000, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default),
            _ => ok(http),
        };
        Assert.Equal("2020-03-04", await register.Ask());
        Assert.Equal(3, department.Asked);

        // A value that would lead elsewhere is no number of a person, and asks nobody.
        foreach (var elsewhere in new[] { "..", "../a?b=c" })
            Assert.Equal("resource.parameter-wrong", await register.Ask(elsewhere));
        Assert.Equal(3, department.Asked);

        department.Answer = Department.Status(500);
        for (var i = 0; i < 6; i++)
            Assert.Equal("connector.source-unavailable", await register.Ask());
        var until = department.Asked;
        Assert.Contains("resting", (await nodes.Ask(AdoptionRegister.Question)).Error!.DetailEn, StringComparison.Ordinal);
        Assert.Equal(until, department.Asked);
    }

    [Fact]
    public async Task A_question_under_way_ends_soon_after_the_node_is_told_to_stop()
    {
        await using var department = new Department();
        await department.Start();
        department.Answer = Department.Json("""[{"registeredOn": "2020-03-04"}]""");
        await using var nodes = await AdoptionRegister.Start(
            n => File.WriteAllText(Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), $$$"""{"court": {"departments": ["340000-civil"], "url": "{{{department.Url}}}/api", "timeoutMs": 60000}}"""),
            b =>
            {
                b.Services.AddSingleton(new ExchangeOptions { PeerTimeout = TimeSpan.FromMinutes(5) });
                b.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromMinutes(5));
            });
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("http:court", "GET /persons/{citizenId}/adoption"));
        Assert.Empty(await register.Publish());
        await register.Agree();
        var asked = new TaskCompletionSource();
        department.Answer = async http =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };
        var answer = register.Ask(Husband);
        await asked.Task;
        await nodes.Stop(Anhui);
        // Had the node waited for the department's own minute, that is what it would have said.
        Assert.NotEqual("connector.source-unavailable", await answer);
    }
}
