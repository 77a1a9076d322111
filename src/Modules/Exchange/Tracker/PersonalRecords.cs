using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>A node asks another for the records about a person who is signed in there. The request's signature is the attestation.</summary>
/// <param name="CitizenId">In the signed body only; the answering node turns it into its own index and forgets it.</param>
/// <param name="Level">Assurance of the person's sign-in.</param>
sealed record RecordsRequest(string CitizenId, int Level)
{
    /// <summary>Only what is earlier (Unix ms, exclusive); null for the newest.</summary>
    public long? Until { get; init; }
}

/// <param name="More">There are older ones that are not in this answer; down to the oldest in it, it is whole.</param>
sealed record RecordsReply(IReadOnlyList<RecordsReply.Leaf> Leaves, bool More)
{
    /// <summary>Of those the law lets nothing be shown but that they were.</summary>
    public IReadOnlyList<MaskedUse> Masked { get; init; } = [];

    /// <summary>What the law has this node hold back, whether or not it does so about this person: a count would say what may not be said.</summary>
    public IReadOnlyList<HeldBack> HeldBack { get; init; } = [];

    /// <summary>What another clock may be ahead.</summary>
    static readonly long Ahead = (long)TimeSpan.FromMinutes(5).TotalMilliseconds;

    /// <summary>Null when it is none. A time that cannot be is refused: it would stand before everything else, or end the page that all nodes share.</summary>
    public static RecordsReply? Read(ReadOnlySpan<byte> json, long now)
    {
        bool Can(long at) => at >= 0 && at <= now + Ahead;
        try
        {
            return JsonSerializer.Deserialize<RecordsReply>(json, DirectoryDocument.Json) is { Leaves: not null, Masked: not null, HeldBack: not null } reply
                && reply.Leaves.All(l => l is { Data: not null } && Can(l.At)) && reply.Masked.All(m => m is { Key: not null, Law: not null } && Can(m.At))
                && reply.HeldBack.All(r => r is { Law: not null, Since: not null }) ? reply : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public sealed record Leaf(long Index, long At, byte[] Data)
    {
        /// <summary>The law it rested on, in the words of an agreement that the asking node may not be a side of.</summary>
        public Words? Law { get; init; }
    }
}

/// <param name="Key">The same at both sides of an exchange, and of nothing else.</param>
/// <param name="Law">That has it masked.</param>
sealed record MaskedUse(string Key, long At, Words Law)
{
    /// <summary>Node that decided it: of an exchange its provider. Null from a node of before this was said.</summary>
    public string? By { get; init; }
}

/// <param name="DelayDays">0 where nothing is delayed.</param>
/// <param name="Since">ISO date from which the node applies it.</param>
sealed record HeldBack(Words Law, int DelayDays, bool Masked, string Since);

/// <summary>
/// Gives a person's own records to the node where they are signed in: references and commitments, as they stand in the log. That
/// node's word is all there is, so the asking is in the log itself, where the person finds it: once a day for each node that asks.
/// </summary>
sealed class GivePersonalRecords(TransparencyLog log, AgreementBook agreements, DisclosureRules rules, NodeIdentity node, TimeProvider clock)
{
    /// <summary>Who is only registered could have typed anybody's number.</summary>
    const int LeastLevel = 1;
    public const int Most = 200;

    public static async Task<IResult> Handle(HttpContext http, GivePersonalRecords records, TransparencyLog log, IVault vault, NodeIdentity node, TimeProvider clock, CancellationToken ct)
    {
        RecordsRequest? request;
        try
        {
            request = JsonSerializer.Deserialize<RecordsRequest>(http.Peer().Body.Span, DirectoryDocument.Json);
        }
        catch (JsonException)
        {
            request = null;
        }
        if (request is not { CitizenId.Length: > 0 and <= 32 })
            return Error.Invalid("records.malformed", "请求格式错误", "The request is malformed", "body").AsResult();
        if (request.Level < LeastLevel)
            return Error.Forbidden("records.level", "需要实名登录", "A real-name sign-in is needed").AsResult();
        var subject = vault.BlindIndex(AnswerQuery.PersonContext, request.CitizenId);
        var (asker, now) = (http.Peer().From.NodeId, clock.NowMs());
        // Read before the asking is logged: the person finds this one at the next.
        var reply = await records.Of(vault.Forms(subject), request.Until, ct);
        var newest = await log.BySubject(vault.Forms(subject), count: Most, cancel: ct);
        // Only where something was given: that there is something would say that something is withheld.
        if (reply.Leaves.Count + reply.Masked.Count > 0 && !newest.Any(l => LocalTime.DateOf(l.At) == LocalTime.DateOf(now) && LeafFacts.Read(node.Id, l.Index, l.At, l.Data) is { IsOwnLook: true } look && look.Consumer == asker)
            && await log.Append(ExchangeLeaf.OfRecordsGiven(vault.Written(subject), asker, node.Id, now), ct) is { Ok: false } unlogged)
            return unlogged.Error.AsResult();
        return Results.Json(reply, DirectoryDocument.Json);
    }

    /// <summary>What the person is shown now of this node's records about them, newest first. What is withheld is passed over without a trace in the answer's size.</summary>
    public async Task<RecordsReply> Of(IReadOnlyList<string> subject, long? until, CancellationToken ct)
    {
        var (shown, masked, now, before, last) = (new List<RecordsReply.Leaf>(), new List<MaskedUse>(), clock.NowMs(), long.MaxValue, long.MaxValue);
        while (true)
        {
            var leaves = await log.BySubject(subject, before, 500, ct, until ?? long.MaxValue);
            foreach (var leaf in leaves)
            {
                var facts = LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data);
                var standing = facts?.StandingAt(now) ?? Standing.Shown;
                if (standing == Standing.Withheld)
                    continue;
                // A page ends between two instants, so that the next one begins where it ended.
                if (shown.Count + masked.Count >= Most && leaf.At < last)
                    return Reply(more: true);
                last = leaf.At;
                if (standing == Standing.Masked)
                    masked.Add(Masked(facts!));
                else
                    shown.Add(new(leaf.Index, leaf.At, leaf.Data) { Law = facts is null ? null : agreements.LawOf(facts) });
            }
            if (leaves.Count < 500)
                return Reply(more: false);
            before = leaves[^1].Index;
        }

        RecordsReply Reply(bool more) => new(shown, more)
        {
            Masked = masked,
            HeldBack = [.. rules.All.Select(r => new HeldBack(r.Law, r.DelayDays, r.Mask, r.Since.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)))],
        };
    }

