using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>What a department's system says about a value in dispute is read beside everything else, and what was not read is not claimed.</summary>
public sealed class DisputeSourceTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_that_was_away_when_the_dispute_came_shows_no_correction_and_the_answer_says_so()
    {
        await using var region = await TwoNodes.Start(also: Steward);
        using var steward = new Browser(Role.Steward);
        var id = await Raise(region, () => Department(region, "ALTER TABLE hunyin RENAME TO moved"));
        var row = await Provider(region, id, d => d.LookAt > d.RaisedAt);
        Assert.Equal(("", null), (row.Seen, row.SeenAt));
        var page = region.Url(Anhui) + $"/console/disputes/provider/{id}";
        Task<HttpResponseMessage> Corrected(params (string, string)[] also) => steward.Submit(page, $"/console/disputes/{id}/decide", [("outcome", "corrected"), ("words", "已核对档案并处理"), .. also]);
        Assert.Contains("异议提出时未能读到", await steward.Read(page), StringComparison.Ordinal);
        // While nothing can be read nothing shows that anything was corrected, whatever is ticked.
        Assert.Equal(503, (int)(await Corrected(("unknown", "true"))).StatusCode);

        // It is asked again, and answers so late that it may have been corrected before.
        region.Clock.Ahead = TimeSpan.FromMinutes(20);
        Department(region, "ALTER TABLE moved RENAME TO hunyin");
        await Provider(region, id, d => d is { SeenAt: not null, LookAt: null, Seen.Length: > 0 });
        Assert.Equal(409, (int)(await Corrected()).StatusCode);
        Assert.Equal(400, (int)(await steward.Submit(page, $"/console/disputes/{id}/decide", ("outcome", "corrected"), ("unknown", "true"), ("words", new string('长', 480)))).StatusCode);
        Assert.Equal(303, (int)(await Corrected(("unknown", "true"))).StatusCode);
        await Soon.Holds(async () => (await Rows(region, Shanghai)).Single().State == DisputeState.Corrected, Ct);
        var told = DecideDispute.Words((await Rows(region, Shanghai)).Single(), region.Get<IVault>(Shanghai)).Answer;
        Assert.StartsWith("已核对档案并处理", told, StringComparison.Ordinal);
        Assert.Contains("未能读到，无法比对", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_read_late_and_says_something_else_since_is_corrected_without_more_words()
    {
        await using var region = await TwoNodes.Start(also: Steward);
        using var steward = new Browser(Role.Steward);
        var id = await Raise(region, () => Department(region, "ALTER TABLE hunyin RENAME TO moved"));
        await Provider(region, id, d => d.LookAt > d.RaisedAt);
        region.Clock.Ahead = TimeSpan.FromMinutes(20);
        Department(region, "ALTER TABLE moved RENAME TO hunyin");
        await Provider(region, id, d => d.SeenAt is not null);
        region.Write("djjg = '合肥市包河区民政局'");
        var page = region.Url(Anhui) + $"/console/disputes/provider/{id}";
        Assert.Equal(303, (int)(await steward.Submit(page, $"/console/disputes/{id}/decide", ("outcome", "corrected"), ("words", "已核对档案并处理"))).StatusCode);
        await Soon.Holds(async () => (await Rows(region, Shanghai)).Single().State == DisputeState.Corrected, Ct);
        Assert.Equal("已核对档案并处理", DecideDispute.Words((await Rows(region, Shanghai)).Single(), region.Get<IVault>(Shanghai)).Answer);
    }

    [Fact]
    public async Task A_source_that_hangs_holds_up_no_event()
    {
        await using var region = await TwoNodes.Start(also: Steward);
        // The department has its file locked for as long as this is open: a reader waits.
        SqliteConnection? locked = null;
        try
        {
            var id = await Raise(region, () => locked = Lock(region));
            await Provider(region, id, d => d.SeenAt is null);
            // What comes after it is handled: one that was never given is answered while the source still hangs.
            var refused = "d000000000000009";
            await region.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
            {
                db.Add(Row(region, Shanghai, DspSide.Consumer, refused, Husband));
                return db.SaveChangesAsync(Ct);
            });
            await region.Publish(Shanghai, Anhui, new DisputeRaised(refused, new string('e', 32), Marriage, "office", Husband, "应为合肥市民政局", "D1", 1), $"dispute:{refused}", 1);
            await Soon.Holds(async () => (await Rows(region, Shanghai)).Single(d => d.Id == refused).State == DisputeState.Explained, Ct);
            Assert.Null((await Provider(region, id, _ => true)).SeenAt);
            locked!.Dispose();
            locked = null;
            Assert.True((await Provider(region, id, d => d.SeenAt is not null)).IsBeforeKnown);
        }
        finally
        {
            locked?.Dispose();
        }
    }

    [Fact]
    public async Task A_dispute_that_its_source_never_answers_holds_up_no_other_about_it()
    {
        await using var region = await TwoNodes.Start();
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            // Of nobody: the source lacks what it is asked by.
            var never = Row(region, Anhui, DspSide.Provider, "d000000000000001", "");
            var good = Row(region, Anhui, DspSide.Provider, "d000000000000002", Husband);
            (never.LookAt, good.LookAt) = (1, 2);
            db.AddRange(never, good);
            return db.SaveChangesAsync(Ct);
        });
        await Provider(region, "d000000000000002", d => d.SeenAt is not null);
        Assert.Null((await Provider(region, "d000000000000001", _ => true)).SeenAt);
    }

    [Fact]
    public async Task Who_else_a_record_names_is_not_known_while_its_source_is_away_and_not_taken_for_nobody()
    {
        await using var region = await TwoNodes.Start(without: Shanghai);
        Task<IReadOnlyList<string>?> Named() => LookAtSource.AlsoNamed(region.Get<OwnResources>(Anhui), region.Get<Sources>(Anhui), Marriage, Husband, Ct).AsTask();
        Assert.Equal([Wife], await Named());
        Department(region, "ALTER TABLE hunyin RENAME TO moved");
        Assert.Null(await Named());
    }

    [Fact]
    public async Task Whom_a_leaf_is_about_is_found_without_reading_the_index_of_persons()
    {
        await using var region = await TwoNodes.Start(without: Shanghai);
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(region.FolderOf(Anhui), "log.db"), Pooling = false }.ToString());
        await connection.OpenAsync(Ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN SELECT subject FROM subjects WHERE idx = 1";
        await using var plan = await command.ExecuteReaderAsync(Ct);
        Assert.True(await plan.ReadAsync(Ct));
        Assert.Contains("subjects_by_leaf", plan.GetString(3), StringComparison.Ordinal);
    }

    static void Steward(Microsoft.AspNetCore.Builder.WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter, ActAs>();

    /// <summary>The office of the husband's marriage is obtained; then something happens; then it is disputed.</summary>
    static async Task<string> Raise(TwoNodes region, Action before)
    {
        var consent = await region.Consent(Husband, Item, "D1", "office");
        var subject = region.Get<IVault>(Shanghai).BlindIndex(AnswerQuery.PersonContext, Husband);
        var answer = await region.Ask(Question(consent, "office") with { SubjectKey = subject });
        Assert.True(answer.Ok, answer.Error?.DetailEn);
        before();
        var log = region.Get<TransparencyLog>(Shanghai);
        var use = (await RaiseDispute.Obtained(answer.Value.ExchangeId, log, region.Get<NodeIdentity>(Shanghai), Ct))!;
        await using var scope = region.App(Shanghai).Services.AsNode("test");
        var (services, db) = (scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<NodeDb>());
        var raised = RaiseDispute.Raise(
            use, Husband, "office", "应为合肥市民政局，见婚姻登记证", db, region.Get<NodeIdentity>(Shanghai), services.GetRequiredService<Outbox>(), region.Get<IVault>(Shanghai),
            services.GetRequiredService<WorkingCalendar>(), region.Clock);
        await db.SaveChangesAsync(Ct);
        return raised.Value.Id;
    }

    static async Task<DisputeRow> Provider(TwoNodes region, string id, Func<DisputeRow, bool> holds)
    {
        DisputeRow? found = null;
        await Soon.Holds(async () => (found = (await Rows(region, Anhui)).Find(d => d.Id == id && d.Side == DspSide.Provider && holds(d))) is not null, Ct);
        return found!;
    }

    static Task<List<DisputeRow>> Rows(TwoNodes region, string node) => region.As<NodeDb, List<DisputeRow>>(node, Actor.Node("test"), db => db.Set<DisputeRow>().AsNoTracking().ToListAsync(Ct));

    static DisputeRow Row(TwoNodes region, string node, DspSide side, string id, string subject) => new()
    {
        Id = id,
        Side = side,
        Peer = side == DspSide.Consumer ? Anhui : Shanghai,
        ExchangeId = new string('e', 32),
        Resource = Marriage,
        Field = "office",
        CaseReference = "D1",
        Sealed = region.Get<IVault>(node).Seal(System.Text.Json.JsonSerializer.Serialize(new DisputeWords(subject, "应为合肥市民政局", null)), DisputeRow.SealContext),
        RaisedAt = region.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
        DueOn = "2099-01-01",
        Division = node[7..],
        Department = "",
        SubjectKey = region.Get<IVault>(node).BlindIndex(AnswerQuery.PersonContext, subject),
    };

    static SqliteConnection Open(TwoNodes region)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(region.FolderOf(Anhui), "departments", "civil.db"), Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    static void Department(TwoNodes region, string sql)
    {
        using var connection = Open(region);
        Run(connection, sql);
    }

    static SqliteConnection Lock(TwoNodes region)
    {
        var connection = Open(region);
        Run(connection, "BEGIN EXCLUSIVE");
        return connection;
    }

    static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
