using System.Net;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.Exchange.Connectors;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Whatever is read of a person reaches that person's record: what could not is neither tried, nor published, nor answered.</summary>
public sealed class SubjectTests
{
    const string ByNumber = "SELECT djrq AS registeredOn FROM hunyin WHERE djzh = @number";
    const string ByBoth = "SELECT djrq AS registeredOn FROM hunyin WHERE nan_sfzh = @citizenId OR nv_sfzh = @number";
    const string Whole = "SELECT djrq AS registeredOn FROM hunyin WHERE (@number IS NULL OR djzh = @number) AND (@citizenId IS NULL OR nan_sfzh = @citizenId)";
    const string Number = "J340199-2015-000001";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Times that somebody's data was read at Anhui, as they see it.</summary>
    static async Task<int> Recorded(TwoNodes nodes, string citizenId)
    {
        var vault = nodes.Get<IVault>(Anhui);
        return (await nodes.Get<TransparencyLog>(Anhui).BySubject(vault.Forms(vault.BlindIndex(AnswerQuery.PersonContext, citizenId)), count: 100, cancel: Ct)).Count;
    }

    static async Task<string> Send(TwoNodes nodes, string action, params (string, string)[] fields)
    {
        const string Draft = "/console/resources/civil.adoption/1";
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(await steward.Get(nodes.Url(Anhui) + Draft), Draft + action, null, fields);
        return (int)answer.StatusCode == 303 ? "" : WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task What_is_asked_by_a_text_only_is_neither_tried_nor_published()
    {
        await using var nodes = await AdoptionRegister.Start();
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("civil.db", ByNumber, "number text"));
        foreach (var refused in new[] { await Send(nodes, "/try", ("try.number", Number)), await Send(nodes, "/try", ("try.number", Husband)), await Send(nodes, "/decide", ("move", "publish")) })
        {
            Assert.Contains("当事人看不到谁用了他的数据", refused, StringComparison.Ordinal);
            Assert.DoesNotContain("1 条记录", refused, StringComparison.Ordinal);
        }
        Assert.Equal(0, await Recorded(nodes, Husband));
    }

    [Fact]
    public async Task A_try_is_recorded_for_everybody_whose_number_stands_in_it_whatever_its_parameter_is_called()
    {
        await using var nodes = await AdoptionRegister.Start();
        Assert.Empty(await new AdoptionRegister(nodes).Enter("civil.db", ByBoth, "citizenId citizen-id\r\nnumber text ?"));
        Assert.Contains("1 条记录", await Send(nodes, "/try", ("try.citizenId", Husband), ("try.number", "")), StringComparison.Ordinal);
        Assert.Equal((1, 0), (await Recorded(nodes, Husband), await Recorded(nodes, Wife)));
        Assert.Contains("条记录", await Send(nodes, "/try", ("try.citizenId", Husband), ("try.number", Wife)), StringComparison.Ordinal);
        Assert.Equal((2, 1), (await Recorded(nodes, Husband), await Recorded(nodes, Wife)));
    }

    [Fact]
    public async Task A_table_that_may_be_fetched_whole_is_tried_and_queried_about_somebody_only()
    {
        await using var nodes = await AdoptionRegister.Start();
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("civil.db", Whole, "number text ?\r\ncitizenId citizen-id ?"));
        Assert.Contains("查询要说明是谁", await Send(nodes, "/try", ("try.number", Number)), StringComparison.Ordinal);
        Assert.Contains("1 条记录", await Send(nodes, "/try", ("try.number", Number), ("try.citizenId", Husband)), StringComparison.Ordinal);
        Assert.Empty(await register.Publish());
        await register.Agree(t => t with { Subscription = true, Bulk = true });
        await Refused(nodes, new() { ["number"] = Number });
        await Refused(nodes, []);
        await Refused(nodes, new() { ["citizenId"] = "" });
        var before = await Recorded(nodes, Husband);
        var answer = await Ask(nodes, new() { ["number"] = Number, ["citizenId"] = Husband });
        Assert.Equal("2015-10-01", Assert.Single(answer.Value.Rows)["registeredOn"]);
        Assert.Equal(before + 1, await Recorded(nodes, Husband));

