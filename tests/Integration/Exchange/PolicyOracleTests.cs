using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>
/// Nothing beyond the agreement ever leaves: random agreements, consents and questions, each decided by the node and by a plain second
/// reading of docs/exchange.md that shares no code with it. What was refused gave nothing; what was answered gave the fields asked for, of the
/// person asked about, and was metered.
/// </summary>
public sealed class PolicyOracleTests
{
    static readonly int Questions = FuzzRun.Full ? 100_000 : 3_000;

    const string Other = "CN-YRD/000000";
    const int AtOnce = 50;

    /// <summary>The same records, asked by the number of the register as well: only about somebody, but for the whole in bulk.</summary>
    const string ByNumber = "civil.marriage-by-number";

    static readonly string[] AllFields = ["registerNumber", "registeredOn", "office", "division", "husbandId", "husbandName", "wifeId", "wifeName", "state"];
    static readonly string[] Items = [Item, RelatedItem, "990000000001"];
    static readonly string[] Cases = ["D1", "D2", ""];

    /// <summary>Married pairs with their register; the last person is in none.</summary>
    static readonly string[] People = [.. Enumerable.Range(0, 7).Select(i => CitizenId.Make("340199", new DateOnly(1980 + i, 3, 4), 101 + i).ToString())];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A consent as the test knows it, beside its token.</summary>
    sealed record Given(string Token, byte[] Salt, string SignedBy, ConsentArtefact Says, string Person, bool IsRevoked);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_node_and_a_plain_reading_of_the_rules_agree_on_every_question(int seed)
    {
        await using var region = await TwoNodes.Start(without: Shanghai, company: true);
        // One minute of one day, so that rate and quota count to their end.
        region.Clock.Stopped = region.Clock.GetUtcNow();
        var random = new Random(seed);
        await Marry(region);
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var agreements = Enumerable.Range(0, 60).Select(i => Terms(random, i, now)).ToList();
        var (rules, consents) = await Settle(region, random, agreements, now);

        var (answers, minutes, days, uses, answered) = (region.Get<AnswerQuery>(Anhui), new Dictionary<string, int>(), new Dictionary<string, int>(), new Dictionary<string, int>(), 0);
        var told = new Dictionary<string, int>();
        for (var done = 0; done < Questions; done += AtOnce)
        {
            var batch = Enumerable.Range(0, AtOnce).Select(_ => Question(random, agreements, consents)).ToList();
            // Under a consent that bounds its answers one after the other: which of several at once is the first, no rule says.
            foreach (var of in batch.GroupBy(q => q.Consent?.Says.Fetch is null ? q.Consumer : q.Message.ExchangeId))
            {
                var asked = of.ToList();
                var decided = await answers.Answer(asked[0].Consumer, [.. asked.Select(q => new AnswerQuery.Asked(q.Message.ToJson(), null))], Ct);
                for (var i = 0; i < asked.Count; i++)
                {
                    var (consumer, message, consent) = asked[i];
                    var allowed = Allowed(consumer, message, consent, agreements, rules, minutes, days, uses, now);
                    Assert.True(allowed == decided[i].Ok, $"seed {seed}, question {done + i}: the rules say {allowed}, the node {decided[i].Error?.Code ?? "answered"}: ended {rules.Ended.Contains(message.Agreement)}, suspended {rules.Suspended.Contains(message.Agreement)}, {message} {agreements.Find(a => a.Id == message.Agreement)} {consent}");
                    if (!allowed)
                        continue;
                    answered++;
                    var rows = decided[i].Value.Answer.Rows;
                    var person = message.Parameters["citizenId"];
                    told[person] = told.GetValueOrDefault(person) + 1;
                    Assert.Equal(Register(person, message.Parameters.GetValueOrDefault("registerNumber"), message.Fields), rows.Count == 0 ? null : string.Join('|', rows.Single()));
                }
            }
        }
        Assert.InRange(answered, Questions / 40, Questions);
        // Every answer stands in the record of whom it is about.
        var (log, vault) = (region.Get<TransparencyLog>(Anhui), region.Get<IVault>(Anhui));
        foreach (var person in People)
        {
            var record = await log.BySubject(vault.Forms(vault.BlindIndex(AnswerQuery.PersonContext, person)), count: Questions, cancel: Ct);
            Assert.Equal(told.GetValueOrDefault(person), record.Count(l => LeafFacts.Read(Anhui, l.Index, l.At, l.Data) is { IsExchange: true, Outcome: "answered" or "empty" }));
        }
        // The metering counts what was answered, and nothing else.
        long units = 0, after = -1;
        while (await region.Get<TransparencyLog>(Anhui).Metering(after, 1000, cancel: Ct) is { Count: > 0 } page)
        {
            units += page.Sum(m => m.Metering.Units);
            after = page[^1].Index;
        }
        Assert.Equal(answered, units);
    }