    static MaskedUse Masked(LeafFacts facts) => new(facts.IsExchange ? DataUse.MaskedKey(facts.ExchangeId) : $"{facts.Node} {facts.Index}", facts.At, facts.Withholding!.Law)
    {
        By = facts.IsExchange ? facts.Provider : facts.Node,
    };
}

/// <summary>All uses of a person's data in the region: this node's records, and those that the other nodes give out for the person.</summary>
sealed class PersonalRecords(NodeIdentity node, RegionDirectory directory, PeerClient peers, GivePersonalRecords own, TimeProvider clock)
{
    /// <param name="Uses">Newest first, whole down to <paramref name="Next"/>.</param>
    /// <param name="Silent">Members that did not answer now; their records are missing from the list.</param>
    /// <param name="Next">Older ones than are here are those before this (Unix ms); null when there are none.</param>
    public sealed record Found(IReadOnlyList<DataUse> Uses, IReadOnlyList<MemberEntry> Silent, long? Next, IReadOnlyList<(string Node, HeldBack Rule)> HeldBack);

    /// <param name="until">Unix ms, exclusive; null for the newest.</param>
    public async Task<Found> Of(IReadOnlyList<string> subjectKeys, string citizenId, int level, CancellationToken ct, long? until = null)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new RecordsRequest(citizenId, level) { Until = until }, DirectoryDocument.Json);
        var others = directory.Trusted.Document.Members.Where(m => m.NodeId != node.Id && m.IsGovernment).ToList();
        var asked = await Task.WhenAll(others.Select(async member => (member, reply: await Ask(member, body, ct))));
        List<(string Node, RecordsReply Reply)> given = [(node.Id, await own.Of(subjectKeys, until, ct)), .. asked.Where(a => a.reply.Ok).Select(a => (a.member.NodeId, a.reply.Value))];
        // A node of before pages were asked for gives its newest again: there is no older page of it.
        given = [.. given.Select(g => (g.Node, Before(g.Reply, until)))];
        var next = given.Where(g => g.Reply.More && Oldest(g.Reply) is not null).Max(g => Oldest(g.Reply));
        var facts = given.SelectMany(g => g.Reply.Leaves.Where(l => l.At >= (next ?? 0)).Select(l => LeafFacts.Read(g.Node, l.Index, l.At, l.Data) is { } f ? f with { Law = l.Law } : null)).OfType<LeafFacts>();
        var masked = given.SelectMany(g => g.Reply.Masked.Where(m => m.At >= (next ?? 0)).Select(m => (g.Node, m)));
        return new Found(
            DataUse.Merge(facts, masked), [.. asked.Where(a => !a.reply.Ok).Select(a => a.member)], next,
            [.. given.SelectMany(g => g.Reply.HeldBack.Select(r => (g.Node, r)))]);
    }

    static RecordsReply Before(RecordsReply reply, long? until) => until is not { } end || (reply.Leaves.All(l => l.At < end) && reply.Masked.All(m => m.At < end))
        ? reply
        : reply with { Leaves = [.. reply.Leaves.Where(l => l.At < end)], Masked = [.. reply.Masked.Where(m => m.At < end)], More = false };

    static long? Oldest(RecordsReply reply) => reply.Leaves.Select(l => (long?)l.At).Concat(reply.Masked.Select(m => (long?)m.At)).Min();

    async Task<Result<RecordsReply>> Ask(MemberEntry member, byte[] body, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // A page is waiting: a node that is slow is shown as silent.
        limit.CancelAfter(TimeSpan.FromSeconds(3));
        try
        {
            var answer = await peers.Send(member.NodeId, HttpMethod.Post, "/peer/records", body, limit.Token);
            if (!answer.Ok)
                return answer.Error;
            return RecordsReply.Read(answer.Value.Body, clock.NowMs()) is { } reply ? reply : Silent;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Silent;
        }
    }

    static readonly Error Silent = Error.Unavailable("records.silent", "该地暂时没有回答", "That government did not answer now");
}

