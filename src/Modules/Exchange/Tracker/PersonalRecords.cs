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
sealed record RecordsRequest(string CitizenId, int Level);

/// <param name="More">There are older ones that are not in this answer.</param>
sealed record RecordsReply(IReadOnlyList<RecordsReply.Leaf> Leaves, bool More)
{
    public sealed record Leaf(long Index, long At, byte[] Data)
    {
        /// <summary>The law it rested on, in the words of an agreement that the asking node may not be a side of.</summary>
        public Words? Law { get; init; }
    }
}

/// <summary>
/// Gives a person's own records to the node where they are signed in: references and commitments, as they stand in the log. That
/// node's word is all there is, so the asking is in the log itself, where the person finds it: once a day for each node that asks.
/// </summary>
static class GivePersonalRecords
{
    /// <summary>Who is only registered could have typed anybody's number.</summary>
    const int LeastLevel = 1;
    public const int Most = 200;

    public static async Task<IResult> Handle(HttpContext http, TransparencyLog log, IVault vault, AgreementBook agreements, NodeIdentity node, TimeProvider clock, CancellationToken ct)
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
        var leaves = await log.BySubject(vault.Forms(subject), count: Most + 1, cancel: ct);
        var (asker, now) = (http.Peer().From.NodeId, clock.NowMs());
        if (leaves.Count > 0 && !leaves.Any(l => LocalTime.DateOf(l.At) == LocalTime.DateOf(now) && LeafFacts.Read(node.Id, l.Index, l.At, l.Data) is { IsOwnLook: true } look && look.Consumer == asker)
            && await log.Append(ExchangeLeaf.OfRecordsGiven(vault.Written(subject), asker, node.Id, now), ct) is { Ok: false } unlogged)
            return unlogged.Error.AsResult();
        return Results.Json(new RecordsReply([.. leaves.Take(Most).Select(Given)], leaves.Count > Most), DirectoryDocument.Json);

        RecordsReply.Leaf Given(LogLeaf leaf) => new(leaf.Index, leaf.At, leaf.Data)
        {
            Law = LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data) is { } facts ? agreements.LawOf(facts) : null,
        };
    }
}

/// <summary>All uses of a person's data in the region: this node's records, and those that the other nodes give out for the person.</summary>
sealed class PersonalRecords(NodeIdentity node, RegionDirectory directory, PeerClient peers, TransparencyLog log, AgreementBook agreements)
{
    /// <param name="Silent">Members that did not answer now; their records are missing from the list.</param>
    /// <param name="More">Some member has older records than are shown.</param>
    public sealed record Found(IReadOnlyList<DataUse> Uses, IReadOnlyList<MemberEntry> Silent, bool More);

    public async Task<Found> Of(IReadOnlyList<string> subjectKeys, string citizenId, int level, CancellationToken ct)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new RecordsRequest(citizenId, level), DirectoryDocument.Json);
        var others = directory.Trusted.Document.Members.Where(m => m.NodeId != node.Id && !m.IsHub).ToList();
        var asked = await Task.WhenAll(others.Select(async member => (member, reply: await Ask(member, body, ct))));
        var own = await log.BySubject(subjectKeys, count: GivePersonalRecords.Most + 1, cancel: ct);
        var facts = own.Take(GivePersonalRecords.Most).Select(l => LeafFacts.Read(node.Id, l.Index, l.At, l.Data))
            .Select(f => f is null ? null : f with { Law = agreements.LawOf(f) }).ToList();
        foreach (var (member, reply) in asked.Where(a => a.reply.Ok))
            facts.AddRange(reply.Value.Leaves.Select(l => LeafFacts.Read(member.NodeId, l.Index, l.At, l.Data) is { } f ? f with { Law = l.Law } : null));
        return new Found(
            DataUse.Merge(facts.OfType<LeafFacts>()),
            [.. asked.Where(a => !a.reply.Ok).Select(a => a.member)],
            own.Count > GivePersonalRecords.Most || asked.Any(a => a.reply.Ok && a.reply.Value.More));
    }

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
            return JsonSerializer.Deserialize<RecordsReply>(answer.Value.Body, DirectoryDocument.Json) is { Leaves: not null } reply && reply.Leaves.All(l => l is { Data: not null }) ? reply : Silent;
        }
        catch (JsonException)
        {
            return Silent;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Silent;
        }
    }

    static readonly Error Silent = Error.Unavailable("records.silent", "该地暂时没有回答", "That government did not answer now");
}

/// <summary>One use of a person's data, as the person sees it: an exchange, or the reads of one matter by one department on one day.</summary>
/// <param name="Facts">Of the latest.</param>
/// <param name="Times">How many reads it stands for.</param>
/// <param name="Proofs">Where it stands in whose log; an exchange stands in both.</param>
/// <param name="Unusual">Why it stands out; null when it does not.</param>
sealed record DataUse(LeafFacts Facts, int Times, IReadOnlyList<(string Node, long Index)> Proofs, Words? Unusual)
{
    /// <summary>More reads of one matter than this on a day stand out.</summary>
    const int OftenOnADay = 20;

    /// <summary>Newest first; the two sides of one exchange are one use, and so are a day's reads of one matter by one department.</summary>
    public static IReadOnlyList<DataUse> Merge(IEnumerable<LeafFacts> facts) =>
        [.. facts.GroupBy(Key, StringComparer.Ordinal).Select(Of).OrderByDescending(u => u.Facts.At)];

    static string Key(LeafFacts facts) => facts.IsExchange
        // The asker chooses the id: it is one exchange only between the same two.
        ? $"x {facts.Provider} {facts.Consumer} {facts.ExchangeId}"
        : facts.IsOwnLook ? $"o {facts.Consumer} {LocalTime.DateOf(facts.At):yyyy-MM-dd}"
        : $"r {facts.Node} {facts.Department} {facts.CaseReference} {facts.What?.Zh} {LocalTime.DateOf(facts.At):yyyy-MM-dd} {OutsideHours(facts)}";

    static DataUse Of(IEnumerable<LeafFacts> group)
    {
        var all = group.OrderByDescending(f => f.At).ToList();
        var shown = all.FirstOrDefault(f => f.Kind == ExchangeLeaf.Provided) ?? all[0];
        var times = shown.IsExchange || shown.IsOwnLook ? 1 : all.Count;
        return new DataUse(shown, times, [.. all.Select(f => (f.Node, f.Index))], WhyUnusual(shown, times));
    }

    /// <summary>Fixed, stated reasons; nothing is scored.</summary>
    internal static Words? WhyUnusual(LeafFacts use, int times)
    {
        if (use.IsOwnLook)
            return null;
        if (use.Outcome == "refused")
            return new Words("查询被拒绝，没有提供数据", "The query was refused; no data was given");
        if (use.CaseReference.Length == 0)
            return new Words("没有注明对应的办件", "It names no matter");
        if (OutsideHours(use))
            return new Words("工作人员在非工作时间查看", "Staff read it outside working hours");
        return times > OftenOnADay ? new Words("同一天查看次数很多", "Read many times on one day") : null;
    }

    static bool OutsideHours(LeafFacts use) => !use.IsExchange && LocalTime.Of(DateTimeOffset.FromUnixTimeMilliseconds(use.At)).Hour is (< 7 or >= 21);
}
