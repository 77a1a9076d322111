using System.Text.Json;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// What the person agreed to, attested by the node where they are signed in (a JWS under that node's signing key).
/// It names the holder only by a salted commitment: the salt travels with each query, in its signed body.
/// </summary>
/// <param name="Id">Opaque.</param>
/// <param name="Issuer">Node id.</param>
/// <param name="Holder">SHA-256(salt ‖ citizen id or credit code), base64url.</param>
/// <param name="Receiver">Node that decides the matter.</param>
/// <param name="Level">Assurance of the sign-in, 0–3.</param>
/// <param name="From">Unix ms, inclusive.</param>
/// <param name="Until">Unix ms, exclusive.</param>
sealed record ConsentArtefact(
    string Id,
    string Issuer,
    string Holder,
    string Purpose,
    string CaseReference,
    string Receiver,
    IReadOnlyList<ConsentSource> Sources,
    int Level,
    long From,
    long Until)
{
    /// <summary>How often each source answers; null, as in consents from before there was a choice: any number of times.</summary>
    public ConsentFetch? Fetch { get; init; }

    /// <summary>Days after which whoever obtained something deletes it; null is as long as the agreement lets it.</summary>
    public int? DataLifeDays { get; init; }

    /// <summary>Under which somebody else consented for the holder; null when the holder did.</summary>
    public ConsentMandate? Mandate { get; init; }

    /// <summary>The <c>typ</c> of the token, so that no other token of the node can be taken for a consent.</summary>
    public const string TokenType = "tb-consent+jws";

    public string Sign(NodeKey key) =>
        Jws.Sign(key, JsonSerializer.SerializeToUtf8Bytes(this, DirectoryDocument.Json), TokenType);

    /// <summary>Reads a token and checks that the node which it names attested it.</summary>
    /// <inheritdoc cref="MemberKey.Vouches" path="/param"/>
    public static Result<ConsentArtefact> Verify(string token, TrustedDirectory directory, long? shownAt = null)
    {
        KeyOfMember? signer = null;
        var opened = Jws.Verify(token, TokenType, kid => (signer = directory.KeyOfAnyTime(kid, shownAt))?.Key);
        if (!opened.Ok)
            return Refusal("consent.signature", "授权凭证的签名无效", "The consent's signature is not valid");
        ConsentArtefact? consent;
        try
        {
            consent = JsonSerializer.Deserialize<ConsentArtefact>(opened.Value.Payload, DirectoryDocument.Json);
        }
        catch (JsonException)
        {
            consent = null;
        }
        if (consent is not { Id.Length: > 0 and <= 64, Issuer: not null, Holder: not null, Sources: not null } || consent.Sources.Any(s => s is not { ProviderNode: not null, Resource: not null, Fields: not null }))
            return Refusal("consent.malformed", "授权凭证格式错误", "The consent is malformed");
        if (consent is { Fetch.IsKnown: false } or { DataLifeDays: < 1 } or { Mandate.IsWhole: false })
            return Refusal("consent.malformed", "授权凭证格式错误", "The consent is malformed");
        // A key that has ended attests nothing any more; what it attested before stands.
        if (!signer!.Entry.IsInForce(consent.From))
            return Refusal("consent.signature", "授权凭证的签名无效", "The consent's signature is not valid");
        return signer.Member.NodeId == consent.Issuer && !signer.Member.IsSociety ? consent : Refusal("consent.issuer", "授权凭证不是由其声明的节点签发", "The consent was not attested by the node it names");
    }

    /// <summary>Whether it allows one query, revocation apart. Null when it does.</summary>
    public Error? Refuses(in ConsentUse use)
    {
        if (Issuer != use.Consumer)
            return Refusal("consent.issuer", "授权凭证不是由查询方取得的", "The consent was not given at the node that asks");
        if (use.At < From || use.At >= Until)
            return Refusal("consent.expired", "授权已过期或尚未生效", "The consent has expired or is not in force yet");
        if (Purpose != use.Purpose)
            return Refusal("consent.purpose", "授权不包含该用途", "The consent does not cover this purpose");
        if (CaseReference != use.CaseReference)
            return Refusal("consent.case", "授权属于另一办件", "The consent was given for another matter");
        if (use.Holder.Length == 0 || (!use.Related && !IsOf(use.Holder, use.HolderSalt)))
            return Refusal("consent.holder", "授权不是该当事人作出的", "The consent was not given by the person the query is about");
        if (Level < use.LeastLevel)
            return Refusal("consent.level", "授权时的登录保证等级不够", "The person was not signed in surely enough when consenting");
        if (Mandate?.Refuses(use.Purpose, Level, use.At) is { } unfounded)
            return unfounded;
        var (provider, resource) = (use.Provider, use.Resource);
        if (Sources.FirstOrDefault(s => s.ProviderNode == provider && s.Resource == resource) is not { } source)
            return Refusal("consent.source", "授权不包含该数据来源", "The consent does not cover this source");
        foreach (var field in use.Fields)
        {
            if (!source.Fields.Contains(field))
                return Refusal("consent.field", $"授权不包含字段 {field}", $"The consent does not cover the field {field}");
        }
        return null;
    }

    /// <summary>Whether this person gave it.</summary>
    /// <param name="person">UTF-8 of a citizen id or credit code.</param>
    public bool IsOf(byte[] person, byte[] salt) => Commitment.Opens(Holder, salt, person);

    public static readonly Error Missing = Refusal("consent.missing", "查询没有附带当事人的授权", "The query carries no consent of the person");

    public static readonly Error Revoked = Refusal("consent.revoked", "当事人已撤回授权", "The person has taken the consent back");

    public static readonly Error UsedUp = Refusal("consent.used", "授权只能查询一次，已经用过", "The consent was for one answer, which was given");

    /// <summary>Passes with the day or month.</summary>
    public static readonly Error TooOften = new(ErrorKind.Forbidden, "consent.frequency", "授权约定的查询次数本期已用完", "The answers that the consent allows in this period were given",
        "consent", "请到下一期再查", "Ask again in the next period");

    public static readonly Error OnceOnly = Refusal("consent.once-only", "一次性授权不能用于订阅", "A consent to one answer is not one to a standing question");

    public static Error Refusal(string code, string detail, string detailEn) =>
        new(ErrorKind.Forbidden, code, detail, detailEn, "consent", "请当事人重新授权，或改为自行上传材料", "Ask the person to consent anew, or to upload the document");
}

