using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The provider's side of a query. Everything is checked before the department's system is asked; leaf, metering and nonce are
/// durable before anything is answered; a refusal is logged as well, without data.
/// </summary>
sealed class AnswerQuery(
    NodeIdentity node, OwnResources own, RegionDirectory directory, AgreementBook agreements, ConsentBook consents, ConsentUses uses, DisclosureRules disclosure,
    Sources connector, TransparencyLog log, IVault vault, TimeProvider clock)
{
    /// <summary>Context of the blind index of persons; room Identity uses the same.</summary>
    public const string PersonContext = "person";

    /// <summary>What the checks found: all that is needed to read and to log.</summary>
    /// <param name="Basis">As <see cref="AgreementBasis"/> names it.</param>
    sealed record Granted(OwnResource Resource, Agreement Agreement, ConsentArtefact? Consent, string Basis)
    {
        /// <summary>What it takes of a consent that bounds its answers; null where none does.</summary>
        public ConsentUses.Use? Takes(string consumer, QueryMessage query, long at) =>
            Consent is { Fetch: not null } ? new(Consent, query.Resource, Basis == AgreementBasis.RelatedPerson, consumer, query.ExchangeId, at) : null;
    }

    public sealed record Answered(
        long LogIndex, long AsOf, OwnResource Resource, byte[] RowsJson, List<string?[]> Rows, string? ConsentId, LogEntry Entry, Withholding? Withholding, GroupsWithheld? Withheld = null);

    /// <summary>A query as it came.</summary>
    /// <param name="Nonce">Null when this node asks itself.</param>
    public readonly record struct Asked(ReadOnlyMemory<byte> Body, UsedNonce? Nonce);

    /// <summary>
    /// Bytes of rows that go into one message, so that it stays below what a node takes (16 MB) with all that stands around them: of one answer,
    /// and of those that come together.
    /// </summary>
    public const int MostBytes = 14 * 1024 * 1024;

    /// <summary>A query decided and read for. Its answer waits for its place under the consent, then for the log.</summary>
    /// <param name="InSource">Microseconds in the department's own system; negative when it was not asked.</param>
    sealed record Reading(QueryMessage Query, Asked Asked, Result<Granted> Granted, Result<Found> Found, byte[]? Json, long At, long InSource);

    public static async Task Handle(HttpContext http)
    {
        var peer = http.Peer();
        var answer = http.RequestServices.GetRequiredService<AnswerQuery>();
        var message = (await answer.AnswerMessages(peer.From.NodeId, [new(peer.Body, peer.Nonce)], http.Answering(), http.RequestAborted))[0];
        if (!message.Ok)
        {
            await message.Error.AsResult().ExecuteAsync(http);
            return;
        }
        http.Response.ContentType = "application/json";
        http.AnswerPeer(message.Value);
    }

    /// <summary>As they are sent back, in the order asked.</summary>
    public async Task<Result<byte[]>[]> AnswerMessages(string consumer, IReadOnlyList<Asked> asked, AnsweredExchanges? timed, CancellationToken ct) =>
        Messages(await Answer(consumer, asked, ct, timed));

    Result<byte[]>[] Messages(Result<(QueryMessage Query, Answered Answer)>[] answers) =>
        [.. answers.Select(result => result.Map(answer =>
            QueryAnswer.Write(answer.Query.ExchangeId, node.Id, answer.Answer.Resource.Department, answer.Query.Resource, answer.Answer.AsOf, answer.Answer.LogIndex, answer.Answer.RowsJson, answer.Answer.Withholding, answer.Answer.Withheld)))];

    /// <summary>The same under the log's seal; where one is refused, or is of an aggregate, all of them as they would be signed.</summary>
    public async Task<(SealedAnswers? Sealed, Result<byte[]>[] Otherwise)> Seal(string consumer, IReadOnlyList<Asked> asked, AnsweredExchanges? timed, CancellationToken ct)
    {
        var answers = await Answer(consumer, asked, ct, timed);
        // They were logged side by side, in this order. What an aggregate kept back stands in no leaf: it needs a signature.
        if (Array.TrueForAll(answers, a => a is { Ok: true, Value.Answer.Withheld: null }) && answers[^1].Value.Answer.LogIndex - answers[0].Value.Answer.LogIndex == answers.Length - 1
            && await log.Range(answers[0].Value.Answer.LogIndex, answers.Length, ct) is { Ok: true, Value: var range })
            return (new(log.Shown(range.Head).Note, range.First, range.Proof, [.. answers.Select(a => Part(a.Value.Answer))]), []);
        return (null, Messages(answers));
    }

    static SealedPart Part(Answered answer)
    {
        byte[] Salt(string name) => answer.Entry.Salts.First(salt => salt.Name == name).Value;
        return new(answer.Entry.Data, Salt("question"), Salt("answer"), answer.RowsJson);
    }

    /// <summary>Each is decided for itself; they become durable in one group.</summary>
    /// <param name="timed">Is told of each, for whoever knows when its answer has left.</param>
    public async Task<Result<(QueryMessage Query, Answered Answer)>[]> Answer(string consumer, IReadOnlyList<Asked> asked, CancellationToken ct, AnsweredExchanges? timed = null)
    {
        var answers = new Result<(QueryMessage, Answered)>[asked.Count];
        // All are asked for before any is waited for: a department on the network is waited for once.
        var underWay = new List<(int At, ValueTask<Reading> Reading)>(asked.Count);
        for (var i = 0; i < asked.Count; i++)
        {
            var parsed = QueryMessage.Parse(asked[i].Body.Span);
            if (parsed.Ok)
                underWay.Add((i, Read(consumer, parsed.Value, asked[i], ct)));
            else
                answers[i] = asked[i].Nonce is { } nonce && await log.Spend(nonce, ct) is { Ok: false } spent ? spent.Error : parsed.Error;
        }
        var readings = new List<(int At, Reading Reading)>(underWay.Count);
        foreach (var (at, reading) in underWay)
            readings.Add((at, await reading));
        var fit = Fit([.. readings.Select(r => r.Reading.Json?.Length ?? 0)]);
        var settling = readings.Select((r, i) => fit[i] ? Settle(consumer, r.Reading, ct) : LeaveOut(r.Reading, ct)).ToList();
        var entries = new List<LogEntry>(readings.Count);
        var settled = new List<(int At, Reading Reading)>(readings.Count);
        for (var i = 0; i < readings.Count; i++)
        {
            var (reading, entry, left) = await settling[i];
            if (entry is not null)
            {
                settled.Add((readings[i].At, reading));
                entries.Add(entry);
                continue;
            }
            answers[readings[i].At] = left!;
            Time(timed, reading, left);
        }
        var logged = await log.Append([.. entries], ct);
        for (var i = 0; i < logged.Length; i++)
        {
            var (at, reading) = settled[i];
            answers[at] = Answer(reading, entries[i], logged[i]);
            Time(timed, reading, answers[at].Error);
        }
        return answers;
    }

    void Time(AnsweredExchanges? timed, Reading reading, Error? error) =>
        timed?.Add(own.Find(reading.Query.Resource) is null ? "" : reading.Query.Resource, ExchangeTimes.OutcomeOf(error), reading.InSource);

    /// <summary>Which of these go together, one after another as long as there is room: the first with rows in any case.</summary>
    internal static bool[] Fit(IReadOnlyList<int> bytes)
    {
        var (fit, all) = (new bool[bytes.Count], 0L);
        for (var i = 0; i < fit.Length; i++)
        {
            fit[i] = all == 0 || all + bytes[i] <= MostBytes;
            all += fit[i] ? bytes[i] : 0;
        }
        return fit;
    }

    async ValueTask<Reading> Read(string consumer, QueryMessage query, Asked asked, CancellationToken ct)
    {
        var now = clock.NowMs();
        var granted = await Decide(consumer, query, now, ct);
        var began = Stopwatch.GetTimestamp();
        var found = granted.Ok ? await Find(granted.Value, query, ct) : granted.Error;
        var inSource = granted.Ok ? Durations.Microseconds(began, Stopwatch.GetTimestamp()) : -1;
        var json = found.Ok ? RowsJson.Of(query.Fields, found.Value.Rows) : null;
        return json?.Length > MostBytes
            ? new(query, asked, granted, TooLarge, null, now, inSource)
            : new(query, asked, granted, found, json, now, inSource);
    }

    /// <summary>Takes its place under a consent that bounds its answers, and says what the log is to hold of it.</summary>
    async ValueTask<(Reading Reading, LogEntry? Entry, Error? Left)> Settle(string consumer, Reading reading, CancellationToken ct)
    {
        if (reading.Found.Ok && await Take(consumer, reading.Query, reading.Granted.Value, reading.At, ct) is { } used)
            reading = reading with { Granted = used, Found = used, Json = null };
        var entry = Entry(
            consumer, reading.Query, reading.Asked.Body.Span, reading.Granted, reading.Json, reading.Found.Ok ? reading.Found.Value.Rows.Count : 0, reading.Found.Error, reading.At);
        return (reading, entry with { Nonce = reading.Asked.Nonce }, null);
    }

    /// <summary>Nothing was given, so nothing is logged or counted, and its id is free; only its nonce is spent.</summary>
    async ValueTask<(Reading Reading, LogEntry? Entry, Error? Left)> LeaveOut(Reading reading, CancellationToken ct)
    {
        agreements.TakeBack(reading.Granted.Value.Agreement, reading.At);
        return (reading, null, reading.Asked.Nonce is { } nonce && await log.Spend(nonce, ct) is { Ok: false } spent ? spent.Error : AskAlone);
    }

    static readonly Error TooLarge = Error.Invalid(
        "resource.too-large", $"查到的内容超过 {MostBytes / (1024 * 1024)} MB，不部分返回", $"What fits is more than {MostBytes / (1024 * 1024)} MB; a part of it is not given", "parameters", "请缩小查询条件或减少字段", "Narrow the question, or ask for fewer fields");

    public static readonly Error AskAlone = Error.Unavailable(
        "queries.ask-alone", "与同一报文中的其他回答放在一起过大", "Together with the other answers of this message it is too large", "请单独发送这个查询，编号不变", "Send this query alone, under the same id");

    ValueTask<Result<Found>> Find(Granted granted, QueryMessage query, CancellationToken ct) =>
        connector.Read(granted.Resource.Definition, query.Parameters, query.Fields, ct, granted.Agreement.Terms.LeastGroup);

    /// <summary>Whether a standing question may still be answered. Nothing is counted or logged: nothing is handed out.</summary>
    /// <param name="inBulk">Asked for as a whole table, which may name nobody.</param>
    public Result<Agreement> MayAnswer(string consumer, QueryMessage query, bool inBulk = false)
    {
        var allowed = Allow(consumer, query, clock.NowMs(), inBulk);
        return allowed is { Ok: true, Value.Consent.Fetch.Kind: ConsentFetch.Once } ? ConsentArtefact.OnceOnly : allowed.Map(granted => granted.Agreement);
    }

    /// <summary>Whether a long reading may begin: allowed, and a use of today is left. It is counted when it is given.</summary>
    public Result<Agreement> MayBegin(string consumer, QueryMessage query)
    {
        var now = clock.NowMs();
        var allowed = Allow(consumer, query, now, inBulk: true).Map(granted => granted.Agreement);
        return allowed.Ok && agreements.Spent(allowed.Value, now) is { } spent ? spent : allowed;
    }

    /// <summary>What a standing question would be answered now; only to see whether it changed. Nothing is handed out, so nothing is counted or logged.</summary>
    public async ValueTask<Result<(byte[] RowsJson, int Count, GroupsWithheld? Withheld)>> Look(string consumer, QueryMessage query, CancellationToken ct)
    {
        var allowed = Allow(consumer, query, clock.NowMs());
        if (!allowed.Ok)
            return allowed.Error;
        var read = await Find(allowed.Value, query, ct);
        if (!read.Ok)
            return read.Error;
        var json = RowsJson.Of(query.Fields, read.Value.Rows);
        return json.Length > MostBytes ? TooLarge : (json, read.Value.Rows.Count, read.Value.Withheld);
    }

    /// <summary>
    /// What was seen goes out as the answer to a query: decided at this moment, counted, metered and logged. Given again with the same
    /// exchange id it is logged once and not counted twice; an id that something else was asked or refused under is refused. A refusal is only
    /// told: nobody asked.
    /// </summary>
    public async Task<Result<byte[]>> Give(string consumer, QueryMessage query, byte[] rowsJson, int count, long asOf, CancellationToken ct, GroupsWithheld? withheld = null, bool inBulk = false)
    {
        var now = clock.NowMs();
        var granted = await Decide(consumer, query, now, ct, inBulk);
        if (!granted.Ok)
            return granted.Error;
        if (await Take(consumer, query, granted.Value, now, ct) is { } used)
            return used;
        var logged = await log.Append(Entry(consumer, query, query.ToJson(), granted, rowsJson, count, null, asOf), ct);
        if (!logged.Ok || logged.Value.Repeated)
            agreements.TakeBack(granted.Value.Agreement, now);
        if (logged is { Ok: true, Value: { Repeated: true, Index: var first } } && !await IsOf(log, first, rowsJson, ct))
            return Repeated;
        return logged.Map(position => QueryAnswer.Write(query.ExchangeId, node.Id, granted.Value.Resource.Department, query.Resource, asOf, position.Index, rowsJson, Shown(query, granted.Value, asOf), withheld));
    }

    /// <summary>Whether the leaf at a place commits to these very rows.</summary>
    internal static async Task<bool> IsOf(TransparencyLog log, long index, ReadOnlyMemory<byte> rowsJson, CancellationToken ct) =>
        await log.Leaves(index, 1, ct) is [var leaf] && SealedLeaf.Read(leaf.Data) is { } said
        && (await log.Salts(index, ct)).Find(s => s.Name == "answer") is { } salt && Commitment.Opens(said.Answer, salt.Value, rowsJson.Span);

    /// <summary>An id that was answered before would give data without a leaf of its own.</summary>
    internal static readonly Error Repeated = Error.Conflict("exchange.repeated", "这个查询编号已经用过", "This exchange id was used before", "请用新的编号重新查询", "Ask again with a new id");

    Result<(QueryMessage, Answered)> Answer(Reading reading, LogEntry entry, Result<LogPosition> logged)
    {
        if (reading.Granted.Ok && (!logged.Ok || logged.Value.Repeated))
            agreements.TakeBack(reading.Granted.Value.Agreement, reading.At);
        if (!logged.Ok)
            return logged.Error;
        if (logged.Value.Repeated)
            return Repeated;
        if (!reading.Found.Ok)
            return reading.Found.Error;
        var granted = reading.Granted.Value;
        return (reading.Query, new Answered(
            logged.Value.Index, reading.At, granted.Resource, reading.Json!, reading.Found.Value.Rows, granted.Consent?.Id, entry, Shown(reading.Query, granted, reading.At), reading.Found.Value.Withheld));
    }

    /// <summary>Allowed, as often as the consent says, and counted against the quota.</summary>
    async ValueTask<Result<Granted>> Decide(string consumer, QueryMessage query, long now, CancellationToken ct, bool inBulk = false)
    {
        var allowed = Allow(consumer, query, now, inBulk);
        if (allowed.Ok && allowed.Value.Takes(consumer, query, now) is { } use && await uses.Left(use, ct) is { } used)
            return used;
        return allowed.Ok && agreements.OverQuota(allowed.Value.Agreement, now) is { } over ? over : allowed;
    }

    /// <summary>Takes the answer's place under a consent that bounds them. Whoever was faster with the last one leaves this one nothing, not even of the quota.</summary>
    async ValueTask<Error?> Take(string consumer, QueryMessage query, Granted granted, long now, CancellationToken ct)
    {
        if (granted.Takes(consumer, query, now) is not { } use || await uses.Take(use, ct) is not { } used)
            return null;
        agreements.TakeBack(granted.Agreement, now);
        return used;
    }

    Result<Granted> Allow(string consumer, QueryMessage query, long now, bool inBulk = false)
    {
        if ((directory.Stale() ?? log.Held) is { } refusal)
            return refusal;
        if (own.Find(query.Resource) is null)
            return Error.NotFound("resource.none", $"本节点没有资源 {query.Resource}", $"This node has no resource {query.Resource}");
        if (agreements.Find(query.Agreement) is not { } agreement || agreement.Terms.Provider != node.Id)
            return Error.Forbidden("agreement.none", "没有这项共享协议", "There is no such agreement", "请先与提供方签订共享协议", "Agree with the provider first");
        var use = new AgreementUse(consumer, query.Resource, query.ResourceVersion, query.Fields, query.Purpose, query.CaseReference, now);
        if (agreement.Refuses(use) is { } refused)
            return refused;
        if (own.Find(query.Resource, query.ResourceVersion) is not { } resource)
            return Error.NotFound("resource.version-withdrawn", $"资源 {query.Resource} 第 {query.ResourceVersion} 版已停止提供", $"Version {query.ResourceVersion} of {query.Resource} is no longer offered");
        foreach (var field in query.Fields)
        {
            if (!resource.Definition.Has(field))
                return Error.Invalid("resource.field-unknown", $"资源没有字段 {field}", $"The resource has no field {field}", "fields");
        }
        if ((MemberLimits.Refuses(agreement.Terms, resource.Definition) ?? UseClass.Refuses(agreement.Terms) ?? DataRights.Refuses(agreement.Terms, own.RightsOf(query.Resource), now)) is { } limit)
            return limit;
        if (!inBulk && resource.Definition.NamesNobody(Subject(resource.Definition, query)) is { } nobody)
            return nobody;
        ConsentArtefact? given = null;
        var basis = agreement.Terms.Basis.Kind;
        if (agreement.Terms.Basis.IsConsent)
        {
            var related = agreement.AllowsRelated(query.Purpose);
            var consent = Consent(consumer, query, resource.Definition, related, now);
            if (!consent.Ok)
                return consent.Error;
            if (agreement.RefusesReceiver(consent.Value.Receiver) is { } onward)
                return onward;
            given = consent.Value;
            // Nobody's data is used on the consent of somebody else: for them it is the law that allows it.
            if (related && !consent.Value.IsOf(Encoding.UTF8.GetBytes(Subject(resource.Definition, query) ?? ""), query.HolderSalt!))
                basis = AgreementBasis.RelatedPerson;
        }
        return new Granted(resource, agreement, given, basis);
    }

    Result<ConsentArtefact> Consent(string consumer, QueryMessage query, ResourceDefinition resource, bool related, long now)
    {
        if (query.Consent is null || query.HolderSalt is null)
            return ConsentArtefact.Missing;
        var artefact = consents.Verify(query.Consent);
        if (!artefact.Ok)
            return artefact.Error;
        var holder = Subject(resource, query) ?? "";
        var use = new ConsentUse(consumer, node.Id, query.Resource, query.Fields, query.Purpose, query.CaseReference, Encoding.UTF8.GetBytes(holder), query.HolderSalt, related, resource.LeastAssurance(query.Fields), now);
        return artefact.Value.Refuses(use) is { } refused ? refused : artefact;
    }

    /// <summary>What rests on the person's own consent is theirs to know at once.</summary>
    Withholding? Shown(QueryMessage query, Granted granted, long at) =>
        granted.Basis == AgreementBasis.Consent ? null : disclosure.Of(query.Purpose, granted.Resource.Department, at);

    /// <summary>A question that was refused is held back as its answer would have been, but not for a purpose that was never agreed.</summary>
    Withholding? Shown(string consumer, QueryMessage query, OwnResource? resource, long at) =>
        resource is not null && agreements.Find(query.Agreement) is { } agreement && agreement.Terms.Consumer == consumer && agreement.Terms.Resource == query.Resource && agreement.Covers(query.Purpose) && !agreement.Terms.Basis.IsConsent
            ? disclosure.Of(query.Purpose, resource.Department, at)
            : null;

    static string? Subject(ResourceDefinition resource, QueryMessage query) =>
        resource.SubjectParameter is { } parameter ? query.Parameters.GetValueOrDefault(parameter.Name) : null;

    /// <param name="failed">Why there are no rows though it was granted.</param>
    LogEntry Entry(string consumer, QueryMessage query, ReadOnlySpan<byte> body, Result<Granted> granted, byte[]? json, int count, Error? failed, long now)
    {
        var error = granted.Error ?? failed;
        var outcome = error is null ? count == 0 ? "empty" : "answered" : granted.Ok ? "failed" : "refused";
        var metering = new Metering(Short(query.Agreement), Short(query.Resource), consumer, node.Id, Short(query.Purpose), error is null ? 1 : 0, now, outcome);
        var resource = own.Find(query.Resource, query.ResourceVersion) ?? own.Find(query.Resource);
        var basis = granted.Ok ? granted.Value.Basis : "none";
        var subject = resource is null ? null : Subject(resource.Definition, query);
        // A refused question may name anything; the log holds what the resource has.
        var logged = granted.Ok ? query : query with { Fields = [.. query.Fields.Where(f => resource is not null && resource.Definition.Has(f))] };
        return ExchangeLeaf.Of(
            ExchangeLeaf.Provided, ExchangeLeaf.ReferenceOfProvided(consumer, query.ExchangeId), logged, resource?.Department ?? "", metering, meter: true,
            body, json, count, granted.Ok ? granted.Value.Consent?.Id : null, basis, error?.Code, counterpart: null,
            string.IsNullOrEmpty(subject) ? null : vault.Written(vault.BlindIndex(PersonContext, subject)), consent: granted.Ok ? granted.Value.Consent : null,
            disclosure: string.IsNullOrEmpty(subject) ? null : granted.Ok ? Shown(query, granted.Value, now) : Shown(consumer, query, resource, now));
    }

    // What a stranger sends is kept only to this length: a log takes no essays.
    static string Short(string text) => text.Length <= 64 ? text : text[..64];
}
