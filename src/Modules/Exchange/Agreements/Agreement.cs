using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>What two nodes agreed: who may ask whom for which fields, what for, how long, how often. Signed by both; never changed, only ended.</summary>
/// <param name="Purposes">Base codes of items; <c>*</c> alone is any item.</param>
/// <param name="CaseRequired">Every query names the draft or case it is for.</param>
/// <param name="ValidFrom">Unix ms, inclusive.</param>
/// <param name="ValidUntil">Unix ms, exclusive.</param>
/// <param name="QuotaPerDay">Queries a day (Asia/Shanghai).</param>
/// <param name="Related">Null where only the consenting person's own facts may be asked for.</param>
/// <param name="RatePerMinute">Queries in one minute of the clock; null is no bound but the day's.</param>
/// <param name="RetentionDays">How long the consumer may keep what it got; it answers for that, no query shows it.</param>
/// <param name="NoOnwardUse">What is got may not be handed to another node: the consent must name the consumer itself as receiver.</param>
/// <param name="Place">Division whose authorities alone may use it; null is anywhere in the region.</param>
/// <param name="FenPerCall">Price of one query in fen; null where it is free or another plan holds.</param>
/// <param name="Subscription">The consumer may also ask a standing question and be told of changes.</param>
/// <param name="LeastGroup">Of an aggregate: no smaller group leaves the provider, whose own least size holds in any case.</param>
/// <param name="Price">Another price than by the query; null is none.</param>
/// <param name="UseClass">Whom the use is for, as <see cref="Exchange.UseClass"/> names it; null where the agreement does not say.</param>
/// <param name="Processing">The consumer may make other data and products of what it gets; it needs the right to.</param>
/// <param name="Bulk">The consumer may also fetch everything that a question finds, however much; only where the law is the basis.</param>
sealed record AgreementTerms(
    string Id,
    string Provider,
    string Consumer,
    string Resource,
    int ResourceVersion,
    IReadOnlyList<string> Fields,
    IReadOnlyList<string> Purposes,
    bool CaseRequired,
    AgreementBasis Basis,
    long ValidFrom,
    long ValidUntil,
    long QuotaPerDay,
    RelatedBasis? Related = null,
    long? RatePerMinute = null,
    int? RetentionDays = null,
    bool NoOnwardUse = false,
    string? Place = null,
    long? FenPerCall = null,
    bool Subscription = false,
    bool Bulk = false,
    int? LeastGroup = null,
    PricePlan? Price = null,
    string? UseClass = null,
    bool Processing = false)
{
    /// <summary>What a use costs; null is nothing.</summary>
    [JsonIgnore]
    public PricePlan? Plan => Price ?? (FenPerCall is > 0 and var fen ? new PricePlan(PricePlan.Call, fen) : null);
}

/// <summary>
/// Where the law lets a matter look at facts of a person related to the applicant (a spouse, the head of the household moved
/// to) who does not sign in themself. The applicant's own consent must still name the source, the fields, the matter.
/// </summary>
/// <param name="Purposes">Base codes of the items it is for; no others.</param>
sealed record RelatedBasis(IReadOnlyList<string> Purposes, Words Text);

/// <param name="Kind"><c>consent</c>: each query carries the person's consent; <c>legal</c>: the law named in <paramref name="Text"/> allows it.</param>
sealed record AgreementBasis(string Kind, Words Text)
{
    public const string Consent = "consent";
    public const string Legal = "legal";

    /// <summary>Of one query, not of an agreement: it was about a person related to whoever consented, as <see cref="AgreementTerms.Related"/> allows.</summary>
    public const string RelatedPerson = "related";

    [JsonIgnore]
    public bool IsConsent => Kind != Legal;
}

/// <summary>One query, as an agreement sees it.</summary>
readonly record struct AgreementUse(string Consumer, string Resource, int ResourceVersion, IReadOnlyList<string> Fields, string Purpose, string CaseReference, long At);

/// <summary>An agreement in memory: terms that both signed, and whether it was ended. Immutable.</summary>
sealed record Agreement(AgreementTerms Terms, long? TerminatedAt, string Department)
{
    readonly HashSet<string> fields = new(Terms.Fields, StringComparer.Ordinal);
    readonly HashSet<string> purposes = new(Terms.Purposes, StringComparer.Ordinal);

    public string Id => Terms.Id;

    /// <summary>Ids of the keys it was signed with.</summary>
    public IReadOnlyList<string> SignedBy { get; init; } = [];

    /// <summary>When this node took it, which is what shows that it was signed by then. Unix ms.</summary>
    public long TakenAt { get; init; }

    /// <summary>A key it was signed with is distrusted from before this node took it: whoever had the key may have made it.</summary>
    public bool IsDoubted { get; init; }

    /// <summary>Its use is suspended by one of the two.</summary>
    public bool IsSuspended { get; init; }

    /// <summary>The subject may be somebody related to the person who consented.</summary>
    public bool AllowsRelated(string purpose) => Terms.Related is { } related && related.Purposes.Contains(purpose);

    public bool Covers(string purpose) => purposes.Contains(purpose) || purposes.Contains("*");

    public AgreementState StateAt(long now) =>
        TerminatedAt is not null ? AgreementState.Terminated
        : IsDoubted ? AgreementState.Doubted
        : now < Terms.ValidFrom ? AgreementState.NotYetValid
        : now >= Terms.ValidUntil ? AgreementState.Expired
        : IsSuspended ? AgreementState.Suspended
        : AgreementState.InForce;

