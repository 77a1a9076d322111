using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>What the law has shown later or without details is held back at both sides, never lost, and counted.</summary>
public sealed class DisclosureTests
{
    const long Day = 24L * 3600 * 1000;

    static readonly Words Investigation = new("刑事诉讼法第一百五十二条", "Criminal Procedure Law, art. 152");
    static readonly Words Security = new("国家安全法第七十七条", "National Security Law, art. 77");

    static readonly DisclosureRules Rules = new(
    [
        new("investigation", [RelatedItem], ["civil"], 30, false, Investigation, new DateOnly(2020, 1, 1)),
        new("secret", ["9999*"], null, 0, true, Security, new DateOnly(2020, 1, 1)),
        new("both", ["8888*"], ["police"], 10, true, Security, new DateOnly(2020, 1, 1)),
        new("not-yet", ["7777*"], null, 10, true, Security, new DateOnly(9000, 1, 1)),
    ]);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<TwoNodes> Start() => TwoNodes.Start(also: b => b.Services.AddSingleton(Rules));

    static string KeyAt(TwoNodes region, string node, string person) => region.Get<IVault>(node).BlindIndex(AnswerQuery.PersonContext, person);

    static Task<PersonalRecords.Found> Records(TwoNodes region, string person, string node = Shanghai, long? until = null) =>
        region.Get<PersonalRecords>(node).Of([KeyAt(region, node, person)], person, 2, Ct, until);

    static async Task<string> Withheld(TwoNodes region, string node) =>
        (await ExchangeModule.AuditNode(region.Get<IServiceProvider>(node), ct: Ct)).Single(f => f.Step == "records").Words.En;

    [Fact]
    public async Task A_delayed_record_is_seen_at_neither_side_until_its_day_and_then_says_why_it_came_late()
    {
        await using var region = await Start();
        var consent = await region.Consent(Husband, RelatedItem);
        ExchangeQuestion About(string person) => Question(consent) with { Purpose = RelatedItem, Parameters = new Dictionary<string, string> { ["citizenId"] = person }, SubjectKey = KeyAt(region, Shanghai, person) };
        var own = await region.Ask(About(Husband));
        var other = await region.Ask(About(Wife));
        // What rests on the person's own consent is theirs to know at once.
        Assert.Equal(own.Value.ExchangeId, Assert.Single((await Records(region, Husband)).Uses, u => u.Facts.IsExchange).Facts.ExchangeId);
        foreach (var node in new[] { Shanghai, Anhui })
        {
            var found = await Records(region, Wife, node);
            // Not even that somebody looked: where nothing is given, that would say that something is there.
            Assert.Empty(found.Uses);
            // That there are such rules is said by each, whether or not they hold anything back here.
            Assert.Equal(2 * Rules.All.Count, found.HeldBack.Count);
            Assert.Contains("1 not yet shown", await Withheld(region, node));
            var leaf = Assert.Single(await region.Get<TransparencyLog>(node).BySubject(KeyAt(region, node, Wife), cancel: Ct), l => LeafFacts.Read(node, l.Index, l.At, l.Data)!.IsExchange);
            Assert.DoesNotContain(Wife, System.Text.Encoding.UTF8.GetString(leaf.Data));
        }
        await region.Pass(TimeSpan.FromDays(30) - TimeSpan.FromMinutes(5));
        Assert.DoesNotContain((await Records(region, Wife)).Uses, u => u.Facts.IsExchange);
        await region.Pass(TimeSpan.FromMinutes(10));
        var late = Assert.Single((await Records(region, Wife)).Uses, u => u.Facts.IsExchange);
        Assert.Equal((other.Value.ExchangeId, 2), (late.Facts.ExchangeId, late.Proofs.Count));
        Assert.Equal(("investigation", Investigation), (late.Facts.Withholding!.Rule, late.Facts.Withholding.Law));
        Assert.Contains("0 not yet shown", await Withheld(region, Anhui));
    }

    [Fact]
    public async Task A_masked_record_says_that_it_was_and_nothing_of_who_and_what()
    {
        await using var region = await Start();
        await region.Get<IAccessRecords>(Anhui).Record(new AccessRecord(KeyAt(region, Anhui, Husband), "officer-1", "340000-civil", new Words("婚姻档案", "The marriage file"), "999900000001", "C-77", new Words("核查", "Check")), Ct);
        var sent = await region.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/records", JsonSerializer.SerializeToUtf8Bytes(new RecordsRequest(Husband, 2), DirectoryDocument.Json), Ct);
        var reply = System.Text.Encoding.UTF8.GetString(sent.Value.Body);
        foreach (var secret in new[] { "婚姻档案", "officer-1", "C-77", "999900000001", "340000-civil" })
            Assert.DoesNotContain(secret, reply);
        var use = Assert.Single((await Records(region, Husband)).Uses, u => !u.Facts.IsOwnLook);
        Assert.Equal(Security, use.MaskedBy);
        Assert.Equal(("", "", 0), (use.Facts.Department, use.Facts.CaseReference, use.Proofs.Count));
    }

