using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>
/// On request a steward erases the salts of a use: what its leaf commits to opens no more, and it is in nobody's records. That it was done, why and by whom
/// stands in the log, and whoever it was about is shown so instead: nobody takes a use out of a person's sight alone. The leaf, the tree and every receipt stay
/// as they are.
/// </summary>
static class EraseSalts
{
    /// <summary>Codes: the log names no person, so neither may a reason.</summary>
    public static readonly IReadOnlyList<string> Reasons = ["person", "authority", "retention"];

    const int AtOnce = 200;

    /// <summary>The purpose of the record by which a person hears of it.</summary>
    const string Purpose = "log.erase-salts";

    static bool IsOfErasure(LeafFacts facts) => facts.Kind == ExchangeLeaf.StaffRead && facts.Purpose == Purpose;

    public static Words Said(string reason) => reason switch
    {
        "person" => new("当事人要求", "The person asked for it"),
        "authority" => new("有权机关决定", "A competent authority decided it"),
        "retention" => new("保存期满", "The time for which it is kept is over"),
        _ => new(reason, reason),
    };

    /// <summary>What the person is yet to be shown cannot be erased before: or it would never have been.</summary>
    public static Error? Refuses(LeafFacts facts, long now) => IsOfErasure(facts)
        ? Error.Conflict("log.erasure-stays", "删除的记录本身不能删除", "What says that something was erased stays", "当事人由它得知", "The person hears of it by that")
        : facts.StandingAt(now) == Standing.Withheld
        ? Error.Conflict("log.not-shown-yet", "依法暂不向当事人显示的使用不能删除", "A use that the person is not shown yet, as the law asks, cannot be erased", "请在显示之后再删除", "Erase it once it was shown")
        : null;

    /// <summary>Whoever looked at a person's data does not take that out of their sight by one click: that needs the machine itself.</summary>
    public static Error? RefusesHere(LeafFacts facts) => facts.Kind == ExchangeLeaf.StaffRead
        ? Error.Forbidden("log.erasure-by-command", "工作人员查看个人数据的记录不能在这里删除", "That staff looked at a person's data cannot be erased here", "须由管理员停机后用 tongban log erase-salts 删除", "An administrator erases it by tongban log erase-salts, the node being stopped")
        : null;

    public static readonly Error IsUnderWay = Error.Conflict("log.under-way", "这次变更还在为重发保留，暂不能删除", "This change is still kept to be sent again and cannot be erased yet", "请在对方收到一周以后再删除", "Erase it a week after the other side has taken it");

    /// <summary>Of exchanges those that are kept for a replay: sent again, each is held against its leaf.</summary>
    static async Task<List<string>> UnderWay(IServiceScopeFactory scopes, IReadOnlyList<string> exchanges, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("log");
        return await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<WatchedChangeRow>().Where(c => exchanges.Contains(c.ExchangeId)).Select(c => c.ExchangeId).ToListAsync(ct);
    }

    /// <summary>Those that may be erased now: nothing that the person is yet to be shown, or that is kept for a replay.</summary>
    public static async Task<List<LogLeaf>> Erasable(IServiceScopeFactory scopes, NodeIdentity node, IEnumerable<LogLeaf> leaves, long now, CancellationToken ct)
    {
        var erasable = new List<LogLeaf>();
        foreach (var piece in leaves.Chunk(AtOnce))
        {
            var read = piece.Select(leaf => (Leaf: leaf, Facts: LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data))).Where(l => l.Facts is null || Refuses(l.Facts, now) is null).ToList();
            var kept = await UnderWay(scopes, [.. read.Where(l => l.Facts is not null).Select(l => l.Facts!.ExchangeId)], ct);
            erasable.AddRange(read.Where(l => l.Facts is null || !kept.Contains(l.Facts.ExchangeId)).Select(l => l.Leaf));
        }
        return erasable;
    }

    public static async Task<IResult> Handle(long index, [FromForm] string? reason, HttpContext http, IServiceScopeFactory scopes, TransparencyLog log, NodeIdentity node, CurrentActor actor, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (reason is null || !Reasons.Contains(reason))
            return Error.Invalid("log.erasure-reason", "请选择原因", "Choose the reason", "reason", "请选择后重新提交", "Choose and submit again").AsResult();
        if (await log.Leaves(index, 1, ct) is not [{ } leaf] || leaf.Index != index || LeafFacts.Read(node.Id, leaf.Index, leaf.At, leaf.Data) is not { } facts || !ShowExchanges.Sees(actor.Actor, facts))
            return Error.NotFound("exchange.none", "没有这条记录", "There is no such record").AsResult();
        if ((RefusesHere(facts) ?? Refuses(facts, clock.NowMs())) is { } refused)
            return refused.AsResult();
        if (await UnderWay(scopes, [facts.ExchangeId], ct) is { Count: > 0 })
            return IsUnderWay.AsResult();
        var erased = await All(log, node, [index], reason, actor.Actor.Id, actor.Actor.Department ?? "", clock.NowMs(), ct);
        if (!erased.Ok)
            return erased.Error.AsResult();
        var back = $"/console/exchange/{index}";
        once.Answer(StatusCodes.Status303SeeOther, back);
        Flash.Leave(http, node, Tone.Done, erased.Value > 0 ? new Words("已断开与当事人的关联，日志中已记下", "Unlinked from the person, and the log says so") : new Words("此前已断开", "It was unlinked before"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, back, null);
    }

    /// <summary>Every use, in pieces; of how many the salts were there.</summary>
    public static async Task<Result<int>> All(TransparencyLog log, NodeIdentity node, IEnumerable<long> indexes, string reason, string by, string department, long at, CancellationToken ct)
    {
        var sum = 0;
        foreach (var piece in indexes.Distinct().Chunk(AtOnce))
        {
            foreach (var person in (await log.SubjectsOf(piece, ct)).GroupBy(s => s.Subject, StringComparer.Ordinal))
            {
                var (count, said) = (person.Count(), Said(reason));
                var record = new AccessRecord(person.Key, by, department, new Words($"{count} 条使用记录", count == 1 ? "a record of use" : $"{count} records of use"), Purpose, "",
                    new Words($"记录已删除：{said.Zh}", $"They were erased: {said.En}"));
                // Never held back: it is what the person sees in place of the rest.
                var told = await log.Append(ExchangeLeaf.OfStaffRead(record, node.Id, at, disclosure: null), ct);
                if (!told.Ok)
                    return told.Error;
            }
            var erased = await log.EraseSalts(piece, reason, by, ct);
            if (!erased.Ok)
                return erased.Error;
            sum += erased.Value;
        }
        return sum;
    }

    /// <summary>An exchange, at whichever of its sides this node was.</summary>
    public static async Task<List<LogLeaf>> OfExchange(TransparencyLog log, RegionDirectory directory, string exchange, CancellationToken ct)
    {
        var found = new List<LogLeaf>();
        foreach (var reference in directory.Trusted.Document.Members.Select(m => ExchangeLeaf.ReferenceOfProvided(m.NodeId, exchange)).Prepend(ExchangeLeaf.ReferenceOfObtained(exchange)))
        {
            if (await log.Find(reference, ct) is { } place)
                found.AddRange(await log.Leaves(place.Index, 1, ct));
        }
        return found;
    }

    public static async Task<List<LogLeaf>> OfPerson(TransparencyLog log, IVault vault, string number, CancellationToken ct)
    {
        var (forms, found) = (vault.Forms(vault.BlindIndex(AnswerQuery.PersonContext, number.ToUpperInvariant())), new List<LogLeaf>());
        for (var before = long.MaxValue; await log.BySubject(forms, before, 1000, ct) is { Count: > 0 } page; before = page[^1].Index)
            found.AddRange(page.Where(leaf => LeafFacts.Read("", leaf.Index, leaf.At, leaf.Data) is not { } facts || !IsOfErasure(facts)));
        return found;
    }
}