    /// <summary>The other two doors by which something leaves: what is asked once and answered again and again, and what is fetched whole.</summary>
    [Theory]
    [InlineData(3, "/peer/subscriptions")]
    [InlineData(4, "/peer/bulk")]
    public async Task What_stands_or_is_fetched_whole_is_begun_only_where_the_rules_say_so_and_nothing_else_leaves(int seed, string door)
    {
        await using var region = await TwoNodes.Start(company: true);
        var random = new Random(seed);
        await Marry(region);
        var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var agreements = Enumerable.Range(0, 60).Select(i => Terms(random, i, now) with { RatePerMinute = null, QuotaPerDay = 100_000, Subscription = random.Next(3) > 0, Bulk = random.Next(3) > 0 }).ToList();
        var (rules, consents) = await Settle(region, random, agreements, now);
        bool Begins(QueryMessage q, Given? consent) => Covering(Shanghai, q, consent, agreements, rules, now, inBulk: door == "/peer/bulk") is { } terms
            && (door == "/peer/bulk" ? terms.Bulk && !terms.Basis.IsConsent : terms.Subscription && !(terms.Basis.IsConsent && consent?.Says.Fetch?.Kind == ConsentFetch.Once));

        var (peers, begun, unread) = (region.Get<PeerClient>(Shanghai), new List<QueryMessage>(), 0);
        for (var i = 0; i < Questions / 10; i++)
        {
            var (_, message, consent) = Question(random, agreements, consents);
            var body = door == "/peer/bulk" ? message.ToJson() : new SubscribeMessage(message, now + 3_600_000).ToJson();
            var answer = await peers.Send(Anhui, HttpMethod.Post, door, body, Ct);
            // Where a person must be named, the parameter is missed when the department is asked: a subscription without it waits for ever.
            if (message.Resource == Marriage && string.IsNullOrEmpty(message.Parameters.GetValueOrDefault("citizenId")))
            {
                unread += answer.Ok && door == "/peer/subscriptions" ? 1 : 0;
                continue;
            }
            var allowed = Begins(message, consent);
            Assert.True(allowed == answer.Ok || (allowed && answer.Error?.Code == "bulk.too-many"), $"seed {seed}, {door} {i}: the rules say {allowed}, the node {answer.Error?.Code ?? "taken"}: {message} {agreements.Find(a => a.Id == message.Agreement)} {consent}");
            if (allowed)
                begun.Add(message);
        }
        Assert.InRange(begun.Count, Questions / 400, Questions / 10);

        // Everything that was taken has been read, and what it brought is given or handed over.
        for (var i = 0; i < 1200 && await Waiting(region, door) > unread; i++)
            await Task.Delay(50, Ct);
        Assert.Equal(unread, await Waiting(region, door));
        var said = begun.Select(Of).ToHashSet();
        var leaves = 0;
        for (var index = 0L; await region.Get<TransparencyLog>(Anhui).Leaves(index, 500, Ct) is { Count: > 0 } page; index = page[^1].Index + 1)
        {
            foreach (var leaf in page)
            {
                if (LeafFacts.Read(Anhui, leaf.Index, leaf.At, leaf.Data) is not { IsExchange: true, Outcome: "answered" or "empty" } facts)
                    continue;
                leaves++;
                Assert.Contains((facts.Agreement, facts.Purpose, string.Join(',', facts.Fields)), said);
            }
        }
        Assert.NotEqual(0, leaves);
    }

    /// <summary>What is true beside agreements and consents.</summary>
    sealed record Rules(HashSet<string> Ended, HashSet<string> Suspended, List<(string Resource, string Kind, string Party)> Rights)
    {
        public bool Has(string resource, string kind, string party) => Rights.Contains((resource, kind, party));
    }

