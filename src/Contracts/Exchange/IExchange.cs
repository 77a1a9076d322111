using Tongban.Kernel;

namespace Tongban.Contracts.Exchange;

/// <summary>Room Exchange answers: who holds a fact, and what it is.</summary>
public interface IExchange
{
    /// <summary>
    /// The evidence broker: who can answer for an evidence type in a jurisdiction at a date, and under which agreement.
    /// NotFound <c>evidence.nobody-answers</c> names the jurisdiction that cannot answer yet.
    /// </summary>
    Task<Result<EvidenceSource>> Locate(string evidenceType, string division, DateOnly at, CancellationToken ct);

    /// <summary>
    /// Asks a provider, this node or another: signed, checked against agreement and consent, logged and metered on both
    /// sides before this returns. Nothing is cached.
    /// </summary>
    Task<Result<ExchangeAnswer>> Query(ExchangeQuestion question, CancellationToken ct);

    /// <summary>The receipt of an exchange of this node: leaf, proof, checkpoint. Unavailable until a checkpoint covers it.</summary>
    Task<Result<string>> Receipt(string exchangeId, CancellationToken ct);
}

/// <param name="ProviderNode">Node id.</param>
/// <param name="Department">Department code, such as <c>340000-civil</c>.</param>
/// <param name="Resource">Resource code.</param>
/// <param name="Parameters">What the resource asks by, such as <c>citizenId</c>.</param>
/// <param name="ConsentNeeded">False where the agreement rests on a legal basis instead.</param>
public sealed record EvidenceSource(
    string EvidenceType,
    string ProviderNode,
    string Department,
    Words DepartmentName,
    string Resource,
    Words ResourceName,
    IReadOnlyList<FieldName> Fields,
    IReadOnlyList<string> Parameters,
    string AgreementId,
    bool ConsentNeeded)
{
    /// <summary>The agreement grants standing questions: with a consent that says so, the same may be asked again.</summary>
    public bool MayRepeat { get; init; }
}

/// <param name="Code">Field code, as in the resource definition.</param>
public sealed record FieldName(string Code, Words Label)
{
    /// <summary>text, date (ISO), integer, number, or money (whole fen).</summary>
    public string Type { get; init; } = "text";
}

/// <param name="Parameters">Values for the resource's parameters; personal data, travels in the signed body only.</param>
/// <param name="Purpose">Base code of the item the answer is for.</param>
/// <param name="CaseReference">Number of the draft or case; every use of data is for one.</param>
/// <param name="SubjectKey">This node's key of the person the question is about, for the data tracker.</param>
/// <param name="ConsentId">Consent attested by this node; null under a legal basis.</param>
/// <param name="ActorId">Account that caused the question.</param>
public sealed record ExchangeQuestion(
    string ProviderNode,
    string Resource,
    IReadOnlyDictionary<string, string> Parameters,
    IReadOnlyList<string> Fields,
    string Purpose,
    string CaseReference,
    string SubjectKey,
    string? ConsentId,
    string ActorId)
{
    /// <summary>The agreement to ask under, and no other; null is whichever covers the question.</summary>
    public string? AgreementId { get; init; }

    /// <summary>Who asks at a connected system, and for whom, as that system says. Neither leaves this node; its leaf commits to both, salted.</summary>
    public string? UserId { get; init; }

    /// <inheritdoc cref="UserId"/>
    public string? RepresentedParty { get; init; }
}

/// <param name="ExchangeId">The same on both sides; the reference of both log entries.</param>
/// <param name="Rows">Field code to value, as text; only the fields asked for and agreed.</param>
public sealed record ExchangeAnswer(
    string ExchangeId,
    string ProviderNode,
    string Department,
    string Resource,
    DateTimeOffset AsOf,
    IReadOnlyList<IReadOnlyDictionary<string, string?>> Rows,
    string AgreementId,
    string? ConsentId,
    long ConsumerLogIndex,
    long ProviderLogIndex)
{
    /// <summary>What was obtained is deleted by then: the earlier of the consent's data life and the agreement's retention. Null where neither says.</summary>
    public DateTimeOffset? DeleteAt { get; init; }

    /// <summary>Of counts of groups: how many were too small to be given. Null of anything else.</summary>
    public GroupsWithheld? Withheld { get; init; }
}

/// <summary>How many groups an aggregate kept back at the levels down to the one that was asked for, whatever else was asked of it.</summary>
/// <param name="OrMore">So many, or more: no exact number is told from there on.</param>
public sealed record GroupsWithheld(int Groups, bool OrMore);

