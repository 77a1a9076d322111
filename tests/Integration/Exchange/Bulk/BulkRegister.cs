using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.Exchange.Connectors;
using Tongban.Tests.Integration.Identity;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Bulk;

/// <summary>A register of Anhui's of any length, which Shanghai may fetch whole.</summary>
static class BulkRegister
{
    /// <summary>Lines of some 80 bytes: more than two chunks.</summary>
    public const int Many = 120_000;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>In a SQLite file, as text.</summary>
    public static async Task<TwoNodes> Start(int rows = Many, Func<AgreementTerms, AgreementTerms>? terms = null, Action<TwoNodes>? prepare = null, Action<WebApplicationBuilder>? also = null, bool hub = false)
    {
        var nodes = await AdoptionRegister.Start(prepare, also, hub);
        Sqlite(nodes, $"CREATE TABLE shouyang (n INTEGER, djrq TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO shouyang SELECT i, printf('%060d', i) FROM n WHERE {rows} > 0");
        await Offer(nodes, "civil-adoption.db", "SELECT djrq AS registeredOn FROM shouyang ORDER BY n", terms);
        return nodes;
    }

    /// <summary>Entered, published and agreed on.</summary>
    public static async Task Offer(TwoNodes nodes, string database, string select, Func<AgreementTerms, AgreementTerms>? terms = null, string type = "text")
    {
        var register = new AdoptionRegister(nodes);
        Assert.Empty(await register.Enter(database, select, parameters: "", type));
        Assert.Empty(await register.Publish());
        await register.Agree(terms ?? (t => t with { Bulk = true }));
        _ = await nodes.Get<Catalogues>(Shanghai).Of(Anhui, Ct);
    }

    public static void Sqlite(TwoNodes nodes, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(nodes.FolderOf(Anhui), "departments", "civil-adoption.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Shanghai's steward asks for it; the id of what was begun.</summary>
    public static async Task<string> Begin(TwoNodes nodes)
    {
        var before = (await Rows(nodes, Shanghai, DspSide.Consumer)).Select(r => r.Id).ToHashSet();
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Submit(nodes.Url(Shanghai) + "/console/agreements/ag-adoption", "/console/agreements/ag-adoption/bulk", ("purpose", Item), ("case", "D1"));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return (await Rows(nodes, Shanghai, DspSide.Consumer)).Single(r => !before.Contains(r.Id)).Id;
    }

    public static Task<List<BulkRow>> Rows(TwoNodes nodes, string node, DspSide side) =>
        nodes.As<NodeDb, List<BulkRow>>(node, Actor.Node("test"), db => db.Set<BulkRow>().AsNoTracking().Where(b => b.Side == side).ToListAsync(Ct));

    public static Task<BulkRow> Given(TwoNodes nodes, string id, Func<BulkRow, bool> holds) => Until(nodes, Anhui, DspSide.Provider, id, holds);

    public static Task<BulkRow> Fetched(TwoNodes nodes, string id, Func<BulkRow, bool> holds) => Until(nodes, Shanghai, DspSide.Consumer, id, holds);

    static async Task<BulkRow> Until(TwoNodes nodes, string node, DspSide side, string id, Func<BulkRow, bool> holds)
    {
        BulkRow? last = null;
        for (var i = 0; i < 600; i++)
        {
            last = (await Rows(nodes, node, side)).Find(r => r.Id == id);
            if (last is not null && holds(last))
                return last;
            await Task.Delay(25, Ct);
        }
        throw new Xunit.Sdk.XunitException(last is null ? "it never came" : $"{last.State} {last.Code} {last.Held}/{last.Chunks}, attempt {last.Attempts}");
    }

    public static bool Over(BulkRow row) => row.State is BulkState.Done or BulkState.Ended;

    /// <summary>Whatever waits is tried now.</summary>
    public static void Later(TwoNodes nodes)
    {
        nodes.Clock.Ahead += TimeSpan.FromMinutes(2);
        foreach (var node in new[] { Anhui, Shanghai })
            nodes.Get<BulkSignal>(node).Raise();
    }

    /// <summary>Changed behind the node's back, again where the node did so at the same moment.</summary>
    public static async Task Change(TwoNodes nodes, string node, string id, Action<BulkRow> change)
    {
        while (await nodes.As<NodeDb, SaveOutcome>(node, Actor.Node("test"), async db =>
        {
            var row = await db.Set<BulkRow>().SingleAsync(b => b.Id == id, Ct);
            change(row);
            row.Revision++;
            return await db.TrySave(Ct);
        }) != SaveOutcome.Saved)
        {
        }
    }

    /// <summary>The lines of the file that Shanghai's steward downloads, its header first.</summary>
    public static async Task<string[]> File(TwoNodes nodes, string id)
    {
        using var steward = new Browser(Role.Steward);
        using var answer = await steward.Get(nodes.Url(Shanghai) + $"/console/bulk/{id}/file");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadAsStringAsync(Ct)).TrimStart('\ufeff').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    public static string[] Chunks(TwoNodes nodes, string node) =>
        Directory.Exists(Path.Combine(nodes.FolderOf(node), "bulk")) ? Directory.GetFiles(Path.Combine(nodes.FolderOf(node), "bulk"), "*", SearchOption.AllDirectories) : [];
}
