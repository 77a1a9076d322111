using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Connectors;

/// <summary>A department reads its own sources and no other's, through whichever door. What is not its own is refused alike whether it is there or not.</summary>
public sealed class SourceOwnerTests
{
    const string ByPerson = "SELECT djrq AS registeredOn FROM hunyin WHERE nan_sfzh = @citizenId";

    /// <summary>Of another department, of none, of whoever wants it, and a file that is called like nobody.</summary>
    const string Entered = """
        {"court": {"departments": ["340000-police"], "url": "http://127.0.0.1:1"}, "old": {"url": "http://127.0.0.1:1"},
         "weather": {"departments": ["*"], "url": "http://127.0.0.1:1"}, "shared.db": {"departments": ["340000-civil", "340000-police"]}}
        """;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<TwoNodes> Start() => AdoptionRegister.Start(n =>
    {
        var folder = Path.Combine(n.FolderOf(Anhui), "departments");
        File.Copy(Path.Combine(folder, "civil.db"), Path.Combine(folder, "police.db"));
        File.Copy(Path.Combine(folder, "civil.db"), Path.Combine(folder, "shared.db"));
        File.WriteAllText(Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), Entered);
    });

    [Theory]
    [InlineData("police.db", "police-gone.db", ByPerson)]
    [InlineData("police.csv", "nobodys.csv", "")]
    [InlineData("civil2.db", "civilx.db", ByPerson)]
    [InlineData("http:court", "http:nowhere", "GET /persons/{citizenId}")]
    [InlineData("http:old", "http:nowhere", "GET /persons/{citizenId}")]
    [InlineData("postgres:court", "postgres:nowhere", ByPerson)]
    public async Task Entering_refuses_it_and_does_not_tell_whether_it_is_there(string there, string gone, string select)
    {
        await using var nodes = await Start();
        var register = new AdoptionRegister(nodes);
        string Told(string page, string source)
        {
            page = WebUtility.HtmlDecode(page);
            Assert.Contains(NamedSources.FileName, page, StringComparison.Ordinal);
            var name = source[(source.IndexOf(':', StringComparison.Ordinal) + 1)..];
            return Assert.Single(Regex.Matches(page, $"<li>[^\n]*?“{Regex.Escape(name)}”.*?</li>").Take(1)).Value.Replace(name, "", StringComparison.Ordinal);
        }
        var refused = Told(await register.Enter(there, select), there);
        Assert.NotEmpty(refused);
        Assert.Equal(refused, Told(await register.Enter(gone, select), gone));
        // Nor does a draft come to name it afterwards.
        Assert.Empty(await register.Enter("civil.db", ByPerson));
        Assert.Equal(refused, Told(await register.Change(there, select), there));
    }

    [Theory]
    [InlineData("civil.db", ByPerson)]
    [InlineData("civil-2026.csv", "")]
    [InlineData("shared.db", ByPerson)]
    [InlineData("http:weather", "GET /persons/{citizenId}")]
    public async Task Its_own_and_what_an_administrator_entered_for_it_is_taken(string database, string select)
    {
        await using var nodes = await Start();
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter(database, select));
        if (database != "shared.db")
            return;
        Assert.Empty(await register.Publish());
        await register.Agree();
        Assert.Equal("2015-10-01", await register.Ask());
    }

    [Fact]
    public async Task A_file_of_resources_that_names_one_is_not_taken_in()
    {
        await using var nodes = await Start();
        using var steward = new Browser(Role.Steward);
        var text = await (await steward.Get(nodes.Url(Anhui) + "/console/resources.csv")).Content.ReadAsStringAsync(Ct);
        Assert.Contains("civil.db", text, StringComparison.Ordinal);
        using var answer = await steward.Submit(await steward.Get(nodes.Url(Anhui) + "/console/resources"), "/console/resources/import", file: ("r.csv", text.Replace("civil.db", "police.db", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("文件“police.db”不属于这个部门", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Ct)), StringComparison.Ordinal);
        Assert.Equal(0, await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db => db.Set<ResourceRow>().CountAsync(r => r.State == ResourceState.Draft, Ct)));
    }

    [Fact]
    public async Task A_draft_of_before_is_neither_tried_nor_published_nor_are_its_codes_listed()
    {
        await using var nodes = await Start();
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("civil.db", ByPerson));
        var draft = await Change(nodes, "police.db");
        Assert.Contains("不属于这个部门", WebUtility.HtmlDecode(await register.Try(Husband)), StringComparison.Ordinal);
        Assert.Contains("不属于这个部门", WebUtility.HtmlDecode(await register.Publish()), StringComparison.Ordinal);
        var held = await nodes.Get<Sources>(Anhui).Held(draft, "registeredOn", "SELECT djrq AS code, count(*) AS records FROM hunyin GROUP BY djrq", 100, Ct);
        Assert.Equal(SourceOwners.Foreign, held.Error?.Code);
    }

    [Fact]
    public async Task What_was_published_before_is_refused_by_name_to_its_steward_and_without_to_whoever_asks()
    {
        await using var nodes = await Start();
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("civil.db", ByPerson));
        Assert.Empty(await register.Publish());
        await register.Agree(t => t with { Bulk = true });
        Assert.Equal("2015-10-01", await register.Ask());
        Assert.DoesNotContain("不再回答", await PageOf(nodes, "/console/resources"), StringComparison.Ordinal);

        var published = await Change(nodes, "police.db");
        var refused = await nodes.Ask(AdoptionRegister.Question);
        Assert.Equal((SourceOwners.Foreign, ErrorKind.Unavailable), (refused.Error?.Code, refused.Error?.Kind));
        Assert.DoesNotContain("police", refused.Error!.ToString(), StringComparison.Ordinal);
        Assert.Contains("不再回答", await PageOf(nodes, "/console/resources"), StringComparison.Ordinal);
        Assert.Contains("文件“police.db”不属于这个部门", await PageOf(nodes, "/console/resources/civil.adoption/1"), StringComparison.Ordinal);
        // Not even when it was written to, which would say that it is there.
        Assert.Equal(Freshness.Told.NotKnown, (await register.Look()).Told);
        var sources = nodes.Get<Sources>(Anhui);
        var whole = await sources.Stream(published, AdoptionRegister.Question.Parameters, ["registeredOn"], _ => throw new Xunit.Sdk.XunitException("A row of another department's left."), Ct);
        Assert.Equal(SourceOwners.Foreign, whole.Error?.Code);
        var asking = published with { Connector = published.Connector! with { Written = ["SELECT max(djrq) AS written FROM hunyin"] } };
        Assert.Equal(SourceOwners.Foreign, (await sources.AskWritten(asking, Ct)).Error?.Code);
    }

    static async Task<string> PageOf(TwoNodes nodes, string page)
    {
        using var steward = new Browser(Role.Steward);
        return await steward.Read(nodes.Url(Anhui) + page);
    }

    /// <summary>As a node of before let it be entered.</summary>
    static async Task<ResourceDefinition> Change(TwoNodes nodes, string database)
    {
        var definition = await nodes.As<NodeDb, ResourceDefinition>(Anhui, Actor.Node("test"), async db =>
        {
            var row = await db.Set<ResourceRow>().SingleAsync(r => r.Code == "civil.adoption", Ct);
            var changed = row.Definition with { Connector = row.Definition.Connector! with { Database = database } };
            row.Document = ResourceRow.Of(changed, row.Division, row.Department, 1).Document;
            row.Revision++;
            await db.SaveChangesAsync(Ct);
            return changed;
        });
        await nodes.Get<OwnResources>(Anhui).Load(Ct);
        return definition;
    }
}
