using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>谁用了我的数据: the page as the person sees it at their node, with what the other nodes say they did.</summary>
public sealed class DataTrackerTests
{
    static readonly string Husband = TwoNodes.Husband;
    static readonly string Wife = TwoNodes.Wife;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<TwoNodes> Start() => TwoNodes.Start(also: builder =>
    {
        builder.Services.AddScoped<IIdentities, Somebody>();
        builder.Services.AddSingleton<IStartupFilter, SignedIn>();
    });

    static string KeyAt(TwoNodes region, string node, string citizenId) => region.Get<IVault>(node).BlindIndex(AnswerQuery.PersonContext, citizenId);

    /// <summary>Asked in Shanghai on the husband's consent, about whom the question says.</summary>
    static async Task<string> Ask(TwoNodes region, string about, string purpose, string reference)
    {
        var consent = await region.As<IConsents, Result<ConsentGiven>>(TwoNodes.Shanghai, Actor.Node("test"), c => c.Attest(new ConsentRequest(
            KeyAt(region, TwoNodes.Shanghai, Husband), Husband, purpose, new Words("户口迁移", "Household move"), reference, TwoNodes.Shanghai,
            [new ConsentSource(TwoNodes.Anhui, TwoNodes.Marriage, ["registerNumber", "registeredOn"])], 2, TimeSpan.FromHours(1)), Ct));
        var answer = await region.Ask(TwoNodes.Question(consent.Value.ConsentId) with
        {
            Parameters = new Dictionary<string, string> { ["citizenId"] = about },
            Purpose = purpose,
            CaseReference = reference,
            SubjectKey = KeyAt(region, TwoNodes.Shanghai, about),
        });
        Assert.True(answer.Ok, answer.Error?.DetailEn);
        return answer.Value.ExchangeId;
    }

