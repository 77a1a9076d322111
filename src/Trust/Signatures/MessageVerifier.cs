using Microsoft.Extensions.Primitives;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>A signature that held, with what it stated. Whether its nonce is new is for the log to say.</summary>
/// <param name="Key">The key that made it.</param>
public sealed record VerifiedSignature(SignatureParameters Parameters, PublicKey Key)
{
    public string KeyId => Parameters.KeyId ?? Key.Kid;
}

/// <summary>Verifies HTTP message signatures (RFC 9421, section 3.2) against a profile. No input makes it throw.</summary>
public static class MessageVerifier
{
    // A signature of the profile needs under 1 KB; more is an attempt to make parsing dear.
    const int LongestHeader = 8 * 1024;

    /// <summary>
    /// Codes, in the order they are checked: <c>signature.missing</c>, <c>signature.malformed</c>, <c>signature.component-missing</c>,
    /// <c>signature.parameter-missing</c>, <c>signature.not-yet-valid</c>, <c>signature.expired</c>, <c>signature.too-long-lived</c>,
    /// <c>signature.unknown-key</c>, <c>signature.algorithm</c>, <c>signature.component-unavailable</c>, <c>signature.wrong</c>, <c>digest.*</c>.
    /// </summary>
    /// <param name="keys">The key of a key id, or null when it is not trusted now; called with an empty id when none is stated.</param>
    public static Result<VerifiedSignature> Verify(MessageView message, string label, Func<string, PublicKey?> keys, DateTimeOffset now, Profile profile)
    {
        var head = VerifyHead(message, message.Body.Length > 0, label, keys, now, profile);
        return head.Ok && Differs(head.Value, message, message.Body.Span, profile) is { } differs ? differs : head;
    }

    /// <summary>
    /// The same but for the content, which need not be here yet: whoever receives a message knows who sent it before he takes it in. It says nothing of
    /// the content before <see cref="Differs"/> does.
    /// </summary>
    /// <param name="hasContent">The message says that it has content.</param>
    public static Result<VerifiedSignature> VerifyHead(MessageView message, bool hasContent, string label, Func<string, PublicKey?> keys, DateTimeOffset now, Profile profile)
    {
        var found = Find(message, label);
        if (!found.Ok)
            return found.Error;
        var (parameters, field, signature) = found.Value;
        if (Missing(hasContent, parameters, profile) is { } missing)
            return missing;
        if (profile.ChecksTime && Untimely(parameters, now, profile) is { } untimely)
            return untimely;
        if (keys(parameters.KeyId ?? "") is not { } key)
            return Error.Forbidden("signature.unknown-key", "签名所用密钥不在名录中或已失效", "The key of the signature is not in the directory, or is no longer valid", "请同步最新名录；密钥轮换后须先发布", "Fetch the current directory; a new key must be published first") with { Where = "keyid" };
        if (parameters.Algorithm is { } algorithm && algorithm != key.Suite.Name)
            return Error.Forbidden("signature.algorithm", $"签名声明的算法 {algorithm} 与密钥不符", $"The stated algorithm {algorithm} is not that of the key", "请用密钥自己的算法签名，或不声明 alg", "Sign with the key's own algorithm, or state no alg");
        var text = SignatureBase.Build(message, parameters.Components, field);
        if (!text.Ok)
            return text.Error;
        if (!key.Verify(text.Value.Span, signature))
            return Error.Forbidden("signature.wrong", "签名不正确：报文被改动，或不是该密钥所签", "The signature is wrong: the message was changed, or another key signed it", "请用名录中本节点的密钥，对实际发送的方法、地址和正文重新签名", "Sign again, with this node's key of the directory, the method, address and content that are really sent") with { Where = "Signature" };
        // Only what a trusted key signed is learnt: nobody else can fill the memory of forms.
        PlainForm.Learn(field, parameters.Components);
        return new VerifiedSignature(parameters, key);
    }

    /// <summary>Why this is not the content that was signed; null when it is. Last of all: its cost alone grows with the message.</summary>
    public static Error? Differs(VerifiedSignature head, MessageView message, ReadOnlySpan<byte> content, Profile profile) =>
        head.Parameters.Covers(Profile.DigestComponent) && (profile.DigestOfContent || content.Length > 0)
            ? ContentDigest.Verify(message.Header("content-digest"), content).Error
            : null;

    /// <summary>The labels present in Signature-Input, so that a receiver may choose; empty when there is none or it is malformed.</summary>
    public static IReadOnlyList<string> Labels(MessageView message)
    {
        var parsed = Dictionary(message.Header("signature-input"), "Signature-Input");
        return parsed.Ok ? [.. parsed.Value.Select(member => member.Key)] : [];
    }