        // In bulk the whole is given under one leaf about nobody; what is corrected in it is told to whoever fetched it.
        var message = nodes.Message(null) with { Agreement = "ag-adoption", Resource = "civil.adoption", Fields = ["registeredOn"], Parameters = new Dictionary<string, string>() };
        var begun = await nodes.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/bulk", message.ToJson(), Ct);
        Assert.True(begun.Ok, begun.Error?.DetailEn);
        await Soon.Holds(async () => await nodes.Get<TransparencyLog>(Anhui).Find(ExchangeLeaf.ReferenceOfProvided(Shanghai, message.ExchangeId), Ct) is not null, Ct);
    }

    [Fact]
    public async Task What_was_published_before_and_is_asked_by_a_text_only_is_answered_to_nobody_and_its_steward_reads_why()
    {
        await using var nodes = await AdoptionRegister.Start();
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter("civil.db", ByBoth, "citizenId citizen-id\r\nnumber text ?"));
        Assert.Empty(await register.Publish());
        await register.Agree(t => t with { Subscription = true });
        await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), async db =>
        {
            var row = await db.FindAsync<ResourceRow>(["civil.adoption", 1], Ct);
            row!.Document = ResourceRow.Of(row.Definition with { Parameters = [new("number", "text", true)], Connector = row.Definition.Connector! with { Select = [ByNumber] } }, row.Division, row.Department, 1).Document;
            row.Revision++;
            return await db.SaveChangesAsync(Ct);
        });
        await nodes.Get<OwnResources>(Anhui).Load(Ct);
        await Refused(nodes, new() { ["number"] = Number });
        using var steward = new Browser(Role.Steward);
        Assert.Contains("当事人看不到谁用了他的数据", await steward.Read(nodes.Url(Anhui) + "/console/resources/civil.adoption/1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_citizen_id_is_entered_as_personal()
    {
        static Result<List<ResourceField>> Read(string element, string personal) => ResourceForm.Fields(CsvText.Read($"id,号,,text,{element},3,{personal}", "fields").Value, "fields");
        Assert.Contains("公民身份号码是个人信息", Read("person.citizen-id", "否").Error?.Detail, StringComparison.Ordinal);
        Assert.True(Read("person.citizen-id", "是").Ok);
        Assert.True(Read("register.number", "否").Ok);
    }

    [Fact]
    public void Whom_it_is_about_is_said_by_the_parameter_that_must_be_there()
    {
        static string? Of(params ResourceParameter[] parameters) => ResourceParameter.SubjectOf(parameters)?.Name;
        ResourceParameter other = new("other", "citizen-id", false), citizen = new("citizen", "citizen-id", true), firm = new("firm", "credit-code", true), text = new("text", "text", true);
        Assert.Equal("citizen", Of(other, citizen));
        Assert.Equal("firm", Of(text, other, firm));
        Assert.Equal("other", Of(text, other));
        Assert.Null(Of(text));
    }

    static Task<Result<ExchangeAnswer>> Ask(TwoNodes nodes, Dictionary<string, string> by) => nodes.Ask(AdoptionRegister.Question with { Parameters = by });

    /// <summary>By a query, and by a standing one.</summary>
    static async Task Refused(TwoNodes nodes, Dictionary<string, string> by)
    {
        var asked = await Ask(nodes, by);
        Assert.Equal((ResourceDefinition.NoSubject, ErrorKind.Invalid), (asked.Error?.Code, asked.Error?.Kind));
        var standing = await nodes.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(AdoptionRegister.Question with { Parameters = by }, nodes.Clock.GetUtcNow().AddHours(1), Ct));
        Assert.Equal(ResourceDefinition.NoSubject, standing.Error?.Code);
    }
}
