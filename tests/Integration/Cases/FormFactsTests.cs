using System.Net;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases;
using Tongban.Cases.Deciding;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Cases;

/// <summary>What a register says is not the applicant's to change, whether they use the pages or a program.</summary>
public sealed class FormFactsTests : IAsyncLifetime
{
    CasesHost host = null!;

    public async ValueTask InitializeAsync() => host = await CasesHost.Start();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    void Held(params (string Unit, string Fen)[] homes) => host.Rooms.Answering = q => new ExchangeAnswer(
        "x1", q.ProviderNode, "340000-estate", q.Resource, DateTimeOffset.UnixEpoch,
        [.. homes.Select(h => new Dictionary<string, string?> { ["unit"] = h.Unit, ["price"] = h.Fen })], "a1", q.ConsentId, 1, 2);

    Task<Answer> File(Dictionary<string, string> form, bool consent = true) => host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.Home, form, consent });

    async Task<IReadOnlyDictionary<string, string>> Form(string filing)
    {
        var row = await host.As(db => db.Set<Case>().SingleAsync(c => c.Id == filing, TestContext.Current.CancellationToken));
        return host.Services.GetRequiredService<SealedJson>().Open<CaseBody>(row.Body, Dossiers.BodyColumn).Form;
    }

    [Theory]
    [InlineData("unit", "U-9", "form.not-as-held")]
    [InlineData("price", "1", "form.not-as-held")]
    [InlineData("price", "99999999900", "form.not-as-held")]
    [InlineData("amount", "100001", "form.above")]
    public async Task A_program_cannot_say_otherwise(string field, string value, string code)
    {
        Held(("U-1", "100000"));
        var refused = await File(new() { ["amount"] = "50000", [field] = value });
        Assert.Equal((400, code, field), (refused.Status, refused.Problem, refused.Json.GetProperty("where").GetString()));
        Assert.Equal(0, await host.As(db => db.Set<Case>().CountAsync()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public async Task What_is_left_out_or_emptied_is_what_the_register_says(string? unit)
    {
        Held(("U-1", "100000"));
        var form = new Dictionary<string, string> { ["amount"] = "100000" };
        if (unit is not null)
            form["unit"] = unit;
        var filed = await File(form);
        Assert.True(filed.Status == 201, filed.Text);
        Assert.Equal(("U-1", "100000"), (await Form(filed.Json.GetProperty("id").GetString()!) is var kept ? (kept["unit"], kept["price"]) : default));
    }

    /// <summary>What a table decides on must be what the certificate says.</summary>
    [Theory]
    [InlineData("kind", "referred", "form.not-as-answered")]
    [InlineData("place", "310115", "form.not-as-answered")]
    [InlineData("until", "9999-12-31", "form.date-range")]
    [InlineData("until", "2020-01-01", "form.date-range")]
    public async Task A_field_that_was_answered_in_the_guide_says_the_same(string field, string value, string code)
    {
        var answers = new Dictionary<string, string> { ["kind"] = "settled", ["place"] = "340000" };
        var form = new Dictionary<string, string> { ["name"] = "测试", ["since"] = "2026-11-23", ["kind"] = "settled", ["place"] = "340100" };
        var refused = await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, answers, form = new Dictionary<string, string>(form) { [field] = value }, consent = true });
        Assert.Equal((400, code, field), (refused.Status, refused.Problem, refused.Json.GetProperty("where").GetString()));
        form.Remove("kind");
        var filed = await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, answers, form, consent = true });
        Assert.True(filed.Status == 201, filed.Text);
    }

    [Fact]
    public async Task Of_two_homes_one_is_chosen_and_its_own_price_is_the_limit()
    {
        Held(("U-1", "100000"), ("U-2", "300000"));
        Assert.Equal("unit", (await File(new() { ["amount"] = "100000" })).Json.GetProperty("where").GetString());
        Assert.Equal("form.above", (await File(new() { ["amount"] = "200000", ["unit"] = "U-1" })).Problem);
        Assert.Equal(400, (await File(new() { ["amount"] = "200000", ["unit"] = "U-1", ["price"] = "300000" })).Status);
        var filed = await File(new() { ["amount"] = "200000", ["unit"] = "U-2" });
        Assert.True(filed.Status == 201, filed.Text);
        Assert.Equal("300000", (await Form(filed.Json.GetProperty("id").GetString()!))["price"]);
    }

    [Fact]
    public async Task On_the_page_the_value_stands_with_its_source_and_emptying_it_changes_nothing()
    {
        Held(("U-1", "100000"));
        var started = await host.Submit(Wang, "/drafts", new() { ["baseCode"] = OtherRooms.Home });
        var draft = started.Location![..started.Location!.LastIndexOf('/')];
        await host.Submit(Wang, draft + "/evidence", new() { ["revision"] = await Revision(draft + "/evidence"), ["do"] = "agree" });
        await host.Submit(Wang, draft + "/evidence", new() { ["revision"] = await Revision(draft + "/evidence"), ["do"] = "save", ["says.property"] = "agree" });

        var page = WebUtility.HtmlDecode((await host.Browse(Wang, draft + "/form/home")).Text);
        Assert.Matches("name=\"unit\"[^>]*value=\"U-1\"[^>]*readonly", page);
        Assert.Contains("最多 ¥1,000", page, StringComparison.Ordinal);
        var above = await host.Submit(Wang, draft + "/form/home", new() { ["revision"] = await Revision(draft + "/form/home"), ["unit"] = "", ["price"] = "5000", ["amount"] = "1001" });
        Assert.Equal(400, above.Status);
        Assert.Contains("提取金额不能超过总价", WebUtility.HtmlDecode(above.Text), StringComparison.Ordinal);
        var saved = await host.Submit(Wang, draft + "/form/home", new() { ["revision"] = await Revision(draft + "/form/home"), ["unit"] = "", ["price"] = "5000", ["amount"] = "1000" });
        Assert.Equal((303, draft + "/check"), (saved.Status, saved.Location));
        var filed = await host.Submit(Wang, draft + "/file", new() { ["revision"] = await Revision(draft + "/check") });
        Assert.Equal(303, filed.Status);
        var kept = await Form(filed.Location!.Split('/')[3]);
        Assert.Equal(("U-1", "100000", "100000"), (kept["unit"], kept["price"], kept["amount"]));
    }

    [Fact]
    public async Task Where_nothing_was_found_the_person_says_it_and_brings_the_document()
    {
        var form = """{"baseCode":"990000000004","form":{"unit":"U-7","price":"500","amount":"%"}}""";
        Task<Answer> Bring(string fen) => host.PostFiles(Wang, "/api/filings", System.Text.Json.Nodes.JsonNode.Parse(form.Replace("%", fen, StringComparison.Ordinal))!, ("upload.property", "a.pdf", "%PDF-1.4"u8.ToArray()));
        Assert.Equal("form.above", (await Bring("501")).Problem);
        Assert.Equal(201, (await Bring("500")).Status);
    }

    async Task<string> Revision(string path) =>
        System.Text.RegularExpressions.Regex.Match((await host.Browse(Wang, path)).Text, "name=\"revision\" value=\"(\\d+)\"").Groups[1].Value;
}