/// <summary>Consent: attested by the node where the person is signed in, enforced by the provider.</summary>
public interface IConsents
{
    /// <summary>Signs the consent artefact. The person's presence and choice are the caller's to show; the assurance level is of the sign-in.</summary>
    Task<Result<ConsentGiven>> Attest(ConsentRequest request, CancellationToken ct);
}

/// <param name="CitizenId">The holder, or who they act for.</param>
/// <param name="Receiver">Node that will receive the facts for the decision.</param>
/// <param name="Sources">Resources and fields the person agreed to, per provider.</param>
public sealed record ConsentRequest(
    string SubjectKey,
    string CitizenId,
    string Purpose,
    Words PurposeName,
    string CaseReference,
    string Receiver,
    IReadOnlyList<ConsentSource> Sources,
    int AssuranceLevel,
    TimeSpan Life)
{
    /// <summary>How often each source answers; null is any number of times while the consent lasts.</summary>
    public ConsentFetch? Fetch { get; init; }

    /// <summary>Days after which the receiver deletes what it obtained; null is as long as the agreement lets it.</summary>
    public int? DataLifeDays { get; init; }
}

/// <summary>How often a provider answers under one consent, about the holder, and as often about somebody related to them.</summary>
/// <param name="Kind"><see cref="Once"/> or <see cref="Periodic"/>.</param>
/// <param name="Most">Answers in each <paramref name="Per"/>; 1 for once.</param>
/// <param name="Per"><c>day</c> or <c>month</c> (Asia/Shanghai); null for once.</param>
public sealed record ConsentFetch(string Kind, int Most = 1, string? Per = null)
{
    public const string Once = "once";
    public const string Periodic = "periodic";
    public const string Day = "day";
    public const string Month = "month";

    public const int MostAtAll = 1000;

    public static readonly ConsentFetch OneTime = new(Once);

    /// <summary>False of a kind that this version does not know: it may be stricter than any it does.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsKnown => (Kind, Per) switch
    {
        (Once, null) => Most == 1,
        (Periodic, Day or Month) => Most is >= 1 and <= MostAtAll,
        _ => false,
    };
}

public sealed record ConsentSource(string ProviderNode, string Resource, IReadOnlyList<string> Fields);

public sealed record ConsentGiven(string ConsentId, DateTimeOffset Until);

/// <summary>Every read of a person's data by staff is recorded in the log, for the person's data tracker.</summary>
public interface IAccessRecords
{
    Task Record(AccessRecord record, CancellationToken ct);
}

/// <param name="What">What was read, in words without personal data, such as 办件 / case.</param>
/// <param name="Basis">Why it may be read: the item, the step.</param>
public sealed record AccessRecord(string SubjectKey, string ActorId, string Department, Words What, string Purpose, string CaseReference, Words Basis);

/// <summary>The members of the region, as the verified directory says.</summary>
public interface IMembers
{
    IReadOnlyList<Member> All { get; }

    Member? Find(string nodeId);
}

/// <param name="SigningKeys">Public keys in force now, each a JWK in JSON; the key id is the RFC 7638 thumbprint.</param>
/// <param name="DocumentKeys">Those and the ones before them: what they signed while they were in force, such as certificates, outlives them.</param>
public sealed record Member(string NodeId, string Division, Words Name, string Endpoint, bool IsHub, IReadOnlyList<string> SigningKeys, IReadOnlyList<DocumentKey> DocumentKeys)
{
    /// <summary>As <see cref="NodeIds"/> knows them.</summary>
    public string Class { get; init; } = NodeIds.Government;

    /// <summary>Signs people in, decides matters, issues certificates: the hub and companies do not.</summary>
    public bool IsGovernment => !IsHub && Class == NodeIds.Government;
}

/// <summary>A public key and the time in which what it signs counts.</summary>
/// <param name="Jwk">JSON.</param>
/// <param name="NotBefore">Unix ms, inclusive.</param>
/// <param name="NotAfter">Unix ms, exclusive.</param>
/// <param name="DistrustedFrom">Unix ms from which on the key may have been in wrong hands; null when it never was. The key's own word for a time before it counts for nothing.</param>
public sealed record DocumentKey(string Jwk, long NotBefore, long NotAfter, long? DistrustedFrom = null);

/// <summary>Calls another node with a signed request; for jobs of other rooms, such as fetching a status list.</summary>
public interface IPeerCalls
{
    /// <param name="path">Begins with a slash. Never holds personal data.</param>
    Task<Result<string>> Get(string nodeId, string path, CancellationToken ct);
}