    /// <summary>Hundreds of records of all kinds: at every instant each is shown, masked or withheld, once, and the pages leave none out.</summary>
    [Fact]
    public async Task Every_record_about_a_person_is_shown_masked_or_withheld_and_pages_leave_none_out()
    {
        await using var region = await Start();
        var random = new Random(7);
        var (log, key) = (region.Get<TransparencyLog>(Anhui), KeyAt(region, Anhui, Husband));
        string[] purposes = [Item, RelatedItem, "999900000001", "888800000001", "777700000001"];
        for (var group = 0; group < 90; group++)
        {
            region.Clock.Ahead += TimeSpan.FromHours(random.Next(1, 30));
            var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            await log.Append([.. Enumerable.Range(0, random.Next(1, 12)).Select(i =>
            {
                var (purpose, department) = (purposes[random.Next(purposes.Length)], random.Next(2) == 0 ? "340000-civil" : "340000-police");
                return ExchangeLeaf.OfStaffRead(new AccessRecord(key, "officer", department, new Words("材料", "File"), purpose, $"C-{group}-{i}", new Words("核查", "Check")), Anhui, now, Rules.Of(purpose, department, now));
            })], Ct);
        }
        foreach (var days in new[] { 0, 3, 9, 20, 40 })
        {
            await region.Pass(TimeSpan.FromDays(days));
            var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            var all = new List<LeafFacts>();
            for (var before = long.MaxValue; await log.BySubject(key, before, 500, Ct) is { Count: > 0 } some; before = some[^1].Index)
                all.AddRange(some.Select(l => LeafFacts.Read(Anhui, l.Index, l.At, l.Data)!));
            var withheld = all.Count(f => f.Withholding?.From > now);
            var (shown, masked, pages) = (new List<long>(), new List<string>(), 0);
            for (long? until = null; ;)
            {
                var page = await region.Get<GivePersonalRecords>(Anhui).Of([key], until, Ct);
                pages++;
                shown.AddRange(page.Leaves.Select(l => l.Index));
                masked.AddRange(page.Masked.Select(m => m.Key));
                if (!page.More)
                    break;
                until = page.Leaves.Select(l => l.At).Concat(page.Masked.Select(m => m.At)).Min();
            }
            Assert.InRange(pages, 2, 10);
            Assert.Equal(shown.Count, shown.Distinct().Count());
            Assert.Equal(masked.Count, masked.Distinct().Count());
            Assert.Equal(all.Count, shown.Count + masked.Count + withheld);
            Assert.Equal(all.Where(f => f.Withholding is null || (f.Withholding is { Masked: false } && !(f.Withholding.From > now))).Select(f => f.Index).Order(), shown.Order());
            Assert.Equal($"{all.Count} records about persons: {shown.Count} shown, {masked.Count} without details as the law asks, {withheld} not yet shown", (await Withheld(region, Anhui)).Split(", the last")[0]);
        }
        // The person's own pages, over all nodes: every visible one once.
        var (seen, next) = (new List<string>(), (long?)null);
        do
        {
            var found = await Records(region, Husband, until: next);
            seen.AddRange(found.Uses.Where(u => !u.Facts.IsOwnLook && !u.IsMasked).Select(u => u.Facts.CaseReference));
            next = found.Next;
        }
        while (next is not null);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.True(seen.Count > 300, $"{seen.Count}");
    }

    [Fact]
    public async Task An_answer_that_would_be_held_back_for_longer_than_any_rule_may_is_not_used()
    {
        await using var region = await Start();
        var consent = await region.Consent(Husband, RelatedItem);
        var (question, message) = (Question(consent), region.Message(await region.Secret(consent)) with { Fields = ["registerNumber", "registeredOn"] });
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        string? Judged(long? from) => region.Get<AskProvider>(Shanghai).JudgeChange(question, message, QueryAnswer.Write(message.ExchangeId, Anhui, "340000-civil", Marriage, now, 0, "[]"u8.ToArray(), new Withholding("r", from, false, Investigation))).Error?.Code;
        foreach (var from in new long?[] { null, now, now + (DisclosureRules.LongestDelay * Day) })
            Assert.Null(Judged(from));
        foreach (var from in new[] { now - 1, now + (DisclosureRules.LongestDelay * Day) + 1, long.MaxValue, long.MinValue })
            Assert.Equal("answer.malformed", Judged(from));
    }