    static async Task<string> Page(TwoNodes region, string who, string node = TwoNodes.Shanghai, string path = "/my/data")
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, region.Url(node) + path) { Headers = { { SignedIn.Header, who }, { "Accept", "text/html" } } };
        using var response = await http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(Ct));
    }

    static Task<int> Store(TwoNodes region, string node, params object[] rows) => region.As<NodeDb, int>(node, Actor.Node("test"), async db =>
    {
        db.AddRange(rows);
        return await db.SaveChangesAsync(Ct);
    });

    static Filing Filing(TwoNodes region, string reference, string? caseNumber, string who) => new()
    {
        Id = "f" + reference,
        Number = "S3100002026112200" + reference[^4..],
        Division = "310000",
        SubjectKey = KeyAt(region, TwoNodes.Shanghai, who),
        BaseCode = TwoNodes.RelatedItem,
        ImplementationCode = "x",
        ItemName = new Words("夫妻投靠落户", "Household move to a spouse"),
        DepartmentName = new Words("上海市公安局", "Shanghai Police"),
        OwnerNode = TwoNodes.Shanghai,
        State = CaseState.Received,
        Body = "",
        Reference = reference,
        CaseNumber = caseNumber,
    };

    [Fact]
    public async Task Own_facts_asked_on_own_consent_say_so()
    {
        await using var region = await Start();
        await Ask(region, Husband, TwoNodes.RelatedItem, "d0000000000000000000000000000001");
        var page = await Page(region, Husband);
        Assert.Contains("您本人的授权", page);
        Assert.DoesNotContain("户口登记条例", page);
        Assert.Contains("Your own consent", await Page(region, Husband, path: "/my/data?lang=en"));
    }

    [Fact]
    public async Task A_related_persons_facts_name_the_law_and_not_a_consent_they_never_gave()
    {
        await using var region = await Start();
        await Ask(region, Wife, TwoNodes.RelatedItem, "d0000000000000000000000000000001");
        // At the node that asked, and at the one that answered; with both, and with one of them silent.
        foreach (var node in new[] { TwoNodes.Shanghai, TwoNodes.Anhui })
        {
            var page = await Page(region, Wife, node);
            Assert.DoesNotContain("您本人的授权", page);
            Assert.Contains("法律规定：与您有关的人申办事项：户口登记条例第十三条", page);
            Assert.Contains("与您有关的人申办", page);
            Assert.DoesNotContain("d0000000000000000000000000000001", page);
        }
        Assert.Contains("Household registration, art. 13", await Page(region, Wife, path: "/my/data?lang=en"));
        await region.Stop(TwoNodes.Anhui);
        var alone = await Page(region, Wife);
        Assert.Contains("有的地方暂时没有回答", alone);
        Assert.Contains("安徽省的记录暂时取不到", alone);
        Assert.DoesNotContain("您本人的授权", alone);
        Assert.Contains("户口登记条例第十三条", alone);
    }

    [Fact]
    public async Task Without_a_law_that_names_the_item_a_related_persons_facts_stay_refused()
    {
        await using var region = await Start();
        var consent = await region.Consent(Husband);
        var answer = await region.Ask(TwoNodes.Question(consent) with { Parameters = new Dictionary<string, string> { ["citizenId"] = Wife } });
        Assert.Equal("consent.holder", answer.Error?.Code);
    }

    [Fact]
    public async Task A_matter_goes_by_its_number_once_it_is_filed()
    {
        await using var region = await Start();
        const string Draft = "d0000000000000000000000000000001";
        const string Received = "d0000000000000000000000000000002";
        const string Decided = "d0000000000000000000000000000003";
        foreach (var reference in new[] { Draft, Received, Decided })
            await Ask(region, Husband, TwoNodes.RelatedItem, reference);
        var before = await Page(region, Husband);
        Assert.DoesNotContain(Draft, before);

        await Store(region, TwoNodes.Shanghai,
            new Draft
            {
                Id = Draft,
                Division = "310000",
                SubjectKey = KeyAt(region, TwoNodes.Shanghai, Husband),
                BaseCode = TwoNodes.RelatedItem,
                ImplementationCode = "x",
                ItemName = new Words("夫妻投靠落户", "Household move to a spouse"),
                Body = "",
            },
            Filing(region, Received, null, Husband), Filing(region, Decided, "310000202611220007", Husband));
        var page = await Page(region, Husband);
        Assert.Contains("夫妻投靠落户（尚未提交）", page);
        Assert.Contains("夫妻投靠落户（S31000020261122000002）", page);
        Assert.Contains("夫妻投靠落户（310000202611220007）", page);
        Assert.Contains($"/my/cases/f{Decided}", page);
        foreach (var reference in new[] { Draft, Received, Decided })
            Assert.DoesNotContain($"（{reference}）", page);
        var consents = await Page(region, Husband, path: "/my/consents");
        Assert.Contains("310000202611220007", consents);
    }

    [Fact]
    public async Task Somebody_elses_matter_goes_by_the_item_alone()
    {
        await using var region = await Start();
        const string Reference = "d0000000000000000000000000000001";
        await Ask(region, Wife, TwoNodes.RelatedItem, Reference);
        await Store(region, TwoNodes.Shanghai, Filing(region, Reference, "310000202611220007", Husband));
        var page = await Page(region, Wife);
        Assert.Contains("夫妻投靠", page);
        Assert.DoesNotContain("310000202611220007", page);
        Assert.DoesNotContain(Reference, page);
    }

    [Fact]
    public async Task Staff_reads_at_every_node_are_listed_with_department_matter_and_reason()
    {
        await using var region = await Start();
        foreach (var (node, department) in new[] { (TwoNodes.Anhui, "340000-civil"), (TwoNodes.Shanghai, "310000-civil") })
        {
            await region.Get<IAccessRecords>(node).Record(new AccessRecord(KeyAt(region, node, Husband), "clerk-7", department,
                new Words($"办件 {department}", $"A case {department}"), TwoNodes.RelatedItem, "340000202611220009", new Words("核查户籍", "Checking the household")), Ct);
        }
        await region.Get<IAccessRecords>(TwoNodes.Anhui).Record(new AccessRecord(KeyAt(region, TwoNodes.Anhui, Wife), "clerk-7", "340000-civil",
            new Words("别人的材料", "Somebody else's"), TwoNodes.RelatedItem, "340000202611220010", new Words("核查户籍", "Checking the household")), Ct);
        var page = await Page(region, Husband);
        Assert.Contains("办件 340000-civil", page);
        Assert.Contains("办件 310000-civil", page);
        Assert.Contains("（340000202611220009）", page);
        Assert.Contains("核查户籍", page);
        Assert.DoesNotContain("别人的材料", page);
        // Who at the department is the department's affair: the person is told the department.
        Assert.DoesNotContain("clerk-7", page);
    }

    /// <summary>The person whom the test's header names.</summary>
    sealed class Somebody(CurrentActor current, IVault vault) : IIdentities
    {
        public Task<Result<Person>> Subject(CancellationToken ct) => Task.FromResult<Result<Person>>(
            new Person(new[] { Husband, Wife }.Single(id => KeyOf(id) == current.Actor.SubjectKey), "样例", "12000000001", "310000"));

        public Task<Person?> ActingPerson(CancellationToken ct) => Task.FromResult<Person?>(null);

        public Task<ActingMandate?> Mandate(CancellationToken ct) => Task.FromResult<ActingMandate?>(null);

        public string KeyOf(string citizenIdOrCreditCode) => vault.BlindIndex(AnswerQuery.PersonContext, citizenIdOrCreditCode);

        public string LastingKeyOf(string citizenIdOrCreditCode) => vault.LastingIndex(AnswerQuery.PersonContext, citizenIdOrCreditCode);
    }

    sealed class SignedIn : IStartupFilter
    {
        public const string Header = "X-Citizen";

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, then) =>
            {
                if (http.Request.Headers[Header].ToString() is { Length: > 0 } id)
                {
                    var key = http.RequestServices.GetRequiredService<IVault>().BlindIndex(AnswerQuery.PersonContext, id);
                    http.RequestServices.GetRequiredService<CurrentActor>().Become(new Actor(Role.Resident, "resident", "样例", SubjectKey: key, Level: 2));
                }
                return then(http);
            });
            next(app);
        };
    }
}
