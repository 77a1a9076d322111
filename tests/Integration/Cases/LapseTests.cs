using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases;
using Tongban.Cases.Deciding;
using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Cases;

/// <summary>逾期未补正的，视为撤回申请: what the notice says happens by itself.</summary>
public sealed class LapseTests : IAsyncLifetime
{
    static readonly byte[] Pdf = "%PDF-1.4 a lease"u8.ToArray();

    /// <summary>Decides.</summary>
    CasesHost shanghai = null!;

    /// <summary>Where the person files.</summary>
    CasesHost anhui = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (shanghai, anhui) = (await CasesHost.Start("310000"), await CasesHost.Start("340000"));

    public async ValueTask DisposeAsync()
    {
        await shanghai.DisposeAsync();
        await anhui.DisposeAsync();
    }

    Task<Case> Row() => shanghai.As(db => db.Set<Case>().AsNoTracking().SingleAsync());

    Task<Filing> Filing() => anhui.As(db => db.Set<Filing>().AsNoTracking().SingleAsync());

    async Task On(string day)
    {
        shanghai.Clock.Now = anhui.Clock.Now = new DateTimeOffset(DateOnly.Parse(day), new TimeOnly(9, 0), TimeSpan.FromHours(8));
        await shanghai.Services.GetRequiredService<Housekeeping>().Once(Ct);
    }

    /// <summary>Asked on 23 November for an answer until 1 December.</summary>
    async Task Asked(bool accepted)
    {
        var filed = await anhui.PostFiles(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" } }, ("upload.lease", "合同.pdf", Pdf));
        Assert.True(filed.Status == 201, filed.Text);
        await anhui.Settle(shanghai);
        if (accepted)
            Assert.Equal(200, (await shanghai.Post(ShanghaiFund, $"/api/cases/{(await Row()).Number}/accept", new { revision = (await Row()).Revision })).Status);
        var asked = await shanghai.Post(ShanghaiFund, $"/api/cases/{(await Row()).Number}/supplement", new { revision = (await Row()).Revision, reasons = new { lease = "缺签名页" }, until = "2026-12-01" });
        Assert.True(asked.Status == 200, asked.Text);
        await anhui.Settle(shanghai);
    }

    async Task<Answer> HandIn() => await anhui.PostFiles(Wang, $"/api/filings/{(await Filing()).Id}/supplement", new Dictionary<string, string> { ["revision"] = $"{(await Filing()).Revision}" }, ("upload.lease", "签名.pdf", [.. Pdf, 1]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_not_brought_in_time_counts_as_withdrawn_and_the_person_reads_so(bool accepted)
    {
        await Asked(accepted);
        await On("2026-12-01");
        Assert.Contains("upload.lease", (await anhui.Browse(Wang, $"/my/cases/{(await Filing()).Id}")).Text, StringComparison.Ordinal);

        await On("2026-12-02");
        var late = await HandIn();
        Assert.Equal((409, "supplement.late"), (late.Status, late.Problem));
        var page = WebUtility.HtmlDecode((await anhui.Browse(Wang, $"/my/cases/{(await Filing()).Id}")).Text);
        Assert.Contains("补正期限已过", page, StringComparison.Ordinal);
        Assert.DoesNotContain("upload.lease", page, StringComparison.Ordinal);

        await On("2026-12-04");
        Assert.Equal(CaseState.Supplement, (await Row()).State);
        await On("2026-12-05");
        var row = await Row();
        Assert.Equal((CaseState.Withdrawn, true), (row.State, row.ClosedAt is not null));
        await On("2026-12-06");
        Assert.Equal(row.Revision, (await Row()).Revision);

        await anhui.Settle(shanghai);
        Assert.Equal(CaseState.Withdrawn, (await Filing()).State);
        page = WebUtility.HtmlDecode((await anhui.Browse(Wang, $"/my/cases/{(await Filing()).Id}")).Text);
        Assert.Contains("逾期未补正，视为撤回申请。您可以重新申请。", page, StringComparison.Ordinal);
        Assert.DoesNotContain("您已撤回", page, StringComparison.Ordinal);
        var officer = await shanghai.Get(ShanghaiFund, $"/api/cases/{row.Number}");
        Assert.Equal("逾期未补正，视为撤回申请", officer.Json.GetProperty("timeline").EnumerateArray().Last().GetProperty("text").GetProperty("zh").GetString());
    }

    [Fact]
    public async Task What_was_handed_in_on_the_last_day_is_in_time_though_it_comes_days_later()
    {
        await Asked(accepted: true);
        await On("2026-12-01");
        Assert.Equal(200, (await HandIn()).Status);
        await On("2026-12-04");
        await anhui.Settle(shanghai);
        Assert.Equal(CaseState.Accepted, (await Row()).State);
        await On("2026-12-20");
        Assert.Equal(CaseState.Accepted, (await Row()).State);
    }

    [Fact]
    public async Task Where_a_department_has_begun_to_change_its_records_the_case_goes_on()
    {
        await anhui.Post(Wang, "/api/filings", new { baseCode = OtherRooms.Joint, form = new { since = "2026-01-01" }, consent = true });
        await anhui.Settle(shanghai);
        await shanghai.Post(ShanghaiHrss, $"/api/cases/{(await Row()).Number}/accept", new { revision = (await Row()).Revision });
        await anhui.Settle(shanghai);
        await shanghai.Post(ShanghaiHrss, $"/api/cases/{(await Row()).Number}/supplement", new { revision = (await Row()).Revision, reasons = new { identity = "看不清" }, until = "2026-12-01" });
        Assert.Equal(CaseState.Supplement, (await Row()).State);
        Assert.DoesNotContain((await Row()).Number, (await shanghai.Browse(ShanghaiHrss, "/console/queue")).Text, StringComparison.Ordinal);
        await On("2026-12-05");
        Assert.Equal(CaseState.Accepted, (await Row()).State);
        Assert.NotNull((await Row()).StatutoryDue);
        var seen = (await Row()).Revision;
        await On("2026-12-06");
        Assert.Equal(seen, (await Row()).Revision);
    }
}