    [Fact]
    public async Task A_change_that_waited_is_held_back_as_long_by_its_answer_as_by_its_leaf()
    {
        await using var region = await Start();
        var terms = region.Get<AgreementBook>(Anhui).Find(AgreementId)!.Terms with { Id = "ag-law", Basis = new AgreementBasis(AgreementBasis.Legal, Investigation), Related = null };
        Assert.True((await region.Get<AgreementBook>(Anhui).Import([region.Sign(terms, Anhui, Shanghai)], Ct)).Ok);
        var query = region.Message(null) with { Agreement = "ag-law", Purpose = RelatedItem };
        var seen = region.Clock.GetUtcNow().ToUnixTimeMilliseconds() - 3600_000;
        var given = QueryAnswer.Parse((await region.Get<AnswerQuery>(Anhui).Give(Shanghai, query, "[]"u8.ToArray(), 0, seen, Ct)).Value).Value;
        var leaf = (await region.Get<TransparencyLog>(Anhui).Leaves(given.LogIndex, 1, Ct)).Single();
        Assert.Equal(seen + (30 * Day), given.Withholding?.From);
        Assert.Equal(given.Withholding, LeafFacts.Read(Anhui, leaf.Index, leaf.At, leaf.Data)!.Withholding);
    }

    [Fact]
    public void A_file_of_rules_is_read_whole_or_the_node_does_not_start()
    {
        var folder = Directory.CreateTempSubdirectory("tongban-disclosure-").FullName;
        try
        {
            Assert.Empty(DisclosureRules.Load(folder).Value.All);
            const string good = """[{"id":"a","purposes":["99*"],"departments":["police"],"delayDays":180,"mask":false,"law":{"zh":"法","en":"Law"},"since":"2026-01-01"}]""";
            Assert.Equal(180, Load(good).Value.All.Single().DelayDays);
            foreach (var wrong in new[]
            {
                "{", good.Replace("180", "0"), good.Replace("180", "-1"), good.Replace("180", "9999"), good.Replace("\"id\":\"a\"", "\"id\":\"\""), good.Replace("\"zh\":\"法\"", "\"zh\":\"\""), good.Replace("[\"99*\"]", "[]"),
                good.Replace("\"purposes\":[\"99*\"],\"departments\":[\"police\"],", ""), good.Replace("mask", "maks"),
            })
                Assert.Equal("disclosure.rules", Load(wrong).Error?.Code);

            Result<DisclosureRules> Load(string text)
            {
                File.WriteAllText(Path.Combine(folder, DisclosureRules.FileName), text);
                return DisclosureRules.Load(folder);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_question_refused_under_an_agreed_purpose_is_held_back_and_one_that_only_names_it_is_not()
    {
        await using var region = await Start();
        var consent = await region.Secret(await region.Consent(Husband, RelatedItem));
        async Task<Withholding?> Asked(QueryMessage message)
        {
            Assert.False((await region.Get<AnswerQuery>(Anhui).Answer(Shanghai, [new(message.ToJson(), null)], Ct))[0].Ok);
            var leaf = (await region.Get<TransparencyLog>(Anhui).LeavesBefore(long.MaxValue, 1, Ct)).Single();
            return LeafFacts.Read(Anhui, leaf.Index, leaf.At, leaf.Data)!.Withholding;
        }
        // This agreement rests on consent: nothing of it is held back.
        Assert.Null(await Asked(region.Message(consent) with { Purpose = RelatedItem, Fields = ["wifeId"] }));
        var terms = region.Get<AgreementBook>(Anhui).Find(AgreementId)!.Terms with { Id = "ag-law", Basis = new AgreementBasis(AgreementBasis.Legal, Investigation), Related = null };
        Assert.True((await region.Get<AgreementBook>(Anhui).Import([region.Sign(terms, Anhui, Shanghai)], Ct)).Ok);
        var law = region.Message(null) with { Agreement = "ag-law", Purpose = RelatedItem };
        Assert.Equal("investigation", (await Asked(law with { Fields = ["wifeId"] }))?.Rule);
        Assert.Null(await Asked(law with { ExchangeId = Guid.NewGuid().ToString("N"), Purpose = "999900000001" }));
        Assert.Null(await Asked(law with { ExchangeId = Guid.NewGuid().ToString("N"), Agreement = "ag-none" }));
    }
}