    static Result<(SignatureParameters Parameters, string Field, byte[] Signature)> Find(MessageView message, string label)
    {
        var inputs = message.Header("signature-input");
        var signatures = message.Header("signature");
        if (inputs.Count == 0 || signatures.Count == 0)
            return NotThere(inputs.Count == 0 ? "Signature-Input" : "Signature");
        if (inputs.Count == 1 && signatures.Count == 1 && inputs[0]!.Length <= LongestHeader && PlainForm.Read(inputs[0]!, signatures[0]!, label) is { } plain)
            return plain;
        var input = Dictionary(inputs, "Signature-Input");
        if (!input.Ok)
            return input.Error;
        var signature = Dictionary(signatures, "Signature");
        if (!signature.Ok)
            return signature.Error;
        if (!input.Value.TryGet(label, out var stated) || !signature.Value.TryGet(label, out var made))
            return NotThere(label);
        if (SignatureParameters.From(label, stated) is not { } parameters || StructuredField.Write(stated) is not { Ok: true } field)
            return Malformed("Signature-Input");
        return made is FieldItem { Value.AsBinary: { } bytes } ? (parameters, field.Value, bytes) : Malformed("Signature");
    }

    static Result<FieldDictionary> Dictionary(StringValues lines, string name)
    {
        var text = lines.Count == 1 ? lines.ToString() : string.Join(", ", lines.ToArray());
        if (text.Length > LongestHeader)
            return Malformed(name);
        var parsed = StructuredField.ParseDictionary(text);
        return parsed.Ok ? parsed : Malformed(name);
    }

    static Error? Missing(bool hasContent, SignatureParameters parameters, Profile profile)
    {
        for (var i = 0; i < profile.Required.Count; i++)
        {
            if (!parameters.Covers(profile.Required[i].Canonical))
                return NotCovered(profile.Required[i].Text);
        }
        if (profile.DigestOfContent && hasContent && !parameters.Covers(Profile.DigestComponent))
            return NotCovered("\"content-digest\"");
        if (profile.NeedsCreated && parameters.Created is null)
            return NotStated("created");
        if (profile.NeedsExpires && parameters.Expires is null)
            return NotStated("expires");
        if (profile.NeedsNonce && parameters.Nonce is not { Length: >= 16 and <= 128 })
            return NotStated("nonce");
        return (profile.NeedsCreated || profile.NeedsNonce) && string.IsNullOrEmpty(parameters.KeyId) ? NotStated("keyid") : null;
    }

    static Error? Untimely(SignatureParameters parameters, DateTimeOffset now, Profile profile)
    {
        var (second, skew) = (now.ToUnixTimeSeconds(), (long)profile.Skew.TotalSeconds);
        if (parameters.Created > second + skew)
            return Error.Forbidden("signature.not-yet-valid", "签名时间晚于当前时间", "The signature was made in the future", "请校准双方时钟（允许相差 60 秒）", "Set both clocks right (60 seconds of difference are allowed)") with { Where = "created" };
        var longest = (long)profile.Longest.TotalSeconds;
        if (parameters.Expires + skew < second || (parameters.Expires is null && parameters.Created + longest + skew < second))
            return Error.Forbidden("signature.expired", "签名已过期", "The signature has expired", "请重新签名并发送", "Sign again and send") with { Where = "expires" };
        return parameters.Expires - parameters.Created > longest || parameters.Expires <= parameters.Created
            ? Error.Forbidden("signature.too-long-lived", $"签名有效期应大于 0 且不超过 {longest} 秒", $"A signature must live for more than 0 and at most {longest} seconds", "请缩短 expires", "State an earlier expires") with { Where = "expires" }
            : null;
    }

    static Error NotThere(string where) => new(ErrorKind.Forbidden, "signature.missing", "报文没有签名", "The message is not signed", where, "请按 RFC 9421 签名后发送", "Sign it according to RFC 9421 and send again");

    static Error Malformed(string where) => Error.Invalid("signature.malformed", $"{where} 格式错误", $"{where} is malformed", where, "请核对 RFC 9421 的语法", "Check the syntax of RFC 9421");

    static Error NotCovered(string component) => new(ErrorKind.Forbidden, "signature.component-missing", $"签名没有覆盖 {component}", $"The signature does not cover {component}", component, "请把该部分列入签名范围", "Add it to what is signed");

    static Error NotStated(string parameter) => new(ErrorKind.Forbidden, "signature.parameter-missing", $"签名缺少参数 {parameter}，或其长度不符", $"The signature's parameter {parameter} is missing, or its length does not fit", parameter, "请补上该参数", "State it");
}