public static partial class ExchangeModule
{
    public static IReadOnlyList<string> ErasureReasons => EraseSalts.Reasons;

    /// <summary>
    /// By the command line what the page of an exchange does; of everything about a person too. The node is stopped meanwhile: while it runs it has the log.
    /// </summary>
    /// <param name="services">Of a composed node that is not started.</param>
    /// <param name="exchange">Id; null where a person is named.</param>
    /// <param name="number">The person's, or the enterprise's.</param>
    /// <param name="reason">One of <see cref="ErasureReasons"/>.</param>
    /// <returns>Of how many leaves; 0 where all was erased before.</returns>
    public static async Task<Result<int>> EraseLogSalts(IServiceProvider services, string? exchange, string? number, string reason, CancellationToken ct = default)
    {
        var (node, directory) = (services.GetRequiredService<NodeIdentity>(), services.GetRequiredService<RegionDirectory>());
        if (exchange is null && string.IsNullOrWhiteSpace(number))
            return Error.Invalid("log.erasure-person", "没有读到当事人的号码", "No number of a person was read", "standard input", "请输入号码后回车", "Type the number and press Enter");
        await directory.Load(ct);
        var opened = await TryOpenLog(services);
        if (!opened.Ok)
            return opened.Error;
        await using var log = opened.Value;
        // It is written to, so it must be the one that was witnessed.
        var asked = await AskWitnesses.About(log.Key, [.. directory.Trusted.Document.WitnessesOf(node.Id)], ct);
        foreach (var answer in asked.Answers)
        {
            if (answer.Seen is { } seen && seen.Origin == log.Origin && !await log.Continues(seen, ct))
                return Error.Unavailable("log.behind-its-witness", $"{answer.Witness} 见证过 {seen.Size} 条，本节点没有", $"{answer.Witness} cosigned {seen.Size} leaves, which are not here", "请先运行 tongban log recover", "Run tongban log recover first");
        }
        var leaves = exchange is not null
            ? await EraseSalts.OfExchange(log, directory, exchange, ct)
            : await EraseSalts.OfPerson(log, services.GetRequiredService<IVault>(), number!, ct);
        if (exchange is not null && leaves.Count == 0)
            return Error.NotFound("exchange.none", "没有这次交换", "There is no such exchange");
        var now = services.GetRequiredService<TimeProvider>().NowMs();
        // Of one exchange that is named it is said why not; of all about a person what cannot go yet is passed over in silence, or it would be told that it is there.
        if (exchange is not null && leaves.Select(l => LeafFacts.Read(node.Id, l.Index, l.At, l.Data)).FirstOrDefault(f => f is not null && EraseSalts.Refuses(f, now) is not null) is { } facts)
            return EraseSalts.Refuses(facts, now)!;
        var erasable = await EraseSalts.Erasable(services.GetRequiredService<IServiceScopeFactory>(), node, leaves, now, ct);
        if (exchange is not null && erasable.Count < leaves.Count)
            return EraseSalts.IsUnderWay;
        return await EraseSalts.All(log, node, erasable.Select(l => l.Index), reason, "command-line", "", now, ct);
    }
}
