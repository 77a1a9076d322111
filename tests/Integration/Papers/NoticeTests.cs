using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Notices;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Papers;

/// <summary>Room Notices between two nodes: Anhui issues the statutory notices, Shanghai's inbox gets them.</summary>
public sealed class NoticeTests
{
    const string Number = "340000202611220001";

    public static TheoryData<bool> Engines => [false, true];

    static async Task<PapersRegion> Region(bool postgres = false)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        return await PapersRegion.Start(postgres);
    }

    static Words W(string zh, string en) => new(zh, en);

    /// <summary>Each event, and what its notice must say in both languages beside basis and remedies.</summary>
    static (object Event, NoticeKind Kind, string Word, string[] Zh, string[] En) Of(PapersRegion region, NoticeKind kind)
    {
        var facts = region.Case(Number);
        var now = region.Clock.NowMs();
        return kind switch
        {
            NoticeKind.Accepted => (new CaseAccepted(facts, "2026-12-15", "2026-11-25", now), kind, "受",
                ["受理通知书", "现予受理", "2026年12月15日 星期二", "2026年11月25日 星期三"], ["Notice of acceptance", "Tue 15 Dec 2026", "Wed 25 Nov 2026"]),
            NoticeKind.Supplement => (new SupplementRequested(facts, [new SupplementWanted("lease", W("房屋租赁合同", "Lease"), W("缺少签字页", "The signed page is missing"), "2026-12-01"), new SupplementWanted("photo", W("照片", "Photo"), W("不清晰", "It is blurred"), "2026-12-01") { Provisional = true }], now), kind, "补",
                ["一次性补正告知书", "1. 房屋租赁合同：缺少签字页", "2. 照片：不清晰", "2026年12月1日 星期二", "为暂定", "只会延后"], ["1. Lease: The signed page is missing", "2. Photo", "Tue 1 Dec 2026", "later, never earlier"]),
            NoticeKind.NotAccepted => (new CaseNotAccepted(facts, W("不属于本机关职权", "Not within our powers"), now), kind, "不受",
                ["不予受理决定书", "不属于本机关职权"], ["Decision not to accept", "Not within our powers"]),
            NoticeKind.Approved => (region.Approved(Number) with { Rule = "offsite-medical-decide v3" }, kind, "准",
                ["准予决定书", "符合条件", "offsite-medical-decide v3", "向安徽省医疗保障局提出异议"], ["Decision of approval", "You may object to Anhui Healthcare Security"]),
            NoticeKind.Refused => (new CaseDecided(facts, false, W("参保状态不正常", "Not insured"), null, null, new Dictionary<string, string>(), now), kind, "驳",
                ["不予批准决定书", "参保状态不正常"], ["Decision of refusal", "Not insured"]),
            NoticeKind.Delivery => (new ResultDelivered(facts, "1.2.156.3005.2.X", now), kind, "送",
                ["送达回证", "1.2.156.3005.2.X"], ["Proof of delivery", "1.2.156.3005.2.X"]),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    static Task Publish(PapersRegion region, object e, int times = 1) => e switch
    {
        CaseAccepted x => region.Anhui.Publish(x, times),
        SupplementRequested x => region.Anhui.Publish(x, times),
        CaseNotAccepted x => region.Anhui.Publish(x, times),
        CaseDecided x => region.Anhui.Publish(x, times),
        ResultDelivered x => region.Anhui.Publish(x, times),
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    [Theory]
    [InlineData(NoticeKind.Accepted)]
    [InlineData(NoticeKind.Supplement)]
    [InlineData(NoticeKind.NotAccepted)]
    [InlineData(NoticeKind.Approved)]
    [InlineData(NoticeKind.Refused)]
    [InlineData(NoticeKind.Delivery)]
    public async Task Each_event_gives_its_notice_with_basis_and_remedies_in_both_languages(NoticeKind kind)
    {
        await using var region = await Region();
        var (e, _, word, zh, en) = Of(region, kind);
        await Publish(region, e);
        await region.Settle();
        var notice = await region.Shanghai.As(db => db.Set<InboxNotice>().SingleAsync(n => n.Kind == kind));
        Assert.Equal($"皖医保{word}〔{LocalTime.DateOf(region.Clock.NowMs()).Year}〕000001号", notice.DocumentNumber);
        var page = await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{notice.Id}");
        Assert.Equal(200, page.Status);
        foreach (var text in zh.Concat([notice.DocumentNumber, "安徽省医疗保障局", "王安", "异地就医备案", "依据：《社会保险法》第二十九条", "救济途径：可在六十日内申请行政复议"]))
            Assert.Contains(text, page.Text);
        var english = await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{notice.Id}?lang=en");
        foreach (var text in en.Concat(["Filing for treatment elsewhere", "Basis: Social Insurance Law, art. 29", "Remedies: Administrative review within sixty days"]))
            Assert.Contains(text, english.Text);
        Assert.Contains($"/my/cases/{notice.FilingId}", page.Text);
    }

    [Fact]
    public async Task A_decision_by_a_rule_links_the_version_of_the_rule_at_the_node_that_decided()
    {
        await using var region = await Region();
        await Publish(region, Of(region, NoticeKind.Approved).Event);
        await region.Settle();
        var notice = await region.Shanghai.As(db => db.Set<InboxNotice>().SingleAsync(n => n.Kind == NoticeKind.Approved));
        var page = await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{notice.Id}");
        var address = $"{region.Anhui.Identity.PublicUrl}/rules/offsite-medical-decide?version=3";
        Assert.Contains($"""<a href="{address}">{address}</a>""", page.Text);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("https://elsewhere.example/rules/x")]
    public void A_notice_links_nothing_but_its_senders_own_rules(string url)
    {
        var text = new NoticeText(W("", ""), W("", "")) { RuleUrl = url };
        Assert.Null(text.OnlyOf("https://anhui.example").RuleUrl);
        Assert.NotNull((text with { RuleUrl = "https://anhui.example/rules/x" }).OnlyOf("https://anhui.example").RuleUrl);
    }

    [Fact]
    public async Task Dates_into_a_year_without_a_calendar_are_marked_provisional()
    {
        await using var region = await Region();
        await region.Anhui.Publish(new CaseAccepted(region.Case(Number), "2027-02-15", "2027-01-15", region.Clock.NowMs()) { DueProvisional = true, PromisedProvisional = true });
        await region.Settle();
        var notice = await region.Shanghai.As(db => db.Set<InboxNotice>().SingleAsync());
        Assert.Contains("以上日期为暂定", (await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{notice.Id}")).Text);
        Assert.Contains("provisional", (await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{notice.Id}?lang=en")).Text);
    }

    [Fact]
    public async Task Only_the_date_that_is_provisional_is_called_so()
    {
        await using var region = await Region();
        await region.Anhui.Publish(new CaseAccepted(region.Case(Number), "2027-02-15", "2026-12-25", region.Clock.NowMs()) { DueProvisional = true });
        await region.Settle();
        var notice = await region.Shanghai.As(db => db.Set<InboxNotice>().SingleAsync());
        var text = (await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{notice.Id}")).Text;
        Assert.DoesNotContain("以上日期为暂定", text);
        Assert.Contains("法定办结日期涉及尚未公布节假日安排的年份，为暂定", text);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Numbers_have_no_gap_and_no_double_when_events_arrive_at_once_and_again(bool postgres)
    {
        await using var region = await Region(postgres);
        const int Many = 40;
        for (var i = 0; i < Many; i++)
            await region.Anhui.Publish(new CaseAccepted(region.Case($"34000020261122{i:D4}", filingNode: "CN-YRD/340000"), "2026-12-15", "2026-11-25", region.Clock.NowMs()), times: i % 3 == 0 ? 2 : 1);
        var dispatcher = region.Anhui.Services.GetRequiredService<OutboxDispatcher>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 300 && await region.Anhui.As(db => db.Set<OutboxRow>().AnyAsync(r => r.DoneAt == null)); i++)
            {
                if (await dispatcher.DeliverBatch() == 0)
                    await Task.Delay(20);
            }
        })));
        await region.Settle();
        var numbers = await region.Anhui.As(db => db.Set<Notice>().Select(n => n.DocumentNumber).ToListAsync());
        var year = LocalTime.DateOf(region.Clock.NowMs()).Year;
        Assert.Equal(Enumerable.Range(1, Many).Select(n => $"皖医保受〔{year}〕{n:D6}号"), numbers.Order(StringComparer.Ordinal));
    }

    /// <summary>17:30 UTC on 31 December is the next year in the region.</summary>
    [Fact]
    public async Task Year_of_the_number_and_date_on_the_page_are_the_regions_not_UTC()
    {
        await using var region = await Region();
        var at = new DateTimeOffset(2026, 12, 31, 17, 30, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        await region.Anhui.Publish(new CaseAccepted(region.Case("340000202612310001"), "2027-01-15", "2027-01-08", at - 7_200_000));
        await region.Anhui.Publish(new CaseAccepted(region.Case("340000202701010001"), "2027-01-15", "2027-01-08", at));
        await region.Settle();
        var notices = await region.Shanghai.As(db => db.Set<InboxNotice>().OrderBy(n => n.IssuedAt).ToListAsync());
        Assert.Equal(["皖医保受〔2026〕000001号", "皖医保受〔2027〕000001号"], notices.Select(n => n.DocumentNumber));
        Assert.Contains("2027年1月1日 星期五", (await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{notices[1].Id}")).Text);
        Assert.Contains("Thu 31 Dec 2026", (await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{notices[0].Id}?lang=en")).Text);
        Assert.Contains("2027年1月1日 星期五 01:30", (await region.Shanghai.Get(PapersRegion.Wang, "/my/notices")).Text);
    }

    [Fact]
    public async Task Only_the_person_and_the_issuing_department_read_it_and_the_departments_read_is_recorded()
    {
        await using var region = await Region();
        await Publish(region, Of(region, NoticeKind.Refused).Event);
        await region.Settle();
        var notice = await region.Shanghai.As(db => db.Set<InboxNotice>().SingleAsync(n => n.Kind == NoticeKind.Refused));
        Assert.Equal(404, (await region.Shanghai.Get(PapersRegion.Li, $"/my/notices/{notice.Id}")).Status);
        Assert.DoesNotContain(notice.DocumentNumber, (await region.Shanghai.Get(PapersRegion.Li, "/my/notices")).Text);
        Assert.Equal(404, (await region.Anhui.Get(PapersRegion.Police, $"/console/notices/{notice.Id}")).Status);
        Assert.Equal(404, (await region.Shanghai.Get("officer:310000:310000-medical", $"/console/notices/{notice.Id}")).Status);
        Assert.Empty(region.Reads);
        Assert.Null(await region.Shanghai.As(db => db.Set<InboxNotice>().Select(n => n.ReadAt).SingleAsync()));

        var page = await region.Anhui.Get(PapersRegion.Medical, $"/console/notices/{notice.Id}");
        Assert.Equal(200, page.Status);
        Assert.Contains("安徽省医疗保障局", page.Text);
        var read = Assert.Single(region.Reads);
        Assert.Equal(("340000-medical", Number), (read.Department, read.CaseReference));
    }

    [Fact]
    public async Task The_persons_first_opening_is_the_proof_of_delivery_and_stays_the_first()
    {
        await using var region = await Region();
        await Publish(region, Of(region, NoticeKind.Refused).Event);
        await region.Settle();
        var id = await region.Shanghai.As(db => db.Set<InboxNotice>().Select(n => n.Id).SingleAsync());
        Assert.Contains("未读", (await region.Shanghai.Get(PapersRegion.Wang, "/my/notices")).Text);
        var before = region.Clock.NowMs();
        await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{id}");
        var first = await region.Shanghai.As(db => db.Set<InboxNotice>().Select(n => n.ReadAt).SingleAsync());
        Assert.InRange(first!.Value, before, region.Clock.NowMs());
        region.Clock.Ahead = TimeSpan.FromHours(1);
        await region.Shanghai.Get(PapersRegion.Wang, $"/my/notices/{id}");
        Assert.Equal(first, await region.Shanghai.As(db => db.Set<InboxNotice>().Select(n => n.ReadAt).SingleAsync()));
        Assert.DoesNotContain("未读", (await region.Shanghai.Get(PapersRegion.Wang, "/my/notices")).Text);
    }
}
