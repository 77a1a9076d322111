using System.Diagnostics;
using System.Text;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The consumer's side of a query: to another node over a signed request, to this node by the same checks and the same log
/// without the way round. What comes back is verified and logged before it is handed on.
/// </summary>
sealed class AskProvider(
    NodeIdentity node, RegionDirectory directory, AgreementBook agreements, ConsentBook consents, AnswerQuery self,
    GatherQueries others, TransparencyLog log, LocateEvidence broker, IVault vault, ExchangeTimes times, TimeProvider clock) : IExchange
{
    static readonly long LongestQuery = (long)TimeSpan.FromMinutes(5).TotalMilliseconds;

    public Task<Result<EvidenceSource>> Locate(string evidenceType, string division, DateOnly at, CancellationToken ct) =>
        broker.Locate(evidenceType, division, at, ct);

    public async Task<Result<ExchangeAnswer>> Query(ExchangeQuestion question, CancellationToken ct)
    {
        var asked = Stopwatch.GetTimestamp();
        var prepared = await Prepare(question, ct);
        if (!prepared.Ok)
            return prepared.Error;
        var (message, agreement) = prepared.Value;
        var body = message.ToJson();
        var obtained = question.ProviderNode == node.Id
            ? await AskHere(question, message, agreement, body, ct)
            : await others.Ask(question.ProviderNode, message, body, answer => JudgeNow(question, message, answer).Map(a => new Answer(a, Entry(question, message, agreement, body, a))), ct);
        // What a node asks of itself is counted once, as what it answered.
        if (question.ProviderNode != node.Id)
            times.Obtained(question.ProviderNode, question.Resource, ExchangeTimes.OutcomeOf(obtained.Error), Durations.Microseconds(asked, Stopwatch.GetTimestamp()), obtained.Ok ? obtained.Value.OnTheWay : -1);
        if (!obtained.Ok)
            return obtained.Error;
        var (answer, logged, _) = obtained.Value;
        return new ExchangeAnswer(
            message.ExchangeId, question.ProviderNode, answer.Department, question.Resource, DateTimeOffset.FromUnixTimeMilliseconds(answer.AsOf),
            answer.Rows, agreement.Id, question.ConsentId, logged.Index, answer.LogIndex)
        {
            DeleteAt = await DeleteAt(agreement, question.ConsentId, answer.AsOf, ct),
            Withheld = answer.Withheld,
        };
    }

    /// <summary>The earlier of what the person and what the provider set; null where neither did.</summary>
    public async ValueTask<DateTimeOffset?> DeleteAt(Agreement agreement, string? consentId, long obtainedAt, CancellationToken ct)
    {
        var life = agreement.Terms.Basis.IsConsent && consentId is not null ? await consents.DataLifeDays(consentId, ct) : null;
        var days = Math.Min(life ?? int.MaxValue, agreement.Terms.RetentionDays ?? int.MaxValue);
        return days == int.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(obtainedAt).AddDays(days);
    }

    /// <summary>What this node obtained first; then what it answered, by the id alone, for whoever asks at the provider.</summary>
    public async Task<Result<string>> Receipt(string exchangeId, CancellationToken ct)
    {
        var quorum = directory.Trusted.Document.WitnessQuorum(node.Id);
        var receipt = await log.Receipt(ExchangeLeaf.ReferenceOfObtained(exchangeId), quorum, ct);
        foreach (var member in directory.Trusted.Document.Members)
        {
            if (receipt.Ok)
                break;
            receipt = await log.Receipt(ExchangeLeaf.ReferenceOfProvided(member.NodeId, exchangeId), quorum, ct);
        }
        return receipt.Map(r => r.ToText());
    }

    /// <summary>The question as it will be sent, with what allows it. Its exchange id is fresh.</summary>
    public async ValueTask<Result<(QueryMessage Message, Agreement Agreement)>> Prepare(ExchangeQuestion question, CancellationToken ct)
    {
        if ((directory.Stale() ?? log.Held) is { } refusal)
            return refusal;
        var now = clock.NowMs();
        var use = new AgreementUse(node.Id, question.Resource, 0, question.Fields, question.Purpose, question.CaseReference, now);
        var agreement = ToAsk(question, use);
        // One that was signed or taken up again a moment ago, here or at another replica, may not be in memory yet.
        if (agreement is null || agreement.Refuses(use with { ResourceVersion = agreement.Terms.ResourceVersion }) is not null)
        {
            await agreements.Refresh(ct);
            agreement = ToAsk(question, use);
        }
        if (agreement is null)
            return NoAgreement;
        // The provider decides; looking here first spares a useless question and names the same reason.
        if (agreement.Refuses(use with { ResourceVersion = agreement.Terms.ResourceVersion }) is { } refused)
            return refused;
        ConsentSecret? secret = null;
        if (question.ConsentId is { } consentId)
        {
            var given = await consents.Given(consentId, ct);
            if (!given.Ok)
                return given.Error;
            secret = given.Value;
            await consents.AskedAbout(consentId, question.SubjectKey, ct);
        }
        return (new QueryMessage(
            1, Guid.CreateVersion7().ToString("N"), agreement.Id, question.Resource, agreement.Terms.ResourceVersion, question.Fields, question.Parameters,
            question.Purpose, question.CaseReference, secret?.Token, secret is null ? null : Convert.FromBase64String(secret.Salt)), agreement);
    }

    Agreement? ToAsk(ExchangeQuestion question, in AgreementUse use) => question.AgreementId is not { } named
        ? agreements.ToAsk(question.ProviderNode, use, question.ConsentId is not null)
        : agreements.Find(named) is { } agreement && agreement.Terms.Provider == question.ProviderNode ? agreement : null;

    public static readonly Error NoAgreement = Error.Forbidden("agreement.none", "双方没有关于这项数据的共享协议", "There is no agreement on this resource between the two nodes",
        "请自行上传材料；数据管理员可与提供方签订协议", "Upload the document; the data steward can agree with the provider");

    async Task<Result<Obtained>> AskHere(ExchangeQuestion question, QueryMessage message, Agreement agreement, byte[] body, CancellationToken ct)
    {
        var here = (await self.Answer(node.Id, [new(body, Nonce: null)], ct))[0];
        if (!here.Ok)
            return here.Error;
        var (query, given) = here.Value;
        var answer = new QueryAnswer(1, query.ExchangeId, node.Id, given.Resource.Department, query.Resource, given.AsOf, given.LogIndex,
            [.. given.Rows.Select(row => query.Fields.Zip(row).ToDictionary(pair => pair.First, pair => pair.Second))])
        { RowsJson = given.RowsJson, Withholding = given.Withholding, Withheld = given.Withheld };
        return (await log.Append(Entry(question, message, agreement, body, answer), ct)).Map(position => new Obtained(answer, position));
    }

    /// <summary>Whether it is an answer to this very question.</summary>
    Result<QueryAnswer> JudgeNow(ExchangeQuestion question, QueryMessage message, QueryAnswer given)
    {
        if (given.ExchangeId != message.ExchangeId)
            return NotToThis;
        var answer = Judge(question, message, given);
        if (!answer.Ok)
            return answer;
        // Read when it was asked for; what another clock may be off is far less.
        return Math.Abs(answer.Value.AsOf - clock.NowMs()) > LongestQuery ? QueryAnswer.Malformed : answer;
    }

    /// <summary>The same of a change that nobody asked for at this moment: it has an exchange id of its own, and may have waited.</summary>
    public Result<QueryAnswer> JudgeChange(ExchangeQuestion question, QueryMessage message, ReadOnlyMemory<byte> given)
    {
        var parsed = QueryAnswer.Parse(given);
        return parsed.Ok ? Judge(question, message, parsed.Value) : parsed.Error;
    }

    Result<QueryAnswer> Judge(ExchangeQuestion question, QueryMessage message, QueryAnswer answer)
    {
        if (answer.Provider != question.ProviderNode || answer.Resource != question.Resource)
            return NotToThis;
        if (answer.AsOf < 0 || answer.AsOf - clock.NowMs() > LongestQuery || answer.Rows.Count > Sources.MostRows || answer.ExchangeId.Length is < 16 or > 64)
            return QueryAnswer.Malformed;
        // As long as any rule may delay it, and no longer: the person would never learn of it.
        if (answer.Withholding?.From is { } from && (from < answer.AsOf || from - answer.AsOf > DisclosureRules.LongestDelay * 24L * 3600 * 1000))
            return QueryAnswer.Malformed;
        foreach (var row in answer.Rows)
        {
            if (row.Count != message.Fields.Count || !message.Fields.All(row.ContainsKey))
                return Error.Unavailable("answer.other-fields", "对方的回答包含未请求的字段，未采用", "The answer has other fields than were asked for and was not used");
        }
        return answer;
    }

    static readonly Error NotToThis = Error.Unavailable("answer.not-to-this", "对方的回答不是针对这次查询的，未采用", "The answer is to another query and was not used");

    /// <summary>What the log holds of it.</summary>
    public LogEntry Entry(ExchangeQuestion question, QueryMessage message, Agreement agreement, byte[] body, QueryAnswer answer)
    {
        // At the instant that the provider meters it by, or a month would not end at the same query on both sides.
        var metering = new Metering(agreement.Id, question.Resource, node.Id, question.ProviderNode, question.Purpose, 1, answer.AsOf, answer.Rows.Count == 0 ? "empty" : "answered");
        var consent = agreement.Terms.Basis.IsConsent ? question.ConsentId : null;
        var basis = Basis(message, agreement);
        // Asked of itself, a use is metered once: by the leaf of the answering side. Whoever consented knows: of that nothing is held back, whatever the provider says.
        return ExchangeLeaf.Of(
            ExchangeLeaf.Obtained, ExchangeLeaf.ReferenceOfObtained(message.ExchangeId), message, answer.Department, metering, meter: question.ProviderNode != node.Id,
            body, answer.RowsJson, answer.Rows.Count, consent, basis, refusal: null, answer.LogIndex, vault.Written(question.SubjectKey), question.ActorId.StartsWith(LegacyDoor.Actors, StringComparison.Ordinal) ? question.ActorId : null,
            disclosure: basis == AgreementBasis.Consent ? null : answer.Withholding, user: question.UserId, represented: question.RepresentedParty);
    }

    /// <summary>As the provider sees it: of a person related to whoever consented, the law is the basis.</summary>
    string Basis(QueryMessage message, Agreement agreement) =>
        agreement.Terms.Basis.IsConsent && agreement.AllowsRelated(message.Purpose) && message is { Consent: { } token, HolderSalt: { } salt }
            && consents.Verify(token) is { Ok: true, Value: { } given } && !message.Parameters.Values.Any(v => given.IsOf(Encoding.UTF8.GetBytes(v), salt))
            ? AgreementBasis.RelatedPerson
            : agreement.Terms.Basis.Kind;
}
