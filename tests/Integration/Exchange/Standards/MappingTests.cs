using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Standards;

/// <summary>What a department writes in its own codes leaves it in the region's: asked, subscribed to, fetched in bulk, and by its own systems.</summary>
public sealed class MappingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answers_are_in_the_regions_codes_and_so_is_what_the_log_commits_to(bool postgres)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, "TONGBAN_TEST_POSTGRES is not set");
        var register = await CodedRegister.Start(postgres: postgres);
        await using var nodes = register.Nodes;
        await register.Ready();
        Assert.Equal("男 1990-05-01", await register.Ask(Husband));
        Assert.Equal("女 1991-06-02", await register.Ask(Wife));
        // Asked by the region's code, the department is asked by its own.
        Assert.Equal("女 1991-06-02", await register.Ask(Wife, "女"));
        Assert.Equal("", await register.Ask(Wife, "男"));
        Assert.Equal("mapping.unmapped", await register.Ask(Wife, "2"));

        // The leaf commits to what was answered: the mapped value opens it, the department's own does not.
        var answer = (await nodes.Ask(CodedRegister.Question(Husband))).Value;
        var log = nodes.Get<TransparencyLog>(Anhui);
        var found = (await log.Find(ExchangeLeaf.ReferenceOfProvided(Shanghai, answer.ExchangeId), Ct))!.Value;
        var text = Encoding.UTF8.GetString((await log.Leaves(found.Index, 1, Ct))[0].Data);
        Assert.DoesNotContain("男", text, StringComparison.Ordinal);
        // A code that nobody mapped is refused, never passed on; nor is a day that is none.
        register.Run($"UPDATE ren SET xb = '9' WHERE sfzh = '{Wife}'");
        Assert.Equal("mapping.unmapped", await register.Ask(Wife));
        Assert.Equal("男 1990-05-01", await register.Ask(Husband));
        register.Run($"UPDATE ren SET xb = '2', csrq = '1991' WHERE sfzh = '{Wife}'");
        Assert.Equal("mapping.unmapped", await register.Ask(Wife));
        // The steward adds it; nobody has to agree anew.
        register.Run($"UPDATE ren SET xb = 'F', csrq = '19910602' WHERE sfzh = '{Wife}'");
        Assert.Empty(await register.Map("publish", "1,男\r\n2,女\r\nF,女", "F,女"));
        Assert.Equal("女 1991-06-02", await register.Ask(Wife));
        // Two local codes mean the same now: asked by it, nobody knows which.
        Assert.Equal("mapping.ambiguous", await register.Ask(Wife, "女"));
        // Where the steward prefers it, it is stated.
        Assert.Empty(await register.Map("publish", "1,男\r\n2,女\r\nF,女", "F,女", "state"));
        register.Run($"UPDATE ren SET xb = '9' WHERE sfzh = '{Wife}'");
        Assert.Equal("unmapped 1991-06-02", await register.Ask(Wife));
    }

    [Fact]
    public async Task A_mapping_that_does_not_hold_is_not_published_and_says_which_codes_are_left_out_and_how_often()
    {
        var register = await CodedRegister.Start(more: 3);
        await using var nodes = register.Nodes;
        await register.Enter();
        // Before it is published there is no catalogue to look into, but a source.
        Assert.Contains("测试未通过：“1”应为“女”，得到“男”", await register.Map("publish", tests: "1,女"), StringComparison.Ordinal);
        Assert.Contains("“中性”不是代码集 person.sex 现行的代码", await register.Map("publish", "1,男\r\n2,中性"), StringComparison.Ordinal);
        var left = await register.Map("publish", "1,男", "1,男");
        Assert.Contains("还有 1 个代码没有对照：“2”3 条", left, StringComparison.Ordinal);
        Assert.DoesNotContain(Wife, left, StringComparison.Ordinal);
        Assert.Contains("<code>2</code>：3 条", await register.Map("look", "1,男", "1,男"), StringComparison.Ordinal);
        Assert.Contains("对照完整", await register.Map("look"), StringComparison.Ordinal);
        Assert.Contains("5 条日期不是所选的写法", await register.MapDates("publish", "yyyy/MM/dd") is var page && page.Contains("测试未通过", StringComparison.Ordinal)
            ? await register.Submit(Anhui, $"{CodedRegister.Draft}/mappings/birthDate", $"{CodedRegister.Draft}/mappings/birthDate", ("move", "publish"), ("dateForm", "yyyy/MM/dd"), ("tests", "2000/01/31,2000-01-31"), ("shown", "SELECT csrq AS code, count(*) AS records FROM ren GROUP BY csrq"), ("unmapped", "refuse")) : page, StringComparison.Ordinal);
        // Nothing was kept of what was refused; a draft that does not hold keeps its resource from being published.
        Assert.Empty(await register.Map("save", "1,男", "1,男"));
        Assert.Contains("性别：部门业务系统中还有 1 个代码没有对照", await register.Publish(), StringComparison.Ordinal);
        Assert.Null(nodes.Get<OwnResources>(Anhui).Find(CodedRegister.Code));
        Assert.Empty(await register.Map("save"));
        Assert.Empty(await register.MapDates("save"));
        Assert.Empty(await register.Publish());
        Assert.Contains(nodes.Get<OwnResources>(Anhui).Catalogue.Resources.Single(r => r.Code == CodedRegister.Code).Fields, f => f is { Name: "sex", Mapped: 1 });
        // The next version begins with the same mappings.
        Assert.Empty(await register.Submit(Anhui, CodedRegister.Draft, CodedRegister.Draft + "/decide", ("move", "next")));
        Assert.Contains("1,男", await register.PageOf(Anhui, $"/console/resources/{CodedRegister.Code}/2/mappings/sex"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_pushed_is_mapped_too()
    {
        var register = await CodedRegister.Start();
        await using var nodes = register.Nodes;
        await register.Ready();
        var begun = await nodes.As<ISubscriptions, Result<string>>(Shanghai, Actor.Node("test"), s => s.Subscribe(CodedRegister.Question(Wife), nodes.Clock.GetUtcNow().AddMinutes(30), Ct));
        Assert.True(begun.Ok, begun.Error?.Detail);
        async Task<List<string>> Taken(int count)
        {
            for (var i = 0; i < 400; i++)
            {
                var all = await nodes.As<NodeDb, List<TakenChangeRow>>(Shanghai, Actor.Node("test"), db => db.Set<TakenChangeRow>().AsNoTracking().OrderBy(c => c.Offset).ToListAsync(Ct));
                if (all.Count >= count)
                    return all.ConvertAll(c => QueryAnswer.Parse(nodes.Get<IVault>(Shanghai).TryOpen(c.Answer, TakenChangeRow.SealContext).Value).Value.Rows.Single() is var r ? $"{r["sex"]} {r["birthDate"]}" : "");
                await Task.Delay(50, Ct);
            }
            throw new Xunit.Sdk.XunitException("Nothing came.");
        }
        Assert.Equal(["女 1991-06-02"], await Taken(1));
        // What is not mapped does not go; once it is, it goes mapped.
        register.Run($"UPDATE ren SET xb = 'F' WHERE sfzh = '{Wife}'");
        register.Run($"UPDATE ren SET csrq = '19920703' WHERE sfzh = '{Wife}'");
        Assert.Empty(await register.Map("publish", "1,男\r\n2,女\r\nF,女", "F,女"));
        Assert.Equal(["女 1991-06-02", "女 1992-07-03"], await Taken(2));
        // The department wrote long ago and does not write again: what the mapping said was wrong, and who was told hears what is right.
        File.SetLastWriteTimeUtc(Path.Combine(nodes.FolderOf(Anhui), "departments", "civil-coded.db"), DateTime.UtcNow.AddMinutes(-1));
        await Task.Delay(500, Ct);
        Assert.Empty(await register.Map("publish", "1,男\r\n2,女\r\nF,男", "F,男"));
        Assert.Equal(["女 1991-06-02", "女 1992-07-03", "男 1992-07-03"], await Taken(3));
    }

    [Fact]
    public async Task A_draft_is_read_as_it_is_now_however_it_was_tried_before()
    {
        var register = await CodedRegister.Start();
        await using var nodes = register.Nodes;
        await register.Enter(dates: false);
        Assert.Contains("1 条记录", await register.Try(), StringComparison.Ordinal);
        await register.Change(CodedRegister.Draft);
        Assert.Contains("字段 birthDate 的值不是 date", await register.Try(), StringComparison.Ordinal);
        Assert.Empty(await register.Map("save"));
        Assert.Empty(await register.MapDates("save"));
        Assert.Contains("1 条记录", await register.Try(), StringComparison.Ordinal);
        Assert.Empty(await register.Publish());
        await register.Agree();
        Assert.Equal("男 1990-05-01", await register.Ask(Husband));
    }

    /// <summary>A register of the node's own, of people who have a sex.</summary>
    sealed class People(string name, string? askedBy) : INodeRegister
    {
        public string Name => name;

        public string? AskedBy => askedBy;

        public IReadOnlyList<RegisterColumn> Columns { get; } = [new("citizenId", "text", true), new("sex", "text", true)];

        public async IAsyncEnumerable<IReadOnlyList<string?>> Rows(RegisterQuestion question, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            foreach (var sex in new[] { "1", "2", "2" })
                yield return [.. question.Columns.Select(c => c == "sex" ? sex : Husband)];
        }
    }

    [Fact]
    public async Task What_a_register_of_the_node_holds_is_read_whole_where_it_can_be_whatever_is_entered_as_a_select()
    {
        await using var nodes = await TwoNodes.Start(without: Shanghai, also: b => b.Services.AddSingleton<INodeRegister>(new People("people.all", null)).AddSingleton<INodeRegister>(new People("people.one", "citizenId")));
        var like = nodes.Get<OwnResources>(Anhui).Find(Marriage)!.Definition with { Parameters = [new("citizenId", "citizen-id", true)], Fields = [new("sex", "性别", "Sex", "text", "person.sex", 2, true)] };
        Task<Result<Dictionary<string, long>?>> Held(string register, string shown) =>
            nodes.Get<Sources>(Anhui).Held(like with { Connector = new SourceBinding(Sources.Register, register, []) }, "sex", shown, 10, Ct).AsTask();
        foreach (var shown in new[] { "", "SELECT xb AS code, count(*) AS records FROM ren GROUP BY xb" })
        {
            Assert.Equal(new Dictionary<string, long> { ["1"] = 1, ["2"] = 2 }, (await Held("people.all", shown)).Value);
            Assert.Equal((true, null), (await Held("people.one", shown)) is { Ok: var ok, Value: var counts } ? (ok, counts) : default);
        }
    }

    [Fact]
    public async Task A_whole_register_comes_mapped_in_every_row()
    {
        var register = await CodedRegister.Start(more: 5000);
        await using var nodes = register.Nodes;
        await register.Ready(whole: true);
        Assert.Empty(await register.Submit(Shanghai, "/console/agreements/ag-coded", "/console/agreements/ag-coded/bulk", ("purpose", Item), ("case", "D1")));
        async Task<BulkRow> Row(Func<BulkRow, bool> holds)
        {
            for (var i = 0; i < 400; i++)
            {
                if (await nodes.As<NodeDb, BulkRow?>(Shanghai, Actor.Node("test"), db => db.Set<BulkRow>().AsNoTracking().SingleOrDefaultAsync(b => b.Side == DspSide.Consumer, Ct)) is { } row && holds(row))
                    return row;
                await Task.Delay(50, Ct);
            }
            throw new Xunit.Sdk.XunitException("It did not come.");
        }
        var done = await Row(r => r.State is BulkState.Done or BulkState.Ended);
        Assert.Equal((BulkState.Done, 5002L), (done.State, done.Rows));
        using var steward = new Browser(Role.Steward);
        var lines = (await steward.Read(nodes.Url(Shanghai) + $"/console/bulk/{done.Id}/file")).TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.Equal(["女,1991-06-02", "女,2000-01-01", "男,1990-05-01", "男,2000-01-01"], lines.Distinct().Order(StringComparer.Ordinal));

        // A department's system reads it too, a row a line and in the department's codes.
        const string editor = "/console/mappings/310000-civil/person.sex";
        Assert.Empty(await register.Submit(Shanghai, editor, editor, ("move", "publish"), ("entries", "M,男\r\nF,女"), ("tests", "M,男")));
        var secret = LegacyClientRow.NewSecret();
        var until = nodes.Clock.GetUtcNow().AddDays(7).ToUnixTimeMilliseconds();
        await nodes.As<NodeDb, int>(Shanghai, Actor.Node("test"), async db =>
        {
            foreach (var (id, resources, department) in new[] { ("civil-desk", "*", "310000-civil"), ("other-desk", "police.identity", "310000-civil"), ("police-desk", "*", "310000-police"), ("node-desk", "*", "") })
                db.Add(new LegacyClientRow { Id = id, Name = "窗口", SecretHash = LegacyClientRow.HashOf(secret), Purpose = Item, Resources = resources, PerMinute = 100, CreatedAt = 1, Division = "310000", Department = department });
            // As where that department's own steward had asked for it, under an agreement with a term.
            var row = await db.Set<BulkRow>().SingleAsync(b => b.Id == done.Id && b.Side == DspSide.Consumer, Ct);
            (row.Department, row.DeleteAt, row.Revision) = ("310000-civil", until, row.Revision + 1);
            return await db.SaveChangesAsync(Ct);
        });
        using var http = new HttpClient();
        async Task<(int Status, string? Rows, string? Until, string Text)> Fetch(string client, string id)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, nodes.Url(Shanghai) + "/gateway/bulk/" + id);
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {client}:{secret}");
            using var answer = await http.SendAsync(request, Ct);
            string? Header(string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : null;
            return ((int)answer.StatusCode, Header("Tongban-Rows"), Header("Tongban-Delete-At"), await answer.Content.ReadAsStringAsync(Ct));
        }
        var given = await Fetch("civil-desk", done.Id);
        Assert.Equal((200, "5002", $"{until}"), (given.Status, given.Rows, given.Until));
        var written = given.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5002, written.Length);
        Assert.Equal(["F 1991-06-02", "F 2000-01-01", "M 1990-05-01", "M 2000-01-01"], written.Distinct().Select(l => JsonDocument.Parse(l).RootElement).Select(r => $"{r.GetProperty("sex").GetString()} {r.GetProperty("birthDate").GetString()}").Order(StringComparer.Ordinal));
        foreach (var (client, id, status, code) in new[] { ("other-desk", done.Id, 403, "client.resource"), ("nobody", done.Id, 403, "client.unknown"), ("civil-desk", "none", 404, "bulk.none"), ("police-desk", done.Id, 404, "bulk.none"), ("node-desk", done.Id, 404, "bulk.none") })
        {
            var refused = await Fetch(client, id);
            Assert.Equal((status, code), (refused.Status, JsonDocument.Parse(refused.Text).RootElement.GetProperty("title").GetString()));
        }
        nodes.Get<AgreementBook>(Shanghai).End("ag-coded", nodes.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.Equal(403, (await Fetch("civil-desk", done.Id)).Status);
    }

    [Fact]
    public async Task A_departments_own_system_asks_and_is_answered_in_its_own_codes()
    {
        var register = await CodedRegister.Start();
        await using var nodes = register.Nodes;
        await register.Ready(known: false);
        var secret = LegacyClientRow.NewSecret();
        await nodes.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
        {
            db.Add(new LegacyClientRow { Id = "civil-desk", Name = "民政窗口", SecretHash = LegacyClientRow.HashOf(secret), Purpose = Item, Resources = "*", PerMinute = 100, CreatedAt = 1, Division = "310000", Department = "310000-civil" });
            return db.SaveChangesAsync(Ct);
        });
        const string editor = "/console/mappings/310000-civil/person.sex";
        // Every code must have a way back.
        Assert.Contains("没有唯一的本地代码：女", await register.Submit(Shanghai, editor, editor, ("move", "publish"), ("entries", "M,男"), ("tests", "M,男")), StringComparison.Ordinal);
        Assert.Empty(await register.Submit(Shanghai, editor, editor, ("move", "publish"), ("entries", "M,男\r\nF,女"), ("tests", "M,男")));
        using var http = new HttpClient();
        async Task<(int, string)> Ask(string? sex)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, nodes.Url(Shanghai) + "/gateway/query");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer civil-desk:{secret}");
            request.Content = JsonContent.Create(new { provider = Anhui, resource = CodedRegister.Code, fields = new[] { "sex", "birthDate" }, caseReference = "D1", parameters = sex is null ? new Dictionary<string, string> { ["citizenId"] = Wife } : new() { ["citizenId"] = Wife, ["sex"] = sex } });
            using var answer = await http.SendAsync(request, Ct);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
            return ((int)answer.StatusCode, body.TryGetProperty("rows", out var rows) ? string.Join(';', rows.EnumerateArray().Select(r => r.GetProperty("sex").GetString() + " " + r.GetProperty("birthDate").GetString())) : body.GetProperty("title").GetString()!);
        }
        Assert.Equal((200, "F 1991-06-02"), await Ask(null));
        Assert.Equal((200, "F 1991-06-02"), await Ask("F"));
        Assert.Equal((200, ""), await Ask("M"));
        Assert.Equal((400, "mapping.unknown-local"), await Ask("女"));
        // The next version does not have the field; what is agreed on is the one before.
        Assert.Empty(await register.Submit(Anhui, CodedRegister.Draft, CodedRegister.Draft + "/decide", ("move", "next")));
        const string next = $"/console/resources/{CodedRegister.Code}/2";
        await register.Change(next, sex: false);
        Assert.Empty(await register.Submit(Anhui, next, next + "/decide", ("move", "publish")));
        _ = await nodes.Get<Catalogues>(Shanghai).Fetch(Anhui, Ct);
        Assert.Equal((200, "F 1991-06-02"), await Ask("F"));
    }
}
