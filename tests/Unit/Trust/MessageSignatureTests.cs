using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

/// <summary>RFC 9421 appendix B, and every refusal of the narrow profile.</summary>
public sealed class MessageSignatureTests
{
    static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
    static readonly NodeKey Key = SignatureSuites.EcdsaP256.Generate();
    static readonly byte[] Content = """{"hello": "world"}"""u8.ToArray();

    // RFC 9421, B.1.3 and B.1.4
    static readonly PublicKey RfcEcc = PublicKey.Read(new Jwk("EC", "P-256", "qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA", "Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0")).Value;
    static readonly NodeKey RfcEd25519 = NodeKey.Read(new Jwk("OKP", "Ed25519", "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs") { D = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU" }).Value;

    static PlainMessage RfcRequest() => PlainMessage.OfRequest("POST", new Uri("https://example.com/foo?param=Value&Pet=dog"), Content)
        .With("Host", "example.com")
        .With("Date", "Tue, 20 Apr 2021 02:07:55 GMT")
        .With("Content-Type", "application/json")
        .With("Content-Digest", "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:")
        .With("Content-Length", "18");

    static PlainMessage RfcResponse() => PlainMessage.OfResponse(200, body: """{"message": "good dog"}"""u8.ToArray())
        .With("Date", "Tue, 20 Apr 2021 02:07:56 GMT")
        .With("Content-Type", "application/json")
        .With("Content-Digest", "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:")
        .With("Content-Length", "23");

    [Fact]
    public void RFC_9421_B_2_4_response_with_ecdsa_p256_holds()
    {
        var response = RfcResponse()
            .With("Signature-Input", """sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256" """)
            .With("Signature", "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:");
        var verified = MessageVerifier.Verify(response, "sig-b24", id => id == "test-key-ecc-p256" ? RfcEcc : null, Now, Profile.Any);
        Assert.True(verified.Ok, verified.Error?.ToString());
        Assert.Equal("signature.wrong", MessageVerifier.Verify(response.Set("Content-Type", "text/plain"), "sig-b24", _ => RfcEcc, Now, Profile.Any).Error?.Code);
    }

    [Fact]
    public void RFC_9421_B_2_6_request_with_ed25519_is_reproduced_to_the_byte()
    {
        var parameters = new SignatureParameters("sig-b26", [.. new[] { "date", "@method", "@path", "@authority", "content-type", "content-length" }.Select(Component.Parse)])
        {
            Created = 1618884473,
            KeyId = "test-key-ed25519",
        };
        var signed = MessageSigner.Sign(RfcRequest(), parameters, RfcEd25519).Value;
        Assert.Equal("""sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519" """.Trim(), signed.SignatureInput);
        Assert.Equal("sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:", signed.Signature);
    }

    [Fact]
    public void RFC_9421_2_5_derived_components_and_parameters()
    {
        var request = PlainMessage.OfRequest("POST", new Uri("HTTPS://WWW.Example.com:443/path/to?a=1&name=x%20y%2Bz&b=&qux="))
            .With("X-Empty", "")
            .With("X-Ows", "  two  ")
            .With("X-Many", "one").With("X-Many", " two ")
            .With("Dict", "a=1, b=2;x=1;y=2,   c=(a   b   c), d");
        var response = PlainMessage.OfResponse(503, request).With("Date", "now");
        string[] lines =
        [
            "\"@method\";req: POST",
            "\"@target-uri\";req: https://www.example.com/path/to?a=1&name=x%20y%2Bz&b=&qux=",
            "\"@authority\";req: www.example.com",
            "\"@scheme\";req: https",
            "\"@request-target\";req: /path/to?a=1&name=x%20y%2Bz&b=&qux=",
            "\"@path\";req: /path/to",
            "\"@query\";req: ?a=1&name=x%20y%2Bz&b=&qux=",
            "\"@query-param\";name=\"name\";req: x%20y%2Bz",
            "\"@query-param\";name=\"b\";req: ",
            "\"x-empty\";req: ",
            "\"x-ows\";req: two",
            "\"x-many\";req: one, two",
            "\"x-many\";req;bs: :b25l:, :dHdv:",
            "\"dict\";req;key=\"b\": 2;x=1;y=2",
            "\"dict\";req;key=\"c\": (a b c)",
            "\"dict\";req;key=\"d\": ?1",
            "\"@status\": 503",
        ];
        var components = lines.Select(line => Component.Parse(line[..line.LastIndexOf(": ", StringComparison.Ordinal)].Split(": ")[0])).ToList();
        var built = Encoding.UTF8.GetString(SignatureBase.Build(response, components, "()").Value.Span);
        Assert.Equal([.. lines, "\"@signature-params\": ()"], built.Split('\n'));
    }

    [Theory]
    [InlineData("@status")]
    [InlineData("@unknown")]
    [InlineData("x-absent")]
    [InlineData("\"@method\";req")]
    [InlineData("\"date\";tr")]
    [InlineData("\"date\";bs;sf")]
    [InlineData("\"@query-param\";name=\"none\"")]
    [InlineData("\"@query-param\";name=\"twice\"")]
    [InlineData("\"@query-param\"")]
    [InlineData("\"@method\";key=\"x\"")]
    [InlineData("\"date\";key=\"x\"")]
    [InlineData("x-lines")]
    public void What_cannot_be_taken_unambiguously_is_not_signed(string component)
    {
        var request = PlainMessage.OfRequest("GET", new Uri("https://e.example/?twice=1&twice=2")).With("Date", "x y").With("X-Lines", "a\n\"@method\": GET");
        Assert.Equal("signature.component-unavailable", SignatureBase.Build(request, [Component.Parse(component)], "()").Error?.Code);
    }

    static PlainMessage Signed(DateTimeOffset? at = null, byte[]? content = null, Func<SignatureParameters, SignatureParameters>? change = null, NodeKey? key = null, string target = "https://ah.example/q?x=1")
    {
        content ??= Content;
        var request = PlainMessage.OfRequest("POST", new Uri(target), content);
        if (content.Length > 0)
            request.With("Content-Digest", ContentDigest.Of(content));
        var parameters = Profile.Request.For(Key, at ?? Now, content.Length > 0);
        var signed = MessageSigner.Sign(request, change?.Invoke(parameters) ?? parameters, key ?? Key).Value;
        return request.With("Signature-Input", signed.SignatureInput).With("Signature", signed.Signature);
    }

    static string? Refusal(MessageView message) => MessageVerifier.Verify(message, Profile.Label, kid => kid == Key.Kid ? Key.Public : null, Now, Profile.Request).Error?.Code;

    static PlainMessage Moved(PlainMessage from, string method = "POST", string target = "https://ah.example/q?x=1", byte[]? content = null)
    {
        var to = PlainMessage.OfRequest(method, new Uri(target), content ?? Content);
        foreach (var (name, values) in from.Headers)
            to.Set(name, values.ToString());
        return to;
    }

    [Fact]
    public void A_right_request_is_accepted_with_and_without_content()
    {
        Assert.Null(Refusal(Signed()));
        Assert.Null(Refusal(Signed(content: [])));
    }

    [Fact]
    public void Each_refusal_has_its_own_code()
    {
        Assert.Equal("signature.missing", Refusal(PlainMessage.OfRequest("POST", new Uri("https://ah.example/"))));
        Assert.Equal("signature.missing", Refusal(Signed(change: p => p with { Label = "other" })));
        Assert.Equal("signature.malformed", Refusal(Signed().Set("Signature-Input", "tb=(")));
        Assert.Equal("signature.malformed", Refusal(Signed().Set("Signature", "tb=1")));
        Assert.Equal("signature.malformed", Refusal(Signed().Set("Signature-Input", "tb=(\"@method\" \"@method\")")));
        Assert.Equal("signature.malformed", Refusal(Signed().Set("Signature", "tb=:" + new string('A', 9000) + ":")));
        Assert.Equal("signature.component-missing", Refusal(Signed(change: p => p with { Components = p.Components.Skip(1).ToList() })));
        Assert.Equal("signature.component-missing", Refusal(Signed(change: p => p with { Components = p.Components.SkipLast(1).ToList() })));
        Assert.Equal("signature.parameter-missing", Refusal(Signed(change: p => p with { Created = null })));
        Assert.Equal("signature.parameter-missing", Refusal(Signed(change: p => p with { Expires = null })));
        Assert.Equal("signature.parameter-missing", Refusal(Signed(change: p => p with { Nonce = null })));
        Assert.Equal("signature.parameter-missing", Refusal(Signed(change: p => p with { Nonce = "short" })));
        Assert.Equal("signature.parameter-missing", Refusal(Signed(change: p => p with { KeyId = null })));
        Assert.Equal("signature.not-yet-valid", Refusal(Signed(Now.AddSeconds(61))));
        Assert.Equal("signature.expired", Refusal(Signed(Now.AddSeconds(-121))));
        Assert.Equal("signature.too-long-lived", Refusal(Signed(change: p => p with { Expires = p.Created + 301 })));
        Assert.Equal("signature.too-long-lived", Refusal(Signed(change: p => p with { Expires = p.Created })));
        Assert.Equal("signature.unknown-key", Refusal(Signed(change: p => p with { KeyId = "nobody" })));
        Assert.Equal("signature.algorithm", Refusal(Signed(change: p => p with { Algorithm = "ed25519" })));
        Assert.Equal("signature.wrong", Refusal(Signed(key: SignatureSuites.EcdsaP256.Generate())));
        Assert.Equal("signature.wrong", Refusal(Moved(Signed(), method: "PUT")));
        Assert.Equal("signature.wrong", Refusal(Moved(Signed(), target: "https://zj.example/q?x=1")));
        Assert.Equal("signature.wrong", Refusal(Moved(Signed(), target: "https://ah.example/q?x=2")));
        Assert.Equal("signature.wrong", Refusal(Signed().Set("Content-Digest", ContentDigest.Of("other"u8))));
        Assert.Equal("digest.mismatch", Refusal(Moved(Signed(), content: "other"u8.ToArray())));
        Assert.Equal("digest.mismatch", Refusal(Moved(Signed(), content: Content[..^1])));
        Assert.Equal("digest.mismatch", Refusal(Moved(Signed(), content: [])));
    }

    [Fact]
    public void The_skew_of_60_seconds_is_allowed_on_both_sides()
    {
        Assert.Null(Refusal(Signed(Now.AddSeconds(60))));
        Assert.Null(Refusal(Signed(Now.AddSeconds(-120))));
    }

    [Fact]
    public void An_answer_is_bound_to_its_question()
    {
        var (question, other) = (Signed(), Signed());
        var answer = PlainMessage.OfResponse(200, question, Content).With("Content-Digest", ContentDigest.Of(Content));
        var signed = MessageSigner.Sign(answer, Profile.Response.For(Key, Now, true), Key).Value;
        PlainMessage Received(MessageView request, int status = 200, byte[]? content = null) => PlainMessage.OfResponse(status, request, content ?? Content)
            .With("Content-Digest", ContentDigest.Of(Content)).With("Signature-Input", signed.SignatureInput).With("Signature", signed.Signature);
        string? Verdict(MessageView message) => MessageVerifier.Verify(message, Profile.Label, _ => Key.Public, Now, Profile.Response).Error?.Code;

        Assert.Null(Verdict(Received(question)));
        Assert.Equal("signature.wrong", Verdict(Received(other)));
        Assert.Equal("signature.wrong", Verdict(Received(question, status: 404)));
        Assert.Equal("digest.mismatch", Verdict(Received(question, content: "{}"u8.ToArray())));
        Assert.Equal("signature.component-unavailable", Verdict(PlainMessage.OfResponse(200, null, Content)
            .With("Content-Digest", ContentDigest.Of(Content)).With("Signature-Input", signed.SignatureInput).With("Signature", signed.Signature)));
    }

    [Fact]
    public void No_header_makes_the_verifier_or_the_parser_throw()
    {
        var good = Signed();
        var (input, signature) = (good.Header("signature-input").ToString(), good.Header("signature").ToString());
        var alphabet = "()\";=:?@%*,a1.- \\\t\0é" + input;
        var text = Gen.Elements(alphabet.ToCharArray()).ListOf().Select(characters => new string([.. characters]));
        var mangled = from at in Gen.Choose(0, input.Length - 1) from junk in text select input[..at] + junk + input[Math.Min(input.Length, at + 3)..];
        Prop.ForAll(Gen.OneOf(text, mangled).ToArbitrary(), header =>
        {
            StructuredField.ParseItem(header);
            StructuredField.ParseList(header);
            StructuredField.ParseDictionary(header);
            var verdict = Refusal(Moved(good).Set("Signature-Input", header));
            // Only the signer's own text, or a spelling with the same meaning, is accepted.
            return verdict is not null || header.Contains("\"@method\" \"@target-uri\"", StringComparison.Ordinal);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
        Prop.ForAll(text.ToArbitrary(), header => Refusal(Moved(good).Set("Signature", header)) is not null).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
        Assert.NotEmpty(signature);
    }

    [Fact]
    public void RFC_9530_digest_forms()
    {
        var content = "{\"hello\": \"world\"}\n"u8;
        Assert.Equal("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", ContentDigest.Of(content));
        Assert.True(ContentDigest.Verify("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", content).Ok);
        Assert.True(ContentDigest.Verify(RfcRequest().Header("content-digest"), Content).Ok);
        Assert.Equal("digest.missing", ContentDigest.Verify(default, content).Error?.Code);
        Assert.Equal("digest.unsupported", ContentDigest.Verify("md5=:RK/0qw==:", content).Error?.Code);
        Assert.Equal("digest.malformed", ContentDigest.Verify("sha-256=RK", content).Error?.Code);
        Assert.Equal("digest.malformed", ContentDigest.Verify("sha-256=:", content).Error?.Code);
        Assert.Equal("digest.mismatch", ContentDigest.Verify($"{ContentDigest.Of(content)}, sha-512=:AAAA:", content).Error?.Code);
    }

    [Fact]
    public void RequestTarget_keeps_the_percent_encoding_of_the_wire()
    {
        Assert.Equal("https://e.example/a%2Fb?q=%7e", RequestTarget.Of("HTTPS", "E.example:443", "/a%2Fb?q=%7e").Uri);
        Assert.Equal("http://e.example:443/", RequestTarget.Of("http", "e.example:443", "").Uri);
        Assert.Equal("http://[::1]:5080/x", RequestTarget.Of(new Uri("http://[::1]:5080/x")).Uri);
        Assert.Equal(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes("https://e.example/%E5%8A%9E")), RequestTarget.Of(new Uri("https://e.example/办")).Uri);
    }
}
