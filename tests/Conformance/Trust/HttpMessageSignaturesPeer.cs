using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Trust;

namespace Tongban.Tests.Conformance.Trust;

/// <summary>Both directions against npm http-message-signatures, an independent implementation of RFC 9421.</summary>
public sealed class HttpMessageSignaturesPeer
{
    static readonly Uri Target = new("https://node.example/exchange/v1/query?item=a%20b&p=1");
    static readonly byte[] Content = """{"person":"ref-1"}"""u8.ToArray();
    static readonly string[] RequestFields = ["@method", "@target-uri", "content-digest"];
    static readonly string[] ResponseFields = ["@status", "\"@method\";req", "\"@target-uri\";req", "\"signature\";req;key=\"tb\"", "content-digest"];

    // Node knows no SM2; there openssl is the other party (Sm2Tests).
    public static TheoryData<string> Suites => [.. SignatureSuites.All.Where(suite => suite != SignatureSuites.Sm2).Select(suite => suite.Name)];

    [Theory, MemberData(nameof(Suites))]
    public void Theirs_signed_request_holds_here(string suite)
    {
        var key = SignatureSuites.ByName(suite)!.Generate();
        var now = DateTimeOffset.UtcNow;
        var request = TheirRequest(key, now);
        var verified = MessageVerifier.Verify(request, "tb", kid => kid == key.Kid ? key.Public : null, now, Profile.Request);
        Assert.True(verified.Ok, verified.Error?.ToString());
        Assert.Equal("0123456789abcdef", verified.Value.Parameters.Nonce);
    }

    [Theory, MemberData(nameof(Suites))]
    public void Ours_signed_request_holds_there(string suite)
    {
        var key = SignatureSuites.ByName(suite)!.Generate();
        var request = OurRequest(key, DateTimeOffset.UtcNow);
        Assert.True(TheyVerify(key, request, null));
        Assert.False(TheyVerify(key, request, null, target: Target + "&more=1"));
    }

    [Theory, MemberData(nameof(Suites))]
    public void Theirs_signed_response_holds_here(string suite)
    {
        var (asker, answerer) = (SignatureSuites.ByName(suite)!.Generate(), SignatureSuites.ByName(suite)!.Generate());
        var now = DateTimeOffset.UtcNow;
        var request = OurRequest(asker, now);
        var answer = Ask(new JsonObject
        {
            ["do"] = "sign",
            ["key"] = Secret(answerer),
            ["kid"] = answerer.Kid,
            ["alg"] = suite,
            ["label"] = "tb",
            ["fields"] = new JsonArray([.. ResponseFields.Select(f => (JsonNode)f)]),
            ["params"] = new JsonArray("created", "keyid", "alg"),
            ["values"] = new JsonObject { ["created"] = now.ToUnixTimeSeconds() },
            ["message"] = new JsonObject { ["status"] = 200, ["headers"] = new JsonObject { ["Content-Digest"] = ContentDigest.Of(Content) } },
            ["request"] = Json(request, Target.AbsoluteUri),
        });
        var response = WithHeaders(PlainMessage.OfResponse(200, request, Content), answer["headers"]!);
        var verified = MessageVerifier.Verify(response, "tb", kid => kid == answerer.Kid ? answerer.Public : null, now, Profile.Response);
        Assert.True(verified.Ok, verified.Error?.ToString());

        // The same answer given to another question is refused.
        var other = WithHeaders(PlainMessage.OfResponse(200, OurRequest(asker, now), Content), answer["headers"]!);
        Assert.Equal("signature.wrong", MessageVerifier.Verify(other, "tb", _ => answerer.Public, now, Profile.Response).Error?.Code);
    }