    /// <summary>Everything an agreement says about a query but the quota, which is counted. Null when the query is within it.</summary>
    public Error? Refuses(in AgreementUse use)
    {
        if (use.Consumer != Terms.Consumer || use.Resource != Terms.Resource || use.ResourceVersion != Terms.ResourceVersion)
            return Refusal("agreement.not-for-this", "协议不适用于该查询方或该资源", "The agreement is not for this consumer and resource", "agreement");
        if (Inactive(use.At) is { } inactive)
            return inactive;
        if (Terms.Place is { } place && !Divisions.Contains(place, use.Consumer[(use.Consumer.IndexOf('/', StringComparison.Ordinal) + 1)..]))
            return Refusal("agreement.place", $"协议只允许在 {place} 使用", $"The agreement allows use in {place} only", "agreement");
        if (!Covers(use.Purpose))
            return Refusal("agreement.purpose-not-covered", $"协议不包含用途 {use.Purpose}", $"The agreement does not cover the purpose {use.Purpose}", "purpose");
        if (Terms.CaseRequired && use.CaseReference.Length == 0)
            return Refusal("agreement.case-reference-required", "查询必须注明对应的办件", "The query must name the case it is for", "caseReference");
        if (use.Fields.Count == 0)
            return Error.Invalid("query.no-fields", "查询没有列出所需字段", "The query asks for no field", "fields", "请列出所需字段", "Name the fields that are needed");
        foreach (var field in use.Fields)
        {
            if (!fields.Contains(field))
                return Refusal("agreement.field-not-covered", $"协议不包含字段 {field}", $"The agreement does not cover the field {field}", "fields");
        }
        return null;
    }

    /// <summary>Whether what is asked for may go on to the node that decides the matter.</summary>
    public Error? RefusesReceiver(string receiver) => Terms.NoOnwardUse && receiver != Terms.Consumer
        ? Refusal("agreement.onward-use", "协议不允许把数据转给其他节点使用", "The agreement does not let the data go on to another node", "consent")
        : null;

    /// <summary>Why nothing may be asked under it now; null while it is in force.</summary>
    public Error? Inactive(long now) => StateAt(now) switch
    {
        AgreementState.Terminated => Refusal("agreement.terminated", "协议已终止", "The agreement was terminated", "agreement"),
        AgreementState.Doubted => Refusal("agreement.key-distrusted", "协议是用其后被宣布不可信的密钥签署的", "The agreement was signed with a key that is distrusted from before it came", "agreement"),
        AgreementState.NotYetValid => Refusal("agreement.not-yet-valid", "协议尚未生效", "The agreement is not in force yet", "agreement"),
        AgreementState.Suspended => Error.Forbidden("agreement.suspended", "协议的使用已被暂停", "The use of the agreement is suspended", "请等待暂停方恢复", "Wait until whoever suspended it takes it up again"),
        AgreementState.Expired => Refusal("agreement.expired", "协议已到期", "The agreement has expired", "agreement"),
        _ => null,
    };

    static Error Refusal(string code, string detail, string detailEn, string where) =>
        new(ErrorKind.Forbidden, code, detail, detailEn, where, "请与提供方商定新的共享协议", "Agree a new one with the provider");

    /// <summary>The <c>typ</c> of its signatures.</summary>
    public const string DocumentType = "tb-agreement+jws";

    /// <summary>Of what is offered for signing and says more than this node knows (<see cref="ReadInFull"/>).</summary>
    public const string NotRead = "agreement.not-read";

    /// <summary>Reads a signed agreement and checks that both sides signed it, by the directory.</summary>
    /// <param name="now">Of one that is being signed: a key that has ended signs no more. Null for one that was signed at any time.</param>
    /// <inheritdoc cref="MemberKey.Vouches" path="/param"/>
    public static Result<AgreementTerms> Verify(string text, TrustedDirectory directory, long? now = null, long? shownAt = null)
    {
        if (Read(text) is not { } read)
            return Error.Invalid("agreement.malformed", "协议格式错误", "The agreement is malformed");
        var (document, terms) = read;
        var verified = document.Verify(
            DocumentType,
            kid => Signer(kid, directory, now, shownAt) is { } signer && (signer.Signer == terms.Provider || signer.Signer == terms.Consumer) ? signer : null,
            terms.Provider == terms.Consumer ? 1 : 2);
        return verified.Ok ? terms : Error.Forbidden("agreement.unsigned",
            $"协议 {terms.Id} 没有双方的有效签名 ({verified.Error.Code})", $"Agreement {terms.Id} lacks a valid signature of both sides ({verified.Error.Code})");
    }

    /// <summary>Whose key for documents this is; null when it is nobody's, or ended before <paramref name="now"/>.</summary>
    public static SignerKey? Signer(string kid, TrustedDirectory directory, long? now, long? shownAt = null) =>
        directory.KeyOfAnyTime(kid, shownAt) is { } key && (now is null || key.Entry.IsInForce(now.Value)) ? new SignerKey(key.Member.NodeId, key.Key) : null;

    /// <summary>The document and its terms, signatures unchecked; null when it is none.</summary>
    public static (SignedDocument Document, AgreementTerms Terms)? Read(string text)
    {
        try
        {
            var document = JsonSerializer.Deserialize<SignedDocument>(text);
            if (document is not { Payload: not null, Signatures: not null })
                return null;
            var terms = JsonSerializer.Deserialize<AgreementTerms>(document.UnverifiedPayload, DirectoryDocument.Json);
            return terms is { Id.Length: > 0, Provider: not null, Consumer: not null, Resource: not null, Fields: not null, Purposes: not null, Basis: not null }
                ? (document, terms)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

enum AgreementState
{
    InForce,
    NotYetValid,
    Expired,
    Terminated,
    Suspended,
    Doubted,
}
