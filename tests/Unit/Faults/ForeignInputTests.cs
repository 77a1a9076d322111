using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Identity.Oidc;
using Tongban.Kernel;
using Tongban.Rules;
using Tongban.Tests.Support;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Faults;

/// <summary>
/// Whatever comes from outside is read, or refused in words; nothing that is sent makes a parser throw. Good input, changed at
/// random, the same in every run.
/// </summary>
public class ForeignInputTests
{
    static readonly NodeKey Key = SignatureSuites.EcdsaP256.Generate();
    static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    /// <param name="runs">So many that the whole class takes a few seconds.</param>
    static void Survives(int runs, string good, Action<string> read, bool json = false)
    {
        read(good);
        for (var seed = 0; seed < runs; seed++)
        {
            var mutations = new Mutations(seed);
            var bad = json ? mutations.Json(good) : mutations.Text(good);
            // As it comes over the wire: bytes, in which there is no half of a character.
            bad = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(bad));
            try
            {
                read(bad);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e.GetType().Name} {e.Message} at {e.StackTrace?.Split('\n').FirstOrDefault()}\nfor: {(bad.Length > 600 ? bad[..600] : bad)}");
            }
        }
    }

    [Theory]
    [InlineData("a=1, b=(\"x\" \"y\";q=0.5);z, c=:aGVsbG8=:, d=?1, e=@1659578233, f=%\"f%c3%bc\"")]
    [InlineData("sig1=(\"@method\" \"@target-uri\" \"content-digest\");created=1618884473;keyid=\"test-key\";nonce=\"b3k2pp5k7z-50gnwp.yemd\"")]
    [InlineData("1.5;a, -3, \"text\", token, (a b);c")]
    public void Structured_fields(string good) => Survives(4000, good, text =>
    {
        StructuredField.ParseItem(text);
        StructuredField.ParseList(text);
        StructuredField.ParseDictionary(text);
    });

    [Theory]
    [InlineData("Signature-Input")]
    [InlineData("Signature")]
    [InlineData("Content-Digest")]
    public void Signed_messages(string header)
    {
        var body = "{\"a\":1}"u8.ToArray();
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://127.0.0.1/peer/query?x=1") { Content = new ByteArrayContent(body) };
        Assert.True(MessageSigner.SignRequest(request, body, Key, Now).Ok);
        var headers = request.Headers.Concat(request.Content!.Headers).Where(h => h.Key.StartsWith("Sig", StringComparison.Ordinal) || h.Key == "Content-Digest")
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value));
        Survives(3000, headers[header], text =>
        {
            var message = PlainMessage.OfRequest("POST", request.RequestUri!, body);
            foreach (var (name, value) in headers)
                message.Set(name, name == header ? text : value);
            var verified = MessageVerifier.Verify(message, Profile.Label, _ => Key.Public, Now, Profile.Request);
            // A change of what is signed or of the signature is found; of white space it may be none.
            Assert.True(verified.Ok == (text == headers[header]) || text.Length != headers[header].Length || verified.Ok, text);
            MessageVerifier.Labels(message);
        });
    }

    [Fact]
    public void Queries_and_answers()
    {
        var query = new QueryMessage(1, new string('a', 32), "ag", "civil.marriage", 1, ["registerNumber"], new Dictionary<string, string> { ["citizenId"] = "3101" }, "3000", "D1", "a.b.c", new byte[32]);
        Survives(4000, Encoding.UTF8.GetString(query.ToJson()), text => QueryMessage.Parse(Encoding.UTF8.GetBytes(text)), json: true);
        var answer = """{"v":1,"exchangeId":"aaaaaaaaaaaaaaaa","provider":"CN-YRD/340000","department":"340000-civil","resource":"civil.marriage","asOf":1,"logIndex":0,"rows":[{"a":"b","c":null}]}""";
        Survives(4000, answer, text => QueryAnswer.Parse(Encoding.UTF8.GetBytes(text)), json: true);
    }

    [Fact]
    public void Catalogues_directories_agreements_and_leaves()
    {
        Survives(3000, """{"nodeId":"CN-YRD/340000","division":"340000","resources":[{"code":"a","fields":[{"name":"n","label":{"zh":"名","en":"n"},"type":"text","level":1,"personal":true}]}]}""", text => CatalogueDocument.Parse(text), json: true);
        var agreement = """{"id":"ag","provider":"CN-YRD/340000","consumer":"CN-YRD/310000","resource":"r","resourceVersion":1,"fields":["a"],"purposes":["*"],"caseRequired":true,"basis":{"kind":"consent","text":{"zh":"同意","en":"consent"}},"validFrom":1,"validUntil":2,"quotaPerDay":3}""";
        Survives(3000, Signed(agreement), text => Agreement.Read(text), json: true);
        Survives(3000, agreement, text => Agreement.Read(Signed(text)), json: true);
        var directory = """{"region":"CN-YRD","version":1,"quorum":1,"validFrom":1,"validUntil":99999999999999,"members":[{"nodeId":"CN-YRD/000000","division":"000000","name":{"zh":"枢纽","en":"Hub"},"endpoint":"http://127.0.0.1","isHub":true,"keys":[{"kid":"k","jwk":{"kty":"EC"},"validFrom":1}]}]}""";
        Survives(3000, Signed(directory), text => TrustedDirectory.Pin(text), json: true);
        Survives(3000, directory, text => TrustedDirectory.Pin(Signed(text)), json: true);
        var leaf = """{"v":1,"kind":"provided","ref":"x","body":{"exchange":"x","department":"d","fields":["a"],"case":"c","consent":"c1","basis":"consent","counterpart":3},"metering":{"consumer":"a","provider":"b","resource":"r","purpose":"p","agreement":"ag","outcome":"ok"}}""";
        Survives(3000, leaf, text => LeafFacts.Read("n", 1, 1, Encoding.UTF8.GetBytes(text)), json: true);
    }

    static string Signed(string payload)
    {
        var document = new SignedDocument(System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload)), []).Sign(Key, TrustedDirectory.DocumentType);
        return JsonSerializer.Serialize(document);
    }

    [Fact]
    public void Receipts_checkpoints_and_notes()
    {
        var note = "CN-YRD/340000/log\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— CN-YRD/340000/log AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
        Survives(3000, note, text => SignedNote.Parse(text));
        Survives(3000, note.Split('\n')[4], text => SignedNote.ParseLine(text));
        Survives(3000, note[..(note.IndexOf("\n\n", StringComparison.Ordinal) + 1)], text => Checkpoint.Parse(text));
        Survives(3000, "CN-YRD/340000/log+1a2b3c4d+AfaiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", text => NoteKey.Parse(text));
        var receipt = new Receipt(1, "{}"u8.ToArray(), [new byte[32]], note).ToText();
        Survives(3000, receipt, text =>
        {
            if (Receipt.Parse(text) is { Ok: true } parsed)
                ReceiptVerifier.Verify(parsed.Value, [], [], 0);
        });
    }

    static readonly string Certificate = SdJwtToken.Issue(Key, Content(), [Disclosure.Make("holder", "样例"), Disclosure.Make("months", 12)]);

    static readonly DocumentKey AnyTime = new(JsonSerializer.Serialize(Key.Public.Jwk), 0, long.MaxValue);

    static JsonObject Content() => new()
    {
        ["iss"] = "http://127.0.0.1",
        ["vct"] = "urn:x",
        ["nbf"] = 1,
        ["exp"] = 4_000_000_000,
        ["cnf"] = new JsonObject { ["jwk"] = JsonSerializer.SerializeToNode(Key.Public.Jwk) },
        ["status"] = new JsonObject { ["status_list"] = new JsonObject { ["idx"] = 3, ["uri"] = "http://127.0.0.1/status/0" } },
    };

    [Fact]
    public void Certificates_and_presentations()
    {
        var shown = SdJwtToken.Present(Certificate, new HashSet<string> { "holder" }, Key, "aud", "nonce", Now);
        Assert.True(SdJwtToken.Verify(shown, _ => Key.Public, ("aud", "nonce")).Ok);
        foreach (var good in new[] { Certificate, shown })
        {
            Survives(3000, good, text =>
            {
                SdJwtToken.Peek(text);
                SdJwtToken.Disclosures(text);
                var verified = SdJwtToken.Verify(text, _ => Key.Public, null);
                Assert.True(!verified.Ok || text == good || good.StartsWith(text, StringComparison.Ordinal) || text.Split('~')[0] == good.Split('~')[0], "A changed certificate was taken.");
            });
        }
    }

    [Fact]
    public void What_a_trusted_issuer_signed_but_should_not_have()
    {
        var binding = new JsonObject { ["iat"] = 1, ["aud"] = "aud", ["nonce"] = "nonce", ["sd_hash"] = "x" }.ToJsonString();
        Survives(3000, Content().ToJsonString(), text =>
        {
            // Each time signed anew: the signature holds, and all that follows it is reached.
            var jwt = Jws.Sign(Key, Encoding.UTF8.GetBytes(text), SdJwtToken.Type);
            var token = $"{jwt}~{Jws.Sign(Key, Encoding.UTF8.GetBytes(binding), "kb+jwt")}";
            SdJwtToken.Verify(token, _ => Key.Public, ("aud", "nonce"));
            SdJwtToken.Verify(jwt + "~", _ => Key.Public, null);
            CertificatesModule.Verify(jwt + "~", new Dictionary<string, IReadOnlyList<DocumentKey>> { ["http://127.0.0.1"] = [AnyTime] }, null, Now);
        }, json: true);
        var payload = """{"sub":"u","exp":4000000000,"iat":1,"status_list":{"bits":1,"lst":"eNpjYAAAAAEAAQ"}}""";
        Survives(3000, payload, text => StatusList.IsRevoked(Jws.Sign(Key, Encoding.UTF8.GetBytes(text), "statuslist+jwt"), "u", 3, new IssuerKeys([AnyTime]), Now), json: true);
    }

    [Fact]
    public void Tokens_and_keys()
    {
        var token = Jws.Sign(Key, "{\"a\":1}"u8, "x+jws");
        Survives(3000, token, text =>
        {
            Jws.Verify(text, "x+jws", _ => Key.Public);
            ClientProof.Kid(text);
        });
        Survives(3000, JsonSerializer.Serialize(Key.Public.Jwk), text =>
        {
            try
            {
                if (JsonSerializer.Deserialize<Jwk>(text) is { } jwk)
                    PublicKey.Read(jwk);
            }
            catch (JsonException)
            {
                // Every caller of the deserialiser answers this.
            }
        }, json: true);
    }

    [Fact]
    public void Decision_tables()
    {
        var file = Directory.GetFiles(Path.Combine(ProjectRoot.Path, "data", "rules"), "*.dmn", SearchOption.AllDirectories).Order().First();
        Survives(250, File.ReadAllText(file), text =>
        {
            var read = DmnModel.Read(text);
            Assert.True(read.Model is not null || read.Diagnostics.Count > 0);
            read.Model?.Compile();
        });
    }

    [Theory]
    [InlineData("if a > 3 then sum(for x in [1..5] return x * a) else \"no\"")]
    [InlineData("some p in people satisfies p.age >= 18 and p.name = \"王\"")]
    [InlineData("date(\"2026-11-22\") + duration(\"P1Y2M\") between date(\"2026-01-01\") and @\"2028-01-01\"")]
    public void Expressions(string good) => Survives(1500, good, text =>
    {
        FeelExpression.Parse(text, "a", "people").Evaluate(null, new EvaluationOptions());
        FeelUnaryTests.Parse(text, "a", "people");
    });

    [Fact]
    public void Numbers_of_people_enterprises_and_certificates()
    {
        Survives(3000, "11010519491231002X", text => CitizenId.Parse(text, new DateOnly(2026, 11, 22)));
        Survives(3000, "91350100M000100Y43", text => CreditCode.Parse(text));
        Survives(3000, "1.2.156.3005.2.11100099000000017N001.1131019900TB310531.202600000001.001.X", text => CertificateNumber.Parse(text));
    }
}