/// <summary>Why somebody else could consent for the holder: recorded at the node that attests it.</summary>
/// <param name="Kind">guardian, agent, legal-representative or enterprise-staff.</param>
/// <param name="Reference">Opaque; of the record at the attesting node.</param>
/// <param name="Purposes">Its limits: base codes of items; <c>*</c> alone is all.</param>
/// <param name="Until">Unix ms, exclusive.</param>
/// <param name="Actor">SHA-256(salt ‖ citizen id of whoever acted), base64url. The salt stays with the attesting node.</param>
sealed record ConsentMandate(string Kind, string Reference, IReadOnlyList<string> Purposes, long Until, string Actor)
{
    /// <summary>Nobody acts for another before their own real name was checked.</summary>
    public const int LeastLevel = 2;

    static readonly string[] Kinds = ["guardian", "agent", "legal-representative", "enterprise-staff"];

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsWhole => Kinds.Contains(Kind) && Reference is { Length: > 0 and <= 64 } && Purposes is { Count: > 0 } && Purposes.All(p => p is not null) && Actor is { Length: > 0 };

    public Error? Refuses(string purpose, int level, long at) =>
        at >= Until ? ConsentArtefact.Refusal("consent.mandate-ended", "代为授权所依据的委托或监护已结束", "The mandate under which it was given has ended")
        : !Purposes.Contains("*") && !Purposes.Contains(purpose) ? ConsentArtefact.Refusal("consent.mandate-limits", "代为授权所依据的委托不包含这一事项", "The mandate under which it was given does not cover this item")
        : level < LeastLevel ? ConsentArtefact.Refusal("consent.level", "授权时的登录保证等级不够", "The person was not signed in surely enough when consenting")
        : null;
}

/// <summary>One query, as a consent sees it.</summary>
/// <param name="Holder">UTF-8 of the citizen id or credit code the query is about.</param>
/// <param name="LeastLevel">Assurance that the sign-in needed, 0–3.</param>
/// <param name="Related">The agreement lets it be about somebody related to the holder.</param>
readonly record struct ConsentUse(
    string Consumer, string Provider, string Resource, IReadOnlyList<string> Fields, string Purpose, string CaseReference, byte[] Holder, byte[] HolderSalt, bool Related, int LeastLevel, long At);
