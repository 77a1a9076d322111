using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Cases.Filings;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Tests.Integration.Cases;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Faults;

/// <summary>What people and programs send wrongly when they file or decide: one line each, answered to both; nothing half-written.</summary>
public sealed class FilingRefusals : IAsyncLifetime
{
    static readonly byte[] Pdf = "%PDF-1.4 a lease"u8.ToArray();

    CasesHost host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => host = await CasesHost.Start();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [InlineData("wrong check digit: citizen id", "otherId", "310199199004279072", "citizen-id.check", "校验位")]
    [InlineData("too short: citizen id", "otherId", "31019919900427907", "citizen-id.length", "应为 18 位")]
    [InlineData("future birth date: citizen id", "otherId", "310199209904279077", "citizen-id.birth-date-future", "晚于今天")]
    [InlineData("no such birth date: citizen id", "otherId", "310199199002309071", "citizen-id.birth-date", "不是有效的出生日期")]
    [InlineData("wrong check digit: credit code", "employer", "91350100M000100Y44", "credit-code.check", "校验位")]
    [InlineData("letter not allowed: credit code", "employer", "I1350100M000100Y43", "credit-code.character", "不是允许的字符")]
    [InlineData("no such day", "since", "2026-02-30", "form.date", "不是有效的日期")]
    public async Task A_field_is_wrong(string line, string field, string value, string code, string says)
    {
        Assert.NotEmpty(line);
        var form = new Dictionary<string, string> { ["since"] = "2026-01-01", [field] = value };
        var problem = await Faces.Problem(host.Http, Request("/api/filings", JsonContent.Create(new { baseCode = OtherRooms.AtOnce, form })), 400, code, field);
        Assert.Contains(says, problem.Get("detail"), StringComparison.Ordinal);
        await NothingIsWritten();

        // On the page: beside the field, in both languages, with what was typed still there.
        var started = await host.Submit(Wang, "/drafts", new() { ["baseCode"] = OtherRooms.AtOnce });
        var draft = started.Location![..started.Location!.LastIndexOf('/')];
        var fields = new Dictionary<string, string>(form) { ["name"] = "王安", ["revision"] = await Revision(draft + "/form/main") };
        var page = await host.Submit(Wang, draft + "/form/main", fields);
        var text = WebUtility.HtmlDecode(page.Text);
        Assert.Equal(400, page.Status);
        Assert.Contains(says, text, StringComparison.Ordinal);
        Assert.Matches($"href=\"#[^\"]*{field}\"", text);
        Assert.Contains($"value=\"{value}\"", text, StringComparison.Ordinal);
        var english = await host.Submit(Wang, draft + "/form/main?lang=en", fields);
        Assert.Contains(problem.Get("detailEn"), WebUtility.HtmlDecode(english.Text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lying: a program called a scan", "合同.pdf", "MZ\u0090 program", "application/pdf", "file.kind")]
    [InlineData("lying: a page of script", "合同.pdf", "<html><script>alert(1)</script>", "application/pdf", "file.kind")]
    [InlineData("lying: an archive, which may unfold to anything", "合同.zip", "PK\u0003\u0004", "application/zip", "file.kind")]
    [InlineData("lying: a PDF called a picture", "合同.jpg", "%PDF-1.4", "image/jpeg", "file.name-lies")]
    [InlineData("lying: two extensions", "合同.pdf.exe", "%PDF-1.4", "application/pdf", "file.name-lies")]
    [InlineData("no bytes", "合同.pdf", "", "application/pdf", "file.empty")]
    [InlineData("oversize", "合同.pdf", null, "application/pdf", "file.too-large")]
    public async Task An_upload_is_refused(string line, string name, string? content, string type, string code)
    {
        Assert.NotEmpty(line);
        HttpRequestMessage Make()
        {
            var bytes = content is null ? [.. "%PDF-"u8, .. new byte[IStoredFiles.MaximumLength]] : System.Text.Encoding.Latin1.GetBytes(content);
            var part = new ByteArrayContent(bytes);
            part.Headers.ContentType = new(type);
            return Request("/api/filings", new MultipartFormDataContent
            {
                { new StringContent($$$"""{"baseCode":"{{{OtherRooms.TwoSteps}}}","form":{"since":"2026-01-01"}}"""), "filing" },
                { part, "upload.lease", name },
            });
        }
        await Faces.Refuses(host.Http, Make, 400, code, "upload.lease");
        await NothingIsWritten();
    }

    [Theory]
    [InlineData("../../etc/passwd.pdf", "passwd.pdf")]
    [InlineData("C:\\fakepath\\合同.PDF", "合同.PDF")]
    [InlineData("a\u0000b\r\nSet-Cookie: x.pdf", "abSet-Cookie: x.pdf")]
    public async Task A_name_that_means_mischief_is_only_a_name(string name, string kept)
    {
        var saved = await ((IStoredFiles)host.Services.GetService(typeof(IStoredFiles))!).Save(new MemoryStream(Pdf), name, Ct);
        Assert.Equal(kept, saved.Value.Name);
        var longName = await ((IStoredFiles)host.Services.GetService(typeof(IStoredFiles))!).Save(new MemoryStream(Pdf), new string('长', 5000) + ".pdf", Ct);
        Assert.Equal((120, true), (longName.Value.Name.Length, longName.Value.Name.EndsWith(".pdf", StringComparison.Ordinal)));
        Assert.All(Directory.GetFiles(host.Identity.DataFolder, "*", SearchOption.AllDirectories), f => Assert.StartsWith(host.Identity.DataFolder, Path.GetFullPath(f), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""null""", "filing.unreadable")]
    [InlineData("""[]""", "filing.unreadable")]
    [InlineData("""{"baseCode":null}""", "filing.unreadable")]
    [InlineData("""{"baseCode":5}""", "filing.unreadable")]
    [InlineData("""{"baseCode":"ITEM","form":[]}""", "filing.unreadable")]
    [InlineData("""{"baseCode":"ITEM","form":{"since":5}}""", "filing.unreadable")]
    [InlineData("""{"baseCode":"ITEM","form":{"since":{"a":"b"}}}""", "filing.unreadable")]
    [InlineData("""{"baseCode":"ITEM","form":{"since":"\ud800"}}""", "filing.unreadable")]
    [InlineData("""{"baseCode":"ITEM","form":{"\udc00":"x"}}""", "filing.unreadable")]
    [InlineData("""{"baseCode":"ITEM","consent":null}""", "filing.unreadable")]
    [InlineData("""{"baseCode":"ITEM","deferred":[[]]}""", "filing.unreadable")]
    [InlineData("""{"baseCode":"IT\u0000EM"}""", "item.none")]
    [InlineData("""{"baseCode":"ITEM"}""", "form.empty")]
    [InlineData("""{"baseCode":"ITEM","answers":null,"form":null,"deferred":null}""", "form.empty")]
    [InlineData("""{"baseCode":"ITEM","answers":{"a":null},"form":{"since":null,"name":null},"deferred":[null]}""", "form.empty")]
    [InlineData("""{"baseCode":"ITEM","form":{"since":"\u0000"}}""", "form.date")]
    public async Task A_filing_that_is_none_is_told_so_by_either_way_in(string json, string code)
    {
        json = json.Replace("ITEM", OtherRooms.AtOnce, StringComparison.Ordinal);
        var status = code == "item.none" ? 404 : 400;
        await Faces.Problem(host.Http, Request("/api/filings", new StringContent(json, System.Text.Encoding.UTF8, "application/json")), status, code);
        await Faces.Problem(host.Http, Request("/api/filings", new MultipartFormDataContent { { new StringContent(json), "filing" } }), status, code);
        await NothingIsWritten();
    }

    [Fact]
    public async Task What_the_form_does_not_ask_has_no_place_in_the_case()
    {
        var filed = await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01", transfer = "{}", reason = "x" } });
        Assert.Equal(201, filed.Status);
        var body = ((Tongban.Cases.SealedJson)host.Services.GetService(typeof(Tongban.Cases.SealedJson))!).Open<CaseBody>((await host.As(db => db.Set<Case>().SingleAsync())).Body, Dossiers.BodyColumn);
        Assert.Equal(["name", "since"], body.Form.Keys.Order());
    }

    [Theory]
    [InlineData("withdraw")]
    [InlineData("rate")]
    [InlineData("supplement")]
    public async Task A_later_act_with_a_body_that_is_none_changes_nothing(string act)
    {
        var filed = await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01" } });
        foreach (var json in new[] { "null", "[]", "5", "{", "{\"revision\":null}", "{\"revision\":[1]}", "{\"stars\":{\"a\":null}}", "{\"note\":\"\\ud800\"}" })
        {
            var refused = await Read(Request($"{filed.Location}/{act}", new StringContent(json, System.Text.Encoding.UTF8, "application/json")));
            Assert.True(refused.Status is 400 or 409, $"{act} {json}: {refused.Status} {refused.Text}");
        }
        Assert.Equal(filed.Json.GetProperty("revision").GetInt64(), (await host.As(db => db.Set<Filing>().AsNoTracking().SingleAsync())).Revision);
    }

    [Fact]
    public async Task More_than_the_node_takes_at_all_is_413()
    {
        var part = new ByteArrayContent(new byte[31 * 1024 * 1024]);
        using var request = Request("/api/filings", new MultipartFormDataContent { { new StringContent("{}"), "filing" }, { part, "upload.lease", "a.pdf" } });
        // Asks before it sends, so that the answer comes before the connection is closed.
        request.Headers.ExpectContinue = true;
        await Faces.Problem(host.Http, request, 413, "web.too-large");
        await NothingIsWritten();
    }

    [Fact]
    public async Task An_item_for_people_is_not_filed_for_a_company_nor_the_other_way_round()
    {
        async Task Serves(int kind, string refused, string code, string served)
        {
            var known = host.Rooms.Known[OtherRooms.AtOnce];
            host.Rooms.Known[OtherRooms.AtOnce] = known with { Variant = known.Variant with { Served = [kind] } };
            var body = new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01" } };
            var no = await host.Post(refused, "/api/filings", body);
            Assert.Equal((403, code), (no.Status, no.Problem));
            Assert.Equal(HttpStatusCode.Forbidden, (HttpStatusCode)(await host.Submit(refused, "/drafts", new() { ["baseCode"] = OtherRooms.AtOnce })).Status);
            Assert.Equal(201, (await host.Post(served, "/api/filings", body)).Status);
        }

        await Serves(1, WangForCompany, "item.not-for-organisations", Wang);
        await Serves(2, Li, "item.not-for-persons", WangForCompany);
    }

    [Fact]
    public async Task The_same_filing_twice_is_answered_as_before_and_another_under_its_key_is_a_conflict()
    {
        object Filing(string since) => new { baseCode = OtherRooms.AtOnce, form = new { since } };
        var first = await host.Post(Wang, "/api/filings", Filing("2026-01-01"), "key-1");
        var again = await host.Post(Wang, "/api/filings", Filing("2026-01-01"), "key-1");
        Assert.Equal((201, first.Location, first.Text), (again.Status, again.Location, again.Text));

        // Other JSON under the same key.
        await Faces.Refuses(host.Http, () => Request("/api/filings", JsonContent.Create(Filing("2026-01-02")), "key-1"), 409, "idempotency.key-reused");
        // The same key on another route, and by another person: theirs is their own.
        await Faces.Refuses(host.Http, () => Request($"{first.Location}/withdraw", JsonContent.Create(Filing("2026-01-01")), "key-1"), 409, "idempotency.key-reused");
        Assert.Equal(201, (await host.Post(Li, "/api/filings", Filing("2026-01-01"), "key-1")).Status);
        // And by the same account for somebody else.
        var other = await host.Post(WangForCompany, "/api/filings", Filing("2026-01-01"), "key-1");
        Assert.Equal((409, "idempotency.key-reused"), (other.Status, other.Problem));
        Assert.Equal(2, await host.As(db => db.Set<Filing>().CountAsync()));
    }

    [Fact]
    public async Task The_same_form_twice_is_answered_as_before_and_another_under_its_key_is_a_conflict()
    {
        Dictionary<string, string> Fields(string item) => new() { ["baseCode"] = item, [OnceFilter.Header] = "form-1" };
        var first = await Form("/drafts", Fields(OtherRooms.TwoSteps));
        var again = await Form("/drafts", Fields(OtherRooms.TwoSteps));
        Assert.Equal(303, first.Status);
        Assert.Equal(first, again);
        // A fresh token of the page is not another request.
        Assert.Equal(first, await Form("/drafts", new(Fields(OtherRooms.TwoSteps)) { ["__RequestVerificationToken"] = "another" }));
        var other = await Form("/drafts", Fields(OtherRooms.Joint));
        Assert.Equal(409, other.Status);
        Assert.Contains("idempotency.key-reused", other.Text, StringComparison.Ordinal);
        Assert.Equal(1, await host.As(db => db.Set<Draft>().CountAsync()));
    }

    [Fact]
    public async Task The_same_upload_twice_is_answered_as_before_and_other_content_or_another_name_under_its_key_is_a_conflict()
    {
        HttpRequestMessage Filing(byte[] content, string name) => Request("/api/filings", new MultipartFormDataContent
        {
            { new StringContent($$$"""{"baseCode":"{{{OtherRooms.TwoSteps}}}","form":{"since":"2026-01-01"}}"""), "filing" },
            { new ByteArrayContent(content), "upload.lease", name },
        }, "file-1");
        var first = await Read(Filing(Pdf, "合同.pdf"));
        Assert.Equal(201, first.Status);
        Assert.Equal(first, await Read(Filing(Pdf, "合同.pdf")));
        await Faces.Refuses(host.Http, () => Filing([.. Pdf[..^1], 1], "合同.pdf"), 409, "idempotency.key-reused");
        await Faces.Refuses(host.Http, () => Filing(Pdf, "别的.pdf"), 409, "idempotency.key-reused");
        Assert.Equal(1, await host.As(db => db.Set<Filing>().CountAsync()));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Sent_eight_times_at_one_moment_it_is_one_filing(string engine)
    {
        Assert.SkipWhen(engine == "postgres" && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var database = engine == "postgres" ? await TestDatabase.Postgres() : TestDatabase.Sqlite();
        await using (var node = await CasesHost.Start(on: database))
        {
            foreach (var key in new[] { "first", "second", "third" })
            {
                var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => node.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01" } }, key)));
                Assert.All(answers, a => Assert.Equal((201, answers[0].Text), (a.Status, a.Text)));
            }
            await node.Settle();
            Assert.Equal(3, await node.As(db => db.Set<Filing>().CountAsync()));
            Assert.Equal(3, await node.As(db => db.Set<Case>().CountAsync()));
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Of_two_officers_deciding_at_once_one_decides_and_the_other_is_told_409_with_words(string engine)
    {
        Assert.SkipWhen(engine == "postgres" && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        await using var database = engine == "postgres" ? await TestDatabase.Postgres() : TestDatabase.Sqlite();
        await using var node = await CasesHost.Start(on: database);
        await node.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01" } });
        await node.Settle();
        var number = (await node.As(db => db.Set<Case>().AsNoTracking().SingleAsync())).Number;
        var seen = (await node.As(db => db.Set<Case>().AsNoTracking().SingleAsync())).Revision;
        Assert.Equal(200, (await node.Post(ShanghaiHrss, $"/api/cases/{number}/accept", new { revision = seen })).Status);
        var now = (await node.As(db => db.Set<Case>().AsNoTracking().SingleAsync())).Revision;
        var answers = await Task.WhenAll(new[] { ShanghaiHrss, ShanghaiHrssToo, ShanghaiHrss, ShanghaiHrssToo }.Select((officer, i) =>
            node.Post(officer, $"/api/cases/{number}/decide", new { revision = now, decision = i % 2 == 0 ? "approve" : "refuse", reason = "理由" })));
        Assert.Single(answers, a => a.Status == 200);
        Assert.All(answers.Where(a => a.Status != 200), a => Assert.Equal((409, "case.changed"), (a.Status, a.Problem)));
        await Faces.Refuses(node.Http, () => Request($"/api/cases/{number}/decide", JsonContent.Create(new { revision = now, decision = "approve", reason = "理由" }), actor: ShanghaiHrssToo), 409, "case.*");
        await node.Settle();
        Assert.Single(node.Rooms.Decisions);
    }

    [Fact]
    public async Task Another_persons_matter_is_not_found_and_says_no_more()
    {
        var filed = await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01" } });
        await host.Settle();
        var id = filed.Json.GetProperty("id").GetString();
        var row = await host.As(db => db.Set<Case>().AsNoTracking().SingleAsync());
        foreach (var path in new[] { $"/my/cases/{id}", $"/api/filings/{id}", $"/my/cases/{id}/receipt", $"/my/cases/{id}/filed" })
            await Faces.Refuses(host.Http, () => Request(path, null, actor: Li), 404, "filing.none");
        foreach (var path in new[] { $"/console/cases/{row.Number}", $"/api/cases/{row.Number}" })
            await Faces.Refuses(host.Http, () => Request(path, null, actor: ShanghaiFund), 404, "case.none");
        // As if it were not there at all: the words are the same.
        var there = await Faces.Problem(host.Http, Request($"/api/filings/{id}", null, actor: Li), 404, "filing.none");
        var nowhere = await Faces.Problem(host.Http, Request("/api/filings/none", null, actor: Li), 404, "filing.none");
        Assert.Equal(nowhere.ToString(), there.ToString());
    }

    async Task NothingIsWritten()
    {
        Assert.Equal(0, await host.As(db => db.Set<Filing>().CountAsync()));
        Assert.Equal(0, await host.As(db => db.Set<OutboxRow>().CountAsync()));
        Assert.Equal(0, await host.As(db => db.Set<FileUse>().CountAsync()));
        Assert.Equal(0, await host.As(db => db.Set<OnceRow>().CountAsync()));
    }

    async Task<string> Revision(string path)
    {
        var page = await host.Browse(Wang, path);
        return System.Text.RegularExpressions.Regex.Match(page.Text, "name=\"revision\" value=\"(\\d+)\"").Groups[1].Value;
    }

    static HttpRequestMessage Request(string path, HttpContent? content, string? key = null, string actor = Wang)
    {
        var request = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, path) { Content = content };
        request.Headers.Add("X-Actor", actor);
        if (content is not null)
            request.Headers.Add(OnceFilter.Header, key ?? Guid.NewGuid().ToString("N"));
        return request;
    }

    /// <summary>As a browser sends it: the key is a field of the form.</summary>
    async Task<Answer> Form(string path, Dictionary<string, string> fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("X-Actor", Wang);
        return await Read(request);
    }

    async Task<Answer> Read(HttpRequestMessage request)
    {
        using var answer = await host.Http.SendAsync(request, Ct);
        return new Answer((int)answer.StatusCode, answer.Headers.Location?.ToString(), await answer.Content.ReadAsStringAsync(Ct));
    }
}