/// <summary>One use of a person's data, as the person sees it: an exchange, or the reads of one matter by one department on one day.</summary>
/// <param name="Facts">Of the latest; where the law has them masked, nothing but the time.</param>
/// <param name="Times">How many reads it stands for.</param>
/// <param name="Proofs">Where it stands in whose log; an exchange stands in both.</param>
/// <param name="Unusual">Why it stands out; empty when it does not.</param>
sealed record DataUse(LeafFacts Facts, int Times, IReadOnlyList<(string Node, long Index)> Proofs, IReadOnlyList<Words> Unusual)
{
    /// <summary>The law that has everything but its day masked; null when it is shown.</summary>
    public Words? MaskedBy { get; init; }

    public bool IsMasked => MaskedBy is not null;

    /// <summary>Newest first; the two sides of one exchange are one use, and so are a day's reads of one matter by one department.</summary>
    public static IReadOnlyList<DataUse> Merge(IEnumerable<LeafFacts> facts, IEnumerable<(string Node, MaskedUse Use)> masked)
    {
        // An exchange stands in the logs of its two sides: what a third node says of it is no record of it.
        var (shown, covered) = (facts.Where(f => !f.IsExchange || f.Node == f.Provider || f.Node == f.Consumer).ToList(), masked.ToList());
        // The provider decides what is hidden, at both sides. Anybody else's word takes nothing of the provider's away.
        var hidden = covered.Select(m => (m.Node, m.Use.Key)).ToHashSet();
        // Where a node does not say who decided, the two sides of one exchange are known by its key alone.
        var decided = covered.Where(m => m.Use.By == m.Node).Select(m => m.Use.Key).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. shown.Where(f => !(f.IsExchange && hidden.Contains((f.Provider, MaskedKey(f.ExchangeId))))).GroupBy(Key, StringComparer.Ordinal).Select(Of)
                .Concat(covered.Where(m => m.Use.By is { } by ? by == m.Node || !hidden.Contains((by, m.Use.Key)) : !decided.Contains(m.Use.Key))
                    .DistinctBy(m => (m.Use.By is null ? null : m.Node, m.Use.Key)).Select(m => Of(m.Node, m.Use)))
                .OrderByDescending(u => u.Facts.At),
        ];
    }

    public static string MaskedKey(string exchangeId) => $"x {exchangeId}";

    static string Key(LeafFacts facts) => facts.IsExchange
        // The asker chooses the id: it is one exchange only between the same two.
        ? $"x {facts.Provider} {facts.Consumer} {facts.ExchangeId}"
        : facts.IsOwnLook ? $"o {facts.Consumer} {LocalTime.DateOf(facts.At):yyyy-MM-dd}"
        : $"r {facts.Node} {facts.Department} {facts.CaseReference} {facts.What?.Zh} {LocalTime.DateOf(facts.At):yyyy-MM-dd} {UnusualUses.IsNight(facts.At)}";

    static DataUse Of(IEnumerable<LeafFacts> group)
    {
        var all = group.OrderByDescending(f => f.At).ToList();
        var shown = all.Find(f => f.Kind == ExchangeLeaf.Provided && f.Node == f.Provider) ?? all[0];
        var times = shown.IsExchange || shown.IsOwnLook ? 1 : all.Count;
        return new DataUse(shown, times, [.. all.Select(f => (f.Node, f.Index))], []);
    }

    static DataUse Of(string node, MaskedUse use) => new(
        new LeafFacts(node, 0, use.At, "", "", "", "", "", "", "", [], "", "", "", null, "", "", null, null, null, null), 1, [], [])
    { MaskedBy = use.Law };
}
