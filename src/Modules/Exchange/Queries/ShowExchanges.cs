using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>
/// The steward's view of what passed: leaves of the log, newest first, and their metering added up by agreement. A steward of
/// one department sees that department's.
/// </summary>
static class ShowExchanges
{
    const int PageSize = 50;

    // One page of the list may need many leaves of the log when most are of other kinds or departments.
    const int MostLeavesRead = 20_000;

    public static async Task<IResult> List(
        TransparencyLog log, MeteringTally tally, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, CurrentActor actor, Tongban.Kernel.Data.NodeDb db, CancellationToken ct, string? after = null, string? agreement = null)
    {
        var before = long.MaxValue;
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            if (!long.TryParse(key.Value[0], NumberStyles.None, CultureInfo.InvariantCulture, out before))
                return Cursor.Invalid.AsResult();
        }
        var (found, next) = await Find(log, node, before, f => Sees(actor.Actor, f) && (agreement is null || f.Agreement == agreement), ct);
        var names = new UseNames(directory, catalogues);
        var sums = (await tally.Now(ct)).Where(m => agreement is null || m.Agreement == agreement).ToList();
        return Page.Of<ExchangesPage>(new
        {
            Rows = (IReadOnlyList<ExchangesPage.Row>)[.. found.Select(f => Row(f, names))],
            Next = next,
            IsFirst = after is null,
            Agreement = agreement ?? "",
            Sums = (IReadOnlyList<ExchangesPage.Sum>)(actor.Actor.Department is not null ? [] : [.. sums.GroupBy(m => (m.Agreement, m.Resource, m.Consumer, m.Provider, m.Outcome)).OrderBy(g => g.Key.Agreement, StringComparer.Ordinal).ThenBy(g => g.Key.Outcome, StringComparer.Ordinal)
                .Select(g => new ExchangesPage.Sum(g.Key.Agreement, names.Node(g.Key.Consumer), names.Node(g.Key.Provider), names.Resource(g.Key.Resource), g.Key.Outcome, g.Sum(m => m.Records), g.Sum(m => m.Units)))]),
            Pairs = actor.Actor.Department is null ? Pairs(sums, node, names) : [],
            Size = log.Size,
            Overdue = await ShowDisputes.Overdue(db, ct),
        });
    }

    /// <summary>With whom this node exchanges, both ways, the busiest first. A question to the own node is no exchange with anybody.</summary>
    static IReadOnlyList<ExchangesPage.Pair> Pairs(IEnumerable<MonthUse> sums, NodeIdentity node, UseNames names) =>
        [.. sums.Where(m => m.Consumer != m.Provider).GroupBy(m => m.Consumer == node.Id ? m.Provider : m.Consumer, StringComparer.Ordinal)
            .Select(with => new ExchangesPage.Pair(
                names.Node(with.Key),
                with.Where(m => m.Consumer == node.Id && m.Outcome != "refused").Sum(m => m.Records),
                with.Where(m => m.Provider == node.Id && m.Outcome != "refused").Sum(m => m.Records),
                with.Where(m => m.Outcome == "refused").Sum(m => m.Records)))
            .OrderByDescending(p => p.Asked + p.Answered)];

    public static async Task<IResult> One(long index, TransparencyLog log, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, IItems items, CurrentActor actor, TimeProvider clock, CancellationToken ct)
    {
        var leaves = await log.Leaves(index, 1, ct);
        if (leaves is not [{ } leaf] || leaf.Index != index || LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data) is not { } facts || !Sees(actor.Actor, facts))
            return Error.NotFound("exchange.none", "没有这条记录", "There is no such record").AsResult();
        var quorum = directory.Trusted.Document.WitnessQuorum(node.Id);
        var head = await log.Covering(index, quorum, ct);
        var names = new UseNames(directory, catalogues);
        var erased = await log.Find(ErasedLeaf.ReferenceOf(index), ct) is { } said && (await log.Salts(index, ct)).Count == 0 ? new ExchangePage.Erased(said.Index, said.At) : null;
        return Page.Of<ExchangePage>(new
        {
            Shown = Row(facts, names),
            Fields = names.Fields(facts),
            Basis = names.Basis(facts),
            Purpose = facts.Purpose,
            Item = (await items.Names([facts.Purpose], ct)).GetValueOrDefault(facts.Purpose),
            facts.CaseReference,
            facts.Agreement,
            facts.ConsentId,
            facts.ExchangeId,
            facts.Counterpart,
            Hash = Convert.ToBase64String(leaf.Hash),
            Leaf = Indented(leaf.Data),
            // Whom it was about is known no more, so there is nothing to hold against.
            Disputable = erased is null && facts is { Kind: ExchangeLeaf.Obtained, Outcome: "answered" } ? names.FieldNames(facts) : [],
            Witnessed = head?.Size,
            Quorum = quorum,
            ErasedAt = erased,
            NotErasable = EraseSalts.RefusesHere(facts) ?? EraseSalts.Refuses(facts, clock.NowMs()),
        });
    }

    static async Task<(List<LeafFacts> Found, string? Next)> Find(TransparencyLog log, NodeIdentity node, long before, Func<LeafFacts, bool> wanted, CancellationToken ct)
    {
        var found = new List<LeafFacts>();
        for (var read = 0; read < MostLeavesRead;)
        {
            var leaves = await log.LeavesBefore(before, 500, ct);
            foreach (var leaf in leaves)
            {
                before = leaf.Index;
                if (LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data) is not { } facts || !wanted(facts))
                    continue;
                found.Add(facts);
                if (found.Count == PageSize)
                    return (found, before > 0 ? Cursor.Of(before) : null);
            }
            read += leaves.Count;
            if (leaves.Count < 500)
                return (found, null);
        }
        return (found, Cursor.Of(before));
    }

    static string Indented(byte[] leaf)
    {
        using var document = System.Text.Json.JsonDocument.Parse(leaf);
        return System.Text.Json.JsonSerializer.Serialize(document.RootElement, new System.Text.Json.JsonSerializerOptions(DirectoryDocument.Json) { WriteIndented = true });
    }

    internal static bool Sees(Actor actor, LeafFacts facts) => actor.Department is null || facts.Department == actor.Department;

    static ExchangesPage.Row Row(LeafFacts f, UseNames names) => new(
        f.Index, f.At, f.Kind, f.IsOwnLook ? names.Node(f.Consumer) : names.Who(f), f.IsExchange ? names.Node(f.Provider) : new Words("", ""), names.What(f), f.Outcome, f.Refusal);
}
