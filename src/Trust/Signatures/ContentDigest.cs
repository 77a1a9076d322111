using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>The Content-Digest field (RFC 9530). Written with sha-256; sha-512 is verified too when a peer sends it.</summary>
public static class ContentDigest
{
    public const string Header = "Content-Digest";

    public static string Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        LibCrypto.Sha256(content, [], hash);
        return string.Concat("sha-256=:", Convert.ToBase64String(hash), ":");
    }

    /// <summary>
    /// Every digest of a known algorithm must match; at least one must be known.
    /// Fails with <c>digest.missing</c>, <c>digest.malformed</c>, <c>digest.unsupported</c> or <c>digest.mismatch</c>.
    /// </summary>
    public static Result<Done> Verify(StringValues lines, ReadOnlySpan<byte> content)
    {
        if (lines.Count == 0)
            return Wrong("digest.missing", "缺少 Content-Digest", "Content-Digest is missing");
        var text = lines.ToString();
        // The one form this system writes needs no parsing.
        if (text.Length == 54 && text.StartsWith("sha-256=:", StringComparison.Ordinal) && text == Of(content))
            return Done.It;
        var parsed = StructuredField.ParseDictionary(lines.Count == 1 ? text : string.Join(", ", lines.ToArray()));
        if (!parsed.Ok)
            return Wrong("digest.malformed", "Content-Digest 格式错误", "Content-Digest is malformed");
        var known = 0;
        foreach (var (algorithm, member) in parsed.Value)
        {
            var expected = algorithm switch
            {
                "sha-256" => SHA256.HashData(content),
                "sha-512" => SHA512.HashData(content),
                _ => null,
            };
            if (expected is null)
                continue;
            if (member is not FieldItem { Value.AsBinary: { } stated })
                return Wrong("digest.malformed", "Content-Digest 的值不是字节串", "A value of Content-Digest is not a byte sequence");
            if (!CryptographicOperations.FixedTimeEquals(stated, expected))
                return Wrong("digest.mismatch", "报文内容与 Content-Digest 不符，内容被改动或截断", "The content does not match Content-Digest: it was changed or cut off");
            known++;
        }
        return known > 0 ? Done.It : Wrong("digest.unsupported", "Content-Digest 没有可用的算法（sha-256、sha-512）", "Content-Digest holds no usable algorithm (sha-256, sha-512)");
    }

    static Error Wrong(string code, string detail, string detailEn) =>
        Error.Invalid(code, detail, detailEn, Header, "请按实际发送的内容重新计算摘要并签名", "Compute the digest over what is sent and sign again");
}