    [Theory, MemberData(nameof(Suites))]
    public void Ours_signed_response_holds_there(string suite)
    {
        var (asker, answerer) = (SignatureSuites.ByName(suite)!.Generate(), SignatureSuites.ByName(suite)!.Generate());
        var now = DateTimeOffset.UtcNow;
        var request = OurRequest(asker, now);
        var response = PlainMessage.OfResponse(200, request, Content).With("Content-Digest", ContentDigest.Of(Content));
        var signed = MessageSigner.Sign(response, Profile.Response.For(answerer, now, hasContent: true), answerer).Value;
        response.With("Signature-Input", signed.SignatureInput).With("Signature", signed.Signature);
        Assert.True(TheyVerify(answerer, response, request));
        Assert.False(TheyVerify(answerer, response, OurRequest(asker, now)));
    }

    static PlainMessage OurRequest(NodeKey key, DateTimeOffset now)
    {
        var request = PlainMessage.OfRequest("POST", Target, Content).With("Content-Digest", ContentDigest.Of(Content));
        var signed = MessageSigner.Sign(request, Profile.Request.For(key, now, hasContent: true), key).Value;
        return request.With("Signature-Input", signed.SignatureInput).With("Signature", signed.Signature);
    }

    static PlainMessage TheirRequest(NodeKey key, DateTimeOffset now)
    {
        var answer = Ask(new JsonObject
        {
            ["do"] = "sign",
            ["key"] = Secret(key),
            ["kid"] = key.Kid,
            ["alg"] = key.Suite.Name,
            ["label"] = "tb",
            ["fields"] = new JsonArray([.. RequestFields.Select(f => (JsonNode)f)]),
            ["params"] = new JsonArray("created", "expires", "nonce", "keyid", "alg"),
            ["values"] = new JsonObject { ["created"] = now.ToUnixTimeSeconds(), ["expires"] = now.ToUnixTimeSeconds() + 60, ["nonce"] = "0123456789abcdef" },
            ["message"] = new JsonObject { ["method"] = "POST", ["url"] = Target.AbsoluteUri, ["headers"] = new JsonObject { ["Content-Digest"] = ContentDigest.Of(Content) } },
        });
        return WithHeaders(PlainMessage.OfRequest("POST", Target, Content), answer["headers"]!);
    }

    static bool TheyVerify(NodeKey key, PlainMessage message, PlainMessage? request, string? target = null)
    {
        var answer = Ask(new JsonObject
        {
            ["do"] = "verify",
            ["key"] = JsonSerializer.SerializeToNode(key.Public.Jwk),
            ["kid"] = key.Kid,
            ["alg"] = key.Suite.Name,
            ["message"] = Json(message, target ?? Target.AbsoluteUri),
            ["request"] = request is null ? null : Json(request, Target.AbsoluteUri),
        });
        return answer["valid"]?.GetValue<bool>() ?? throw new InvalidOperationException($"The peer found no signature: {answer}");
    }

    static JsonObject Json(PlainMessage message, string url)
    {
        var headers = new JsonObject();
        foreach (var (name, value) in message.Headers)
            headers[name] = value.ToString();
        return message.Status is { } status
            ? new JsonObject { ["status"] = status, ["headers"] = headers }
            : new JsonObject { ["method"] = message.Method, ["url"] = url, ["headers"] = headers };
    }

    static JsonNode Secret(NodeKey key) => JsonSerializer.SerializeToNode(key.Secret)!;

    static PlainMessage WithHeaders(PlainMessage message, JsonNode headers)
    {
        foreach (var (name, value) in headers.AsObject())
            message.Set(name, value!.GetValue<string>());
        return message;
    }

    static JsonObject Ask(JsonObject job)
    {
        var folder = Path.Combine(Support.ProjectRoot.Path, "tests", "peers");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "http-message-signatures")))
            Assert.Skip("npm http-message-signatures is not installed: run 'npm ci' in tests/peers");
        var start = new ProcessStartInfo("node", Path.Combine(folder, "http-message-signatures.mjs"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start)!;
        node.StandardInput.Write(job.ToJsonString());
        node.StandardInput.Close();
        var error = node.StandardError.ReadToEndAsync();
        var output = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        Assert.True(node.ExitCode == 0, error.Result);
        return JsonNode.Parse(output)!.AsObject();
    }
}
