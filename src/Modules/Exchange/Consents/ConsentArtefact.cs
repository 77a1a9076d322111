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
        if (consent is not { Id.Length: > 0, Issuer: not null, Holder: not null, Sources: not null } || consent.Sources.Any(s => s is not { ProviderNode: not null, Resource: not null, Fields: not null }))
            return Refusal("consent.malformed", "授权凭证格式错误", "The consent is malformed");
        // A key that has ended attests nothing any more; what it attested before stands.
        if (!signer!.Entry.IsInForce(consent.From))
            return Refusal("consent.signature", "授权凭证的签名无效", "The consent's signature is not valid");
        return signer.Member.NodeId == consent.Issuer ? consent : Refusal("consent.issuer", "授权凭证不是由其声明的节点签发", "The consent was not attested by the node it names");
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

    static Error Refusal(string code, string detail, string detailEn) =>
        new(ErrorKind.Forbidden, code, detail, detailEn, "consent", "请当事人重新授权，或改为自行上传材料", "Ask the person to consent anew, or to upload the document");
}

/// <summary>One query, as a consent sees it.</summary>
/// <param name="Holder">UTF-8 of the citizen id or credit code the query is about.</param>
/// <param name="LeastLevel">Assurance that the sign-in needed, 0–3.</param>
/// <param name="Related">The agreement lets it be about somebody related to the holder.</param>
readonly record struct ConsentUse(
    string Consumer, string Provider, string Resource, IReadOnlyList<string> Fields, string Purpose, string CaseReference, byte[] Holder, byte[] HolderSalt, bool Related, int LeastLevel, long At);