    /// <summary>What the provider knows: the agreements, some of them ended or suspended, rights, and consents, some of them revoked.</summary>
    static async Task<(Rules Rules, List<Given> Consents)> Settle(TwoNodes region, Random random, List<AgreementTerms> agreements, long now)
    {
        // Who holds, operates and processes what: one resource that somebody else holds and Anhui operates, one that is Anhui's.
        var rights = new List<(string Resource, string Kind, string Party)> { (ByNumber, "holder", Other), (ByNumber, "operator", Anhui) };
        rights.AddRange(from resource in new[] { Marriage, ByNumber } from party in new[] { Shanghai, Other, Telecom } where random.Next(2) == 0 select (resource, "processor", party));
        if (random.Next(2) == 0)
            rights.Add((Marriage, "operator", Anhui));
        foreach (var (resource, kind, party) in rights)
            await region.Register(Anhui, resource, kind, party);
        var book = region.Get<AgreementBook>(Anhui);
        Assert.True((await book.Import(agreements.Select(a => region.Sign(a, Anhui, a.Consumer)), Ct)).Ok);
        // After their agreements: the use of one that is not there is ended.
        var suspended = agreements.Where(_ => random.Next(15) == 0).Select(a => a.Id).ToHashSet();
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), async db =>
        {
            foreach (var of in agreements.Where(a => suspended.Contains(a.Id)))
            {
                var use = TransferRow.New(DspSide.Provider, "340000", "340000-civil", of.Consumer, region.Url(Anhui), of.Id, now);
                use.Become(TransferState.Suspended, Anhui, now);
                db.Add(use);
            }
            return await db.SaveChangesAsync(Ct);
        });
        await book.Load(Ct);
        var ended = agreements.Where(_ => random.Next(12) == 0).Select(a => a.Id).ToHashSet();
        foreach (var id in ended)
            book.End(id, now - 1);
        var consents = Enumerable.Range(0, 80).Select(i => Consent(region, random, i, now)).ToList();
        foreach (var revoked in consents.Where(c => c.IsRevoked))
            region.Get<ConsentBook>(Anhui).Revoke(revoked.Says.Issuer, revoked.Says.Id);
        return (new(ended, suspended, rights), consents);
    }

    static (string, string, string) Of(QueryMessage q) => (q.Agreement, q.Purpose, string.Join(',', q.Fields));

    static Task<int> Waiting(TwoNodes region, string door) => region.As<NodeDb, int>(Anhui, Actor.Node("test"), db => door == "/peer/bulk"
        ? db.Set<BulkRow>().CountAsync(b => b.Side == DspSide.Provider && (b.State == BulkState.Preparing || b.State == BulkState.Logging), Ct)
        : db.Set<WatchRow>().CountAsync(w => w.State == WatchState.Active && w.Offset == 0 && w.Code == null, Ct));

    /// <summary>docs/exchange.md, "Terms as ODRL" and "Queries", line by line.</summary>
    static bool Allowed(string consumer, QueryMessage q, Given? consent, List<AgreementTerms> agreements, Rules rules, Dictionary<string, int> minutes, Dictionary<string, int> days, Dictionary<string, int> uses, long now)
    {
        if (Covering(consumer, q, consent, agreements, rules, now) is not { } terms)
            return false;
        var person = q.Parameters.GetValueOrDefault("citizenId");
        // The answers a consent allows, in this day and month; counted when one is given.
        var bounded = !terms.Basis.IsConsent || consent!.Says.Fetch is null ? null : $"{consent.Says.Id} {q.Resource} {person == consent.Person && q.HolderSalt!.SequenceEqual(consent.Salt)}";
        if (bounded is not null && uses.GetValueOrDefault(bounded) >= consent!.Says.Fetch!.Most)
            return false;
        // Counted last: what is refused for another reason uses up nothing.
        if (terms.RatePerMinute is { } rate && (minutes[terms.Id] = minutes.GetValueOrDefault(terms.Id) + 1) > rate)
            return false;
        if ((days[terms.Id] = days.GetValueOrDefault(terms.Id) + 1) > terms.QuotaPerDay)
            return false;
        // Within the agreement, and still the department needs to know whom it is about.
        if (string.IsNullOrEmpty(person))
            return false;
        if (bounded is not null)
            uses[bounded] = uses.GetValueOrDefault(bounded) + 1;
        return true;
    }

    /// <summary>The agreement that covers a question, whatever was asked under it before; null when none does.</summary>
    static AgreementTerms? Covering(string consumer, QueryMessage q, Given? consent, List<AgreementTerms> agreements, Rules rules, long now, bool inBulk = false)
    {
        var terms = agreements.Find(a => a.Id == q.Agreement);
        if (terms is null || rules.Ended.Contains(terms.Id) || rules.Suspended.Contains(terms.Id) || terms.Consumer != consumer)
            return null;
        if (q.Resource != terms.Resource || q.ResourceVersion != terms.ResourceVersion || q.ResourceVersion != 1)
            return null;
        if (now < terms.ValidFrom || now >= terms.ValidUntil)
            return null;
        if (q.Fields.Count == 0 || q.Fields.Any(f => !terms.Fields.Contains(f) || !AllFields.Contains(f)))
            return null;
        if (!(terms.Purposes.Contains("*") || terms.Purposes.Contains(q.Purpose)))
            return null;
        if (terms.CaseRequired && q.CaseReference == "")
            return null;
        if (terms.Place is { } place && !(place == "310000" && consumer == Shanghai || place == "000000" && consumer == Other))
            return null;
        // Charged only for industry's use, by who is registered to operate it; processed further only by who is registered to.
        var charged = terms.Price is not null || terms.FenPerCall > 0;
        if (charged && (terms.UseClass is "governance" or "public-interest" || !rules.Has(terms.Resource, "operator", Anhui)))
            return null;
        if (terms.Processing && !rules.Has(terms.Resource, "processor", consumer))
            return null;
        // Held by somebody else, it is given by none but an operator.
        if (rules.Rights.Any(r => r.Resource == terms.Resource && r.Kind == "holder") && !rules.Has(terms.Resource, "holder", Anhui) && !rules.Has(terms.Resource, "operator", Anhui))
            return null;
        // Both resources are asked about persons: a company gets that by a law that is named, one by one, each for a case.
        if (consumer == Telecom && (terms.Basis.Kind == "consent" || terms.Related is not null || terms.Basis.Text.Zh != "某法第一条" || terms.Bulk || terms.Subscription || !terms.CaseRequired))
            return null;
        // It tells of persons and can be asked without naming one: then nobody would find it in their record.
        if (!inBulk && q.Resource == ByNumber && string.IsNullOrEmpty(q.Parameters.GetValueOrDefault("citizenId")))
            return null;
        if (terms.Basis.Kind != "consent")
            return terms;
        if (consent is null || q.Consent is null || q.HolderSalt is null || consent.IsRevoked)
            return null;
        var (says, person) = (consent.Says, q.Parameters.GetValueOrDefault("citizenId"));
        if (consent.SignedBy != says.Issuer || says.Issuer != consumer)
            return null;
        if (now < says.From || now >= says.Until || says.Purpose != q.Purpose || says.CaseReference != q.CaseReference)
            return null;
        var related = terms.Related is { } to && to.Purposes.Contains(q.Purpose);
        if (string.IsNullOrEmpty(person) || (!related && !(person == consent.Person && q.HolderSalt.SequenceEqual(consent.Salt))))
            return null;
        if (says.Level < 1)
            return null;
        if (!says.Sources.Any(s => s.ProviderNode == Anhui && s.Resource == q.Resource && q.Fields.All(s.Fields.Contains)))
            return null;
        if (terms.NoOnwardUse && says.Receiver != terms.Consumer)
            return null;
        if (says.Mandate is { } mandate && (now >= mandate.Until || !(mandate.Purposes.Contains("*") || mandate.Purposes.Contains(q.Purpose)) || says.Level < 2))
            return null;
        return terms;
    }

    /// <summary>What the department's register says of a person, in the order asked; null when it has none.</summary>
    static string? Register(string person, string? number, IReadOnlyList<string> fields)
    {
        var at = Array.IndexOf(People, person);
        if (at is < 0 or 6)
            return null;
        var pair = at / 2;
        if (number is not null && number != $"J{pair}")
            return null;
        return string.Join('|', fields.Select(f => f switch
        {
            "registerNumber" => $"J{pair}",
            "registeredOn" => $"2010-01-0{pair + 1}",
            "office" => $"office{pair}",
            "division" => "340199",
            "husbandId" => People[pair * 2],
            "husbandName" => $"h{pair}",
            "wifeId" => People[(pair * 2) + 1],
            "wifeName" => $"w{pair}",
            _ => "有效",
        }));
    }

    static async Task Marry(TwoNodes region)
    {
        await region.As<NodeDb, int>(Anhui, Actor.Node("test"), async db =>
        {
            var marriage = region.Get<OwnResources>(Anhui).Find(Marriage)!.Definition;
            var row = ResourceRow.Of(marriage with
            {
                Code = ByNumber,
                Parameters = [new("registerNumber", "text", false), new("citizenId", "citizen-id", false)],
                Connector = marriage.Connector! with { Select = [marriage.Connector.Select[0], "FROM hunyin WHERE (@registerNumber IS NULL OR djzh = @registerNumber) AND (@citizenId IS NULL OR @citizenId IN (nan_sfzh, nv_sfzh)) AND zt = '有效'"] },
            }, "340000", "340000-civil", 1);
            Assert.Null(row.Publish(1));
            db.Add(row);
            return await db.SaveChangesAsync(Ct);
        });
        await region.Get<OwnResources>(Anhui).Load(Ct);
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(region.FolderOf(Anhui), "departments", "civil.db"), Pooling = false }.ToString());
        connection.Open();
        for (var pair = 0; pair < 3; pair++)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO hunyin VALUES ($n, $on, $o, '340199', $h, $hn, $w, $wn, '有效')";
            foreach (var (name, value) in new[] { ("$n", $"J{pair}"), ("$on", $"2010-01-0{pair + 1}"), ("$o", $"office{pair}"), ("$h", People[pair * 2]), ("$hn", $"h{pair}"), ("$w", People[(pair * 2) + 1]), ("$wn", $"w{pair}") })
                command.Parameters.AddWithValue(name, value);
            command.ExecuteNonQuery();
        }
    }

    static T One<T>(Random random, params ReadOnlySpan<T> of) => of[random.Next(of.Length)];

    static List<string> Some(Random random, IEnumerable<string> of, int outOf) => [.. of.Where(_ => random.Next(outOf) > 0)];

    static AgreementTerms Terms(Random random, int i, long now)
    {
        var fields = Some(random, AllFields, 5);
        var purposes = random.Next(4) == 0 ? ["*"] : Some(random, Items, 3);
        return new AgreementTerms(
            $"ag-{i}", Anhui, random.Next(10) switch { 0 => Other, 1 => Telecom, _ => Shanghai }, random.Next(3) == 0 ? ByNumber : Marriage, random.Next(15) == 0 ? 2 : 1, fields.Count == 0 ? ["office"] : fields, purposes.Count == 0 ? [Item] : purposes, random.Next(2) == 0,
            new AgreementBasis(random.Next(3) == 0 ? AgreementBasis.Legal : AgreementBasis.Consent, new Words(One(random, "某法第一条", "某法第一条", StandingOffer.ByLaw.Text.Zh), "basis")),
            now + (random.Next(10) == 0 ? 1_800_000 : -3_600_000), now + (random.Next(10) == 0 ? -600_000 : 3_600_000), One(random, 2L, 10L, 100_000L, 100_000L),
            random.Next(3) == 0 ? new RelatedBasis([RelatedItem], new Words("法", "law")) : null,
            RatePerMinute: random.Next(4) == 0 ? One(random, 1L, 5L, 50L) : null,
            NoOnwardUse: random.Next(3) == 0,
            Place: random.Next(7) == 0 ? One(random, "310000", "320000", "000000") : null,
            FenPerCall: random.Next(8) == 0 ? 5 : null,
            Price: random.Next(12) == 0 ? new PricePlan(PricePlan.Month, 100) : null,
            UseClass: random.Next(3) == 0 ? One(random, UseClass.All) : null,
            Processing: random.Next(10) == 0);
    }

    static Given Consent(TwoNodes region, Random random, int i, long now)
    {
        var (person, salt) = (People[random.Next(People.Length)], new byte[32]);
        random.NextBytes(salt);
        var (issuer, signer) = (random.Next(8) == 0 ? Other : Shanghai, random.Next(12) == 0 ? Anhui : "");
        var says = new ConsentArtefact(
            $"consent-{i}", issuer, System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(person)])),
            One(random, Items[0], Items[0], Items[1], Items[2]), One(random, "D1", "D1", "D2", ""), One(random, Shanghai, Shanghai, Anhui),
            [new ConsentSource(One(random, Anhui, Anhui, Anhui, Anhui, Shanghai), One(random, Marriage, Marriage, Marriage, Marriage, "police.identity"), Some(random, AllFields, 7)), new ConsentSource(Anhui, ByNumber, Some(random, AllFields, 7))],
            random.Next(8) == 0 ? 0 : random.Next(1, 4), now + (random.Next(10) == 0 ? 900_000 : -600_000), now + (random.Next(10) == 0 ? -60_000 : 1_800_000))
        {
            Fetch = random.Next(6) switch { 0 => ConsentFetch.OneTime, 1 => new(ConsentFetch.Periodic, random.Next(1, 6), One(random, ConsentFetch.Day, ConsentFetch.Month)), _ => null },
            DataLifeDays = random.Next(3) == 0 ? 30 : null,
            Mandate = random.Next(5) == 0 ? new(One(random, "guardian", "agent", "legal-representative"), "m1", random.Next(3) == 0 ? [Items[0]] : ["*"], now + (random.Next(4) == 0 ? -1 : 3_600_000), "someone") : null,
        };
        signer = signer.Length > 0 ? signer : issuer;
        return new(says.Sign(region.Keys(signer).Signing), salt, signer, says, person, random.Next(10) == 0);
    }

    /// <summary>Mostly one that fits some agreement and some consent, with one thing or another changed.</summary>
    static (string Consumer, QueryMessage Message, Given? Consent) Question(Random random, List<AgreementTerms> agreements, List<Given> consents)
    {
        var terms = agreements[random.Next(agreements.Count)];
        var consent = terms.Basis.IsConsent || random.Next(3) == 0 ? consents[random.Next(consents.Count)] : null;
        // Of the consents that are there one that fits, where there is one.
        if (consent is not null && random.Next(4) > 0)
            consent = consents.Where(c => c.Says.Issuer == terms.Consumer && (terms.Purposes.Contains("*") || terms.Purposes.Contains(c.Says.Purpose))).OrderBy(_ => random.Next()).FirstOrDefault() ?? consent;
        if (random.Next(25) == 0)
            consent = null;
        var source = consent?.Says.Sources.FirstOrDefault(of => of.Resource == terms.Resource) ?? consent?.Says.Sources[0];
        var granted = terms.Fields.Where(f => source is null || source.Fields.Contains(f)).ToList();
        var fields = Some(random, granted.Count > 0 ? granted : terms.Fields, 2);
        if (fields.Count == 0)
            fields = [terms.Fields[0]];
        if (random.Next(15) == 0)
            fields.Add(One(random, "wifeName", "state", "nothing"));
        var parameters = new Dictionary<string, string> { ["citizenId"] = random.Next(6) == 0 || consent is null ? People[random.Next(People.Length)] : consent.Person };
        if (random.Next(40) == 0)
            parameters = random.Next(2) == 0 ? [] : new() { ["citizenId"] = "" };
        if (terms.Resource == ByNumber && random.Next(2) == 0)
        {
            parameters["registerNumber"] = $"J{random.Next(3)}";
            if (random.Next(3) == 0)
                parameters.Remove("citizenId");
        }
        var message = new QueryMessage(
            1, Guid.CreateVersion7().ToString("N"), random.Next(40) == 0 ? "ag-none" : terms.Id, random.Next(40) == 0 ? "police.identity" : terms.Resource, random.Next(40) == 0 ? 2 : terms.ResourceVersion, [.. fields.Distinct()], parameters,
            random.Next(10) == 0 ? Items[random.Next(Items.Length)] : consent?.Says.Purpose ?? (terms.Purposes[0] == "*" ? Items[random.Next(Items.Length)] : terms.Purposes[random.Next(terms.Purposes.Count)]), random.Next(10) == 0 || consent is null ? Cases[random.Next(Cases.Length)] : consent.Says.CaseReference,
            consent?.Token, consent is null ? null : random.Next(25) == 0 ? new byte[32] : consent.Salt);
        return (random.Next(20) == 0 ? Other : terms.Consumer, message, consent);
    }
}
