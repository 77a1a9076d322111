using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

public sealed class DocumentTests
{
    static readonly NodeKey A = SignatureSuites.EcdsaP256.Generate();
    static readonly NodeKey B = SignatureSuites.EcdsaP256.Generate();
    static readonly NodeKey Stranger = SignatureSuites.EcdsaP256.Generate();

    [Theory]
    [InlineData(1, "1")]
    [InlineData(-0.0, "0")]
    [InlineData(0.1, "0.1")]
    [InlineData(100, "100")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1e20, "100000000000000000000")]
    [InlineData(1e23, "1e+23")]
    [InlineData(9.999999999999997e22, "9.999999999999997e+22")]
    [InlineData(333333333.33333329, "333333333.3333333")]
    [InlineData(1e-7, "1e-7")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(1.5e-9, "1.5e-9")]
    [InlineData(-5e-324, "-5e-324")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(4.35, "4.35")]
    public void RFC_8785_3_2_2_3_numbers(double value, string text) => Assert.Equal(text, CanonicalJson.Number(value));

    [Fact]
    public void RFC_8785_3_2_3_members_are_sorted_by_UTF_16_code_units()
    {
        var json = JsonNode.Parse("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One","\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"o"}""");
        Assert.Equal("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"o\",\"€\":\"Euro Sign\",\"😀\":\"Emoji\",\"\ufb33\":\"Hebrew\"}", Encoding.UTF8.GetString(CanonicalJson.Write(json)));
    }

    [Fact]
    public void RFC_8785_literals_text_and_nesting()
    {
        var json = JsonNode.Parse("""{"b":[1,true,false,null,{"z":1.0,"a":"\u000f\n\"\\/办"}],"a":{}}""");
        Assert.Equal("""{"a":{},"b":[1,true,false,null,{"a":"\u000f\n\"\\/办","z":1}]}""", Encoding.UTF8.GetString(CanonicalJson.Write(json)));
        Assert.Throws<ArgumentException>(() => CanonicalJson.Write(JsonValue.Create(9_007_199_254_740_993)));
    }

    [Fact]
    public void A_token_holds_for_its_type_key_and_content_only()
    {
        var token = Jws.Sign(A, "content"u8, "tb-consent+jws");
        string? Refusal(string text, string type = "tb-consent+jws", NodeKey? known = null) =>
            Jws.Verify(text, type, kid => kid == (known ?? A).Kid ? (known ?? A).Public : null).Error?.Code;

        Assert.Null(Refusal(token));
        Assert.Equal("token.type", Refusal(token, "other+jws"));
        Assert.Equal("token.unknown-key", Refusal(token, known: B));
        var parts = token.Split('.');
        Assert.Equal("token.wrong", Refusal($"{parts[0]}.{Jws.Sign(A, "other"u8, "t").Split('.')[1]}.{parts[2]}"));
        Assert.Equal("token.wrong", Refusal($"{parts[0]}.{parts[1]}.{Jws.Sign(A, "content"u8, "t").Split('.')[2]}"));
        Assert.Equal("token.malformed", Refusal(token + "="));
        Assert.Equal("token.malformed", Refusal($"{parts[0]}.{parts[1]}"));
        Assert.Equal("token.malformed", Refusal(""));
        Assert.Equal("token.malformed", Refusal(Jws.Sign(A, "content"u8, "tb-consent+jws", new JsonObject { ["crit"] = new JsonArray("x") })));
        for (var at = 0; at < token.Length; at += 3)
            Assert.NotNull(Refusal(token[..at] + (token[at] == 'A' ? 'B' : 'A') + token[(at + 1)..]));
    }

    [Fact]
    public void RFC_8725_3_1_the_algorithm_is_the_keys_and_none_is_none()
    {
        string Forged(string header) => $"{Encode(header)}.{Encode("content")}.{Encode("")}";
        static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
        foreach (var algorithm in new[] { "none", "HS256", "EdDSA" })
            Assert.Equal("token.algorithm", Jws.Verify(Forged($$"""{"alg":"{{algorithm}}","kid":"k","typ":"t"}"""), "t", _ => A.Public).Error?.Code);
        Assert.Equal("token.malformed", Jws.Verify(Forged("""{"alg":"ES256","alg":"ES256","kid":"k","typ":"t"}"""), "t", _ => A.Public).Error?.Code);
    }

    [Fact]
    public void A_document_needs_its_quorum_of_different_signers()
    {
        SignerKey? Signers(string kid) => kid == A.Kid ? new("AH", A.Public) : kid == B.Kid ? new("SH", B.Public) : null;
        var draft = SignedDocument.Of(new JsonObject { ["version"] = 1, ["members"] = new JsonArray("AH", "SH") });
        var one = draft.Sign(A, "tb-directory+jws");
        var both = one.Sign(B, "tb-directory+jws");
        Assert.Equal("document.quorum", draft.Verify("tb-directory+jws", Signers, 1).Error?.Code);
        Assert.Equal("document.quorum", one.Sign(A, "tb-directory+jws").Verify("tb-directory+jws", Signers, 2).Error?.Code);
        Assert.Equal("document.quorum", one.Sign(Stranger, "tb-directory+jws").Verify("tb-directory+jws", Signers, 2).Error?.Code);
        Assert.Equal("token.type", both.Verify("tb-agreement+jws", Signers, 2).Error?.Code);

        var read = JsonSerializer.Deserialize<SignedDocument>(JsonSerializer.Serialize(both))!;
        var verified = read.Verify("tb-directory+jws", Signers, 2);
        Assert.True(verified.Ok, verified.Error?.ToString());
        Assert.Equal(["AH", "SH"], verified.Value.Signers.Keys.Order());
        Assert.Equal("""{"members":["AH","SH"],"version":1}""", Encoding.UTF8.GetString(verified.Value.Payload));

        var changed = read with { Payload = SignedDocument.Of(new JsonObject { ["version"] = 2 }).Payload };
        Assert.Equal("token.wrong", changed.Verify("tb-directory+jws", Signers, 1).Error?.Code);
        Assert.Equal("document.malformed", (read with { Payload = "*" }).Verify("t", Signers, 1).Error?.Code);
        Assert.Equal("document.malformed", new SignedDocument(read.Payload, [null!]).Verify("t", Signers, 1).Error?.Code);
    }
}
