using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tongban.Cases.Materials;
using Tongban.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Identity.Accounts;
using Tongban.Identity.Oidc;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Rules;
using Tongban.Tests.Support;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Fuzz;

/// <summary>One reader of what comes from outside, and good input for it to be made bad.</summary>
/// <param name="Readers">The product's methods it goes through, as <c>Type.Method</c>.</param>
/// <param name="Runs">For each good input; one long input counts as much as many short ones.</param>
/// <param name="Read">Takes anything; throws only where the method under test did, or gave what it must not.</param>
sealed record ParserTarget(string Name, int Runs, string[] Readers, bool Json, string[] Good, Action<string> Read);

/// <summary>The table of readers. <see cref="ParserFuzzTests"/> finds a new one that is missing here.</summary>
static class ParserTargets
{
    static readonly NodeKey Key = SignatureSuites.EcdsaP256.Generate();
    static readonly NodeKey LogKey = SignatureSuites.Ed25519.Generate();
    static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
    static readonly long NowMs = Now.ToUnixTimeMilliseconds();
    const string Node = "CN-YRD/340000";

    static ParserTarget Text(string name, int runs, string[] readers, string[] good, Action<string> read) => new(name, runs, readers, false, good, read);

    static ParserTarget Json(string name, int runs, string[] readers, string[] good, Action<string> read) => new(name, runs, readers, true, good, read);

    /// <summary>Whatever its types say is there is there, down to the last.</summary>
    static void LacksNothing(object value)
    {
        foreach (var property in value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.GetCustomAttribute<JsonIgnoreAttribute>() is null))
        {
            if (property.GetValue(value) is not { } held)
            {
                if (new NullabilityInfoContext().Create(property).ReadState == NullabilityState.NotNull)
                    throw new InvalidOperationException($"{value.GetType().Name}.{property.Name} is null.");
                continue;
            }
            var parts = held is string ? [] : held is System.Collections.IEnumerable all ? all.Cast<object?>() : [held];
            foreach (var part in parts)
            {
                if (part is null)
                    throw new InvalidOperationException($"{value.GetType().Name}.{property.Name} holds a null.");
                if (part.GetType().Namespace?.StartsWith("Tongban", StringComparison.Ordinal) == true)
                    LacksNothing(part);
            }
        }
    }

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    static string Utf8(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    static readonly QueryMessage Query = new(1, new string('a', 32), "ag", "civil.marriage", 1, ["registerNumber"], new Dictionary<string, string> { ["citizenId"] = "3101" }, "3000", "D1", "a.b.c", new byte[32]);

    const string Answer = """{"v":1,"exchangeId":"aaaaaaaaaaaaaaaa","provider":"CN-YRD/340000","department":"340000-civil","resource":"civil.marriage","asOf":1,"logIndex":0,"rows":[{"a":"b","c":null}]}""";

    const string Terms = """{"id":"ag","provider":"CN-YRD/340000","consumer":"CN-YRD/310000","resource":"r","resourceVersion":1,"fields":["a"],"purposes":["*"],"caseRequired":true,"basis":{"kind":"consent","text":{"zh":"同意","en":"consent"}},"validFrom":1,"validUntil":2,"quotaPerDay":3}""";

    static readonly AgreementTerms Standing = new("ag-1", Node, "CN-YRD/310000", "civil.marriage", 1, ["registerNumber", "state"], ["300011001001", "990709043000"], true,
        new AgreementBasis(AgreementBasis.Consent, new Words("同意", "consent")), NowMs, NowMs + 1000, 100,
        new RelatedBasis(["990709043000"], new Words("依据", "basis")), RatePerMinute: 5, RetentionDays: 30, NoOnwardUse: true, Place: "310000", Subscription: true, LeastGroup: 12, Price: new PricePlan(PricePlan.Row, 5, 1000), UseClass: UseClass.Industry, Processing: true);

    static readonly DirectoryDocument Region = new("CN-YRD", 1, 0, NowMs + 3_600_000,
        [new(Node, "340000", new Words("安徽省", "Anhui"), "http://127.0.0.1:1", ["government"], [new(Key.Kid, Key.Public.Jwk, Key.Suite.Name, 0, NowMs + 3_600_000)], null, null)], new Quorum(1, [Key.Kid]));

    static readonly TrustedDirectory Directory = TrustedDirectory.Pin(Signed(Plain(Region), TrustedDirectory.DocumentType)).Value;

    static readonly ConsentArtefact Consent = new("c1", Node, "h", "p", "D1", Node, [new ConsentSource(Node, "civil.marriage", ["a"])], 2, NowMs - 1000, NowMs + 1000)
    {
        Fetch = new(ConsentFetch.Periodic, 3, ConsentFetch.Day),
        DataLifeDays = 30,
        Mandate = new("guardian", "m1", ["*"], NowMs + 1000, "a"),
    };

    static string Plain<T>(T value) => JsonSerializer.Serialize(value, DirectoryDocument.Json);

    static string Signed(string payload, string type) =>
        JsonSerializer.Serialize(new SignedDocument(System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload)), []).Sign(Key, type));

    static JsonObject Content() => new()
    {
        ["iss"] = "http://127.0.0.1",
        ["vct"] = "urn:x",
        ["nbf"] = 1,
        ["exp"] = 4_000_000_000,
        ["cnf"] = new JsonObject { ["jwk"] = JsonSerializer.SerializeToNode(Key.Public.Jwk) },
        ["status"] = new JsonObject { ["status_list"] = new JsonObject { ["idx"] = 3, ["uri"] = "http://127.0.0.1/status/0" } },
    };

    static readonly string Certificate = SdJwtToken.Issue(Key, Content(), [Disclosure.Make("holder", "样例"), Disclosure.Make("months", 12)]);

    static readonly string Shown = SdJwtToken.Present(Certificate, new HashSet<string> { "holder" }, Key, "aud", "nonce", Now);

    static readonly DocumentKey AnyTime = new(JsonSerializer.Serialize(Key.Public.Jwk), 0, long.MaxValue);

    const string Note = "CN-YRD/340000/log\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— CN-YRD/340000/log AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";

    const string SealedLeafText = """{"about":"a","body":{"answer":"b","basis":"consent","case":"D1","consent":"c","department":"340000-civil","exchange":"aaaaaaaaaaaaaaaa","fields":["a"],"question":"q","rows":1},"kind":"exchange.provided","metering":{"agreement":"ag","at":1,"consumer":"CN-YRD/310000","outcome":"answered","provider":"CN-YRD/340000","purpose":"p","resource":"civil.marriage","units":1},"ref":"p/CN-YRD/310000/aaaaaaaaaaaaaaaa","v":1}""";

    static readonly string Sealed = Utf8(new SealedAnswers(Note, 2, new RangeProof([new byte[32]], []), [new SealedPart(Bytes(SealedLeafText), new byte[32], new byte[32], Bytes("""[{"a":"b"}]"""))]).ToJson());

    static readonly Dictionary<string, Words> Departments = new() { ["340000-civil"] = new Words("民政", "Civil") };

    static readonly string ResourceCsv = string.Join(',', [.. WriteResourceCsv.ResourceColumns, .. ResourceForm.FieldColumns]) + "\n"
        + "civil.test,1,340000-civil,样例,Sample,摘要摘要,Summary,person,conditional,按约定,As agreed,none,daily,,many,,,citizenId:text:true,civil.db,\"SELECT a, b\nFROM x\",,platform,number,字号,Number,text,,2,是\n";

    public static IReadOnlyList<ParserTarget> All { get; } =
    [
        // RFC 8941/9651, 9421, 9530
        Text("structured fields", 3000, ["StructuredField.ParseItem", "StructuredField.ParseList", "StructuredField.ParseDictionary"],
            [
                "a=1, b=(\"x\" \"y\";q=0.5);z, c=:aGVsbG8=:, d=?1, e=@1659578233, f=%\"f%c3%bc\"",
                "sig1=(\"@method\" \"@target-uri\" \"content-digest\");created=1618884473;keyid=\"test-key\";nonce=\"b3k2pp5k7z-50gnwp.yemd\"",
                "1.5;a, -3, \"text\", token, (a b);c",
            ],
            text =>
            {
                StructuredField.ParseItem(text);
                StructuredField.ParseList(text);
                StructuredField.ParseDictionary(text);
            }),
        .. SignedMessages(),

        // Peers' messages
        Json("a query", 4000, ["QueryMessage.Parse"], [Utf8(Query.ToJson())], text => QueryMessage.Parse(Bytes(text))),
        Json("an answer", 4000, ["QueryAnswer.Parse"], [Answer], text => QueryAnswer.Parse(Bytes(text))),
        Json("queries together", 2000, ["QueriesMessage.Parse"], [Utf8(QueriesMessage.Write([Query.ToJson(), Query.ToJson()]))], text => QueriesMessage.Parse(Bytes(text))),
        Json("answers together", 2000, ["AnswersMessage.Parse"], [$$$"""{"v":1,"answers":[{"status":200,"answer":{{{Answer}}}},{"status":403,"problem":{"title":"t","detail":"d"}}]}"""], text => AnswersMessage.Parse(Bytes(text), 2)),
        Json("sealed answers", 3000, ["SealedAnswers.Parse"], [Sealed], text => SealedAnswers.Parse(Bytes(text))),
        Json("a leaf under seal", 3000, ["SealedLeaf.Read"], [SealedLeafText], text => SealedLeaf.Read(Bytes(text))),
        Json("a subscription", 2000, ["SubscribeMessage.Parse"], [Utf8(new SubscribeMessage(Query, 5).ToJson())], text => SubscribeMessage.Parse(Bytes(text))),
        Json("pushed changes", 3000, ["ChangesMessage.Parse"],
            [Utf8(new ChangesMessage(new string('s', 32), [new(1, Bytes(Answer)), new(2, Bytes(Answer))]).ToJson()), Utf8(new ChangesMessage(new string('s', 32), [], "consent.revoked").ToJson())],
            text => ChangesMessage.Parse(Bytes(text))),
        Json("how far a bulk answer is", 2000, ["BulkStatus.Read"], [Plain(new BulkStatus(1, "ready", "a.b.c", 3, null)), Plain(new BulkStatus(1, "ended", null, null, "bulk.over"))], text => BulkStatus.Read(Bytes(text))),
        Json("a manifest of chunks, signed", 2000, ["BulkManifest.Verify"],
            [Plain(new BulkManifest(1, Query.ExchangeId, Region.Members[0].NodeId, "340000-civil", Query.Agreement, Query.Resource, Query.ResourceVersion, Query.Fields, 1, 2, [new(10, 2, new string('x', 43))]))],
            text => BulkManifest.Verify(Jws.Sign(Key, Bytes(text), BulkManifest.TokenType), Directory, Region.Members[0].NodeId, Query)),
        Text("a chunk of rows", 3000, ["FetchBulk.Rows"], ["{\"a\":\"x\",\"b\":null}\n{\"a\":\"y\",\"b\":\"z\"}\n"], text => FetchBulk.Rows(Bytes(text), ["a", "b"]).Count()),
        Json("up to where", 1000, ["NumberMessage.Read"], [Utf8(NumberMessage.Write("taken", 7))], text => NumberMessage.Read(Bytes(text), "taken")),
        Json("questions about metering", 2000, ["MeteringRequest.Parse"], [Utf8(new MeteringRequest(1, "ag", 1, 2, 1, 3).ToJson()), Utf8(new MeteringRequest(1, "ag", 0, 0, Exchanges: ["aaaaaaaaaaaaaaaa"]).ToJson()), Utf8(new MeteringRequest(1, "ag", 0, 0, Exchanges: ["aaaaaaaaaaaaaaa\0"]).ToJson())],
            text => AreIds(MeteringRequest.Parse(Bytes(text)) is { Ok: true, Value.Exchanges: { } ids } ? ids : [])),
        Json("answers about metering", 2000, ["MeteringReply.Read"], [Plain(new MeteringReply(1, [new("aaaaaaaaaaaaaaaa", 3, 1, 1, 5, true), new(null, 4, 1, null, 6, null)], true)), Plain(new MeteringReply(1, [new("aaaaaaaaaaaaaaa\0", 3, 1, 1, 5, true)], true))],
            text => AreIds(MeteringReply.Read(Bytes(text))?.Rows.Select(r => r.Exchange).OfType<string>() ?? [])),
        Json("published counts, signed", 2000, ["MonthlyCounts.Verify", "MonthlyCounts.Read"],
            [Plain(new MonthlyCounts(1, Region.Members[0].NodeId, 5, [new("2026-11", "CN-YRD/310000", Region.Members[0].NodeId, "civil.marriage", 12)]))],
            text => MonthlyCounts.Verify(Jws.Sign(Key, Bytes(text), MonthlyCounts.TokenType), Directory, Region.Members[0].NodeId)),
        Text("how long a node took", 2000, ["ServerTiming.Parse"], [ServerTiming.Write(12_345)], text => ServerTiming.Parse(text)),
        Json("answers to acknowledgements", 2000, ["AckReply.Read"], [Plain(new AckReply(1, 9)), Plain(new AckReply(1, -1, [new(60, 5)]))], text => AckReply.Read(Bytes(text))),
        Json("acknowledgements", 3000, ["AckMessage.Parse"], [Utf8(new AckMessage(1, 9, [2, 3, 9], [0, 1], 2).ToJson())], text => AckMessage.Parse(Bytes(text))),
        Json("a refusal", 2000, ["PeerProblem.Read"], ["""{"title":"a","detail":"b","detailEn":"c","where":"d","todo":"e","todoEn":"f"}""", """{"code":"a","reason":["b","c"]}"""], text => PeerProblem.Read(403, Bytes(text))),
        Text("an aggregate's shape", 2000, ["AggregateForm.Read"], ["dimensions = a b\ncount = n\nmeasures = m\nalways = 1\nleast = 10"],
            text => AggregateForm.Read(text, [.. "abnm".Select(n => new ResourceField($"{n}", "名", "n", "integer", null, 1, false))], [])),
        Text("rights in a file", 2000, ["RightsCsv.Parse"], ["resource,kind,party,basis,from,until\ncivil.marriage,operator,CN-YRD/340000,\"文件, 1 号\",2026-01-01,\n"], text => RightsCsv.Parse(text)),
        Json("a catalogue", 3000, ["CatalogueDocument.Parse"],
            ["""{"nodeId":"CN-YRD/340000","division":"340000","resources":[{"code":"a","version":1,"name":{"zh":"名","en":"n"},"summary":{"zh":"要","en":"s"},"department":"340000-civil","departmentName":{"zh":"民政","en":"Civil"},"evidenceTypes":["e"],"sharing":"conditional","updateCycle":"daily","parameters":[{"name":"area","type":"text","required":false}],"fields":[{"name":"area","label":{"zh":"名","en":"n"},"type":"text","level":1,"personal":true,"element":"x.y","mapped":1}],"condition":{"zh":"依法","en":"by law"},"subject":"other","format":"JSON","openness":"none","related":["b"],"publishedAt":1,"aggregate":{"dimensions":["area"],"count":"n","measures":["m"],"always":1,"leastGroup":10},"rights":[{"kind":"holder","party":"CN-YRD/340000"}],"overdueSince":"2026-01-01"}]}"""],
            text =>
            {
                if (CatalogueDocument.Parse(text) is { Ok: true, Value: var read })
                {
                    // It is searched beside everybody's, and shown.
                    LacksNothing(read);
                    _ = new CatalogueIndex(read).Find("a").Count();
                }
            }),
        Json("what a member needs", 2000, ["NeedsMessage.Read"], [Plain(new NeedsMessage(1, "CN-YRD/340000", [new("00112233445566778899aabbccddeeff", "核对婚姻", ["marriage.state"], true, "户口迁移", 5)]))],
            text => NeedsMessage.Read(Bytes(text), "CN-YRD/340000")),
        Json("a person's records", 2000, ["RecordsReply.Read"],
            ["""{"leaves":[{"index":3,"at":5,"data":"e30=","law":{"zh":"法","en":"law"}}],"more":true,"masked":[{"key":"x aaaaaaaaaaaaaaaa","at":5,"law":{"zh":"法","en":"law"}}],"heldBack":[{"law":{"zh":"法","en":"law"},"delayDays":180,"masked":false,"since":"2026-01-01"}]}"""],
            text => RecordsReply.Read(Bytes(text), 9)),
        Json("a proof of consistency", 2000, ["Proof.Read"], ["""{"from":3,"to":7,"hashes":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}"""], text => LogRoutes.Proof.Read(text, 3, 7)),
        Json("a leaf that says what was erased", 2000, ["ErasedLeaf.Read"], [Utf8(ErasedLeaf.Of(3, true, "person", "someone", 5).Data)], text => ErasedLeaf.Read(Bytes(text))),
        Json("which pages a catalogue has", 2000, ["CatalogueIndexMessage.Parse"], ["""{"nodeId":"CN-YRD/340000","division":"340000","pages":[{"id":"4-0","etag":"00112233445566778899aabbccddeeff"},{"id":"4-3","etag":"ffeeddccbbaa99887766554433221100"}]}"""],
            text => CatalogueIndexMessage.Parse(text)),
        Json("a data standard", 3000, ["StandardDocument.Parse"],
            ["""{"region":"CN-YRD","version":2,"elements":[{"element":"person.sex","version":1,"label":{"zh":"性别","en":"Sex"},"type":"text","length":3,"list":"sex","level":2,"personal":true}],"lists":[{"list":"sex","version":2,"name":{"zh":"性别","en":"Sex"},"source":"GB/T 2261.1","values":[{"code":"男","name":{"zh":"男","en":"Male"},"from":"2026-01-01","until":"2027-01-01"}]}]}"""],
            text =>
            {
                if (StandardDocument.Parse(Bytes(text)) is { Ok: true, Value: var read })
                {
                    StandardChange.Refuses(read, read with { Version = 3 });
                    StandardDocument.Parse(read.ToBytes()).Value.ListOf("person.sex")?.IsInForce("男", new DateOnly(2026, 6, 1));
                }
            }),
        Json("an agreement", 2000, ["Agreement.Read", "Agreement.Verify"], [Signed(Terms, Agreement.DocumentType)], ReadAgreement),
        Json("an agreement's terms, signed", 2000, ["Agreement.Read", "Agreement.Verify"], [Terms, Plain(Standing)], text => ReadAgreement(Signed(text, Agreement.DocumentType))),
        Json("a directory", 2000, ["TrustedDirectory.Pin", "TrustedDirectory.Kept", "Proposal.Read"], [Signed(Plain(Region), TrustedDirectory.DocumentType)], ReadDirectory),
        Json("a directory's content, signed", 2000, ["TrustedDirectory.Pin", "TrustedDirectory.Kept", "Proposal.Read"], [Plain(Region)], text => ReadDirectory(Signed(text, TrustedDirectory.DocumentType))),
        Json("an application to join", 2000, ["MemberApplication.Read"], [Signed(Plain(Region.Members[0]), "tb-application+jws")], text => MemberApplication.Read(text, "CN-YRD")),
        Json("an application's content, signed", 2000, ["MemberApplication.Read"], [Plain(Region.Members[0])], text => MemberApplication.Read(Signed(text, "tb-application+jws"), "CN-YRD")),
        Json("a consent, signed", 2000, ["ConsentArtefact.Verify"], [Plain(Consent)], text => ConsentArtefact.Verify(Jws.Sign(Key, Bytes(text), ConsentArtefact.TokenType), Directory)),
        Json("a leaf", 3000, ["LeafFacts.Read"],
            ["""{"v":1,"kind":"provided","ref":"x","body":{"exchange":"x","department":"d","fields":["a"],"case":"c","consent":"c1","basis":"consent","counterpart":3},"metering":{"consumer":"a","provider":"b","resource":"r","purpose":"p","agreement":"ag","outcome":"ok"}}"""],
            text => LeafFacts.Read("n", 1, 1, Bytes(text))),
        Json("a leaf of a consent's use", 2000, ["ConsentUses.Read"],
            ["""{"v":1,"kind":"consent.use","ref":"u/x","body":{"at":1,"consent":"c1","consumer":"a","exchange":"e","issuer":"n","of":"holder","place":0,"resource":"r"}}"""], text => ConsentUses.Read(Bytes(text))),
        Json("what is shown later of a use", 2000, ["Withholding.Parse"], ["""{"from":1,"lawEn":"Law","lawZh":"法","masked":true,"rule":"r"}"""],
            // In the answer that it stands in, whose reader tells what does not fit.
            text => QueryAnswer.Parse(Bytes($$"""{"disclosure":{{(IsJson(text) ? text : "0")}},{{Answer[1..]}}"""))),
        Json("the first leaf of an epoch", 2000, ["EpochLeaf.Read"],
            ["{\"v\":1,\"kind\":\"log.epoch\",\"ref\":\"epoch/2\",\"body\":{\"at\":1,\"checkpoint\":\"n\\n1\\n\",\"ended\":\"n\",\"kept\":1,\"origin\":\"n/2\",\"reason\":\"lost\"}}"], text => EpochLeaf.Read(Bytes(text))),

        // Dataspace Protocol, ODRL
        Json("a message of the Dataspace Protocol", 2000, ["DspMessage.Read"], [DspMessage.New("ContractRequestMessage", "p", "c").ToJsonString()], text => DspMessage.Read(Bytes(text), "ContractRequestMessage")),
        Json("a policy", 3000, ["OdrlPolicy.Read"],
            [OdrlPolicy.Offer("o", Standing, null).ToJsonString(), OdrlPolicy.Agreement(Standing, "t", DateTimeOffset.UnixEpoch).ToJsonString()],
            text =>
            {
                // As the protocol's messages are read: an object, found in one.
                if (DspMessage.Read(Bytes($$"""{"@context":["{{DspMessage.Context}}"],"@type":"T","offer":{{(IsJson(text) ? text : "0")}}}"""), "T") is { Ok: true, Value: var message } && message.GetProperty("offer") is { ValueKind: JsonValueKind.Object } policy)
                    OdrlPolicy.Read(policy, Standing);
            }),

        // Systems that nobody rewrites
        Json("what a connected system asks", 2000, ["GatewayQuery.Parse"], ["""{"provider":"CN-YRD/340000","resource":"civil.marriage","fields":["a"],"parameters":{"citizenId":"1"},"purpose":"p","caseReference":"c","consentId":"x"}"""],
            text => GatewayQuery.Parse<GatewayQuery.Body>(Bytes(text))),

        // The log
        Text("a note", 3000, ["SignedNote.Parse"], [Note], text => SignedNote.Parse(text)),
        Text("a line of a note", 3000, ["SignedNote.ParseLine"], [Note.Split('\n')[4]], text => SignedNote.ParseLine(text)),
        Text("a checkpoint", 3000, ["Checkpoint.Parse"], [Note[..(Note.IndexOf("\n\n", StringComparison.Ordinal) + 1)]], text => Checkpoint.Parse(text)),
        Text("a checkpoint, signed", 3000, ["Checkpoint.Verify", "NoteKey.Parse"], [Note], text => Checkpoint.Verify(text, NoteKey.Of("CN-YRD/340000/log", LogKey.Public))),
        Text("a verifier key", 3000, ["NoteKey.Parse"], ["CN-YRD/340000/log+1a2b3c4d+AfaiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], text => NoteKey.Parse(text)),
        Text("a receipt", 3000, ["Receipt.Parse"], [new Receipt(1, "{}"u8.ToArray(), [new byte[32]], Note).ToText()], text =>
        {
            if (Receipt.Parse(text) is { Ok: true } parsed)
                ReceiptVerifier.Verify(parsed.Value, [], [], 0);
        }),
        Text("a tile's place", 2000, ["LogTiles.Read"], ["0/x001/x234/067.p/12", "3/000"], text => LogTiles.Read(text)),
        Text("salts", 2000, ["LogSalts.Read"], ["\0\u0004\0\u0003nameabc\0\u0001\0\u0001ab"], text => LogSalts.Read(Encoding.Latin1.GetBytes(text))),

        // Certificates, tokens, keys
        Text("a certificate", 2000, ["SdJwtToken.Peek", "SdJwtToken.Verify", "Disclosure.Read"], [Certificate, Shown], text =>
        {
            SdJwtToken.Peek(text);
            SdJwtToken.Disclosures(text);
            if (SdJwtToken.Verify(text, _ => Key.Public, null).Ok && !new[] { Certificate, Shown }.Any(good => good.StartsWith(text, StringComparison.Ordinal) || text.Split('~')[0] == good.Split('~')[0]))
                throw new InvalidOperationException("A changed certificate was taken.");
        }),
        // Each time signed anew: the signature holds, and all that follows it is reached.
        Json("what a trusted issuer signed but should not have", 2000, ["SdJwtToken.Verify", "CertificateCheck.Read", "CertificatesModule.Verify", "VerifyOffline.Verify"], [Content().ToJsonString()], text =>
        {
            var jwt = Jws.Sign(Key, Bytes(text), SdJwtToken.Type);
            var binding = new JsonObject { ["iat"] = 1, ["aud"] = "aud", ["nonce"] = "nonce", ["sd_hash"] = "x" }.ToJsonString();
            SdJwtToken.Verify($"{jwt}~{Jws.Sign(Key, Bytes(binding), "kb+jwt")}", _ => Key.Public, ("aud", "nonce"));
            SdJwtToken.Verify(jwt + "~", _ => Key.Public, null);
            CertificatesModule.Verify(jwt + "~", new Dictionary<string, IReadOnlyList<DocumentKey>> { ["http://127.0.0.1"] = [AnyTime] }, null, Now);
        }),
        Json("a status list", 2000, [], ["""{"sub":"u","exp":4000000000,"iat":1,"status_list":{"bits":1,"lst":"eNpjYAAAAAEAAQ"}}"""],
            text => StatusList.IsRevoked(Jws.Sign(Key, Bytes(text), "statuslist+jwt"), "u", 3, new IssuerKeys([AnyTime]), Now)),
        Text("a token", 3000, ["Jws.Verify"], [Jws.Sign(Key, "{\"a\":1}"u8, "x+jws")], text =>
        {
            Jws.Verify(text, "x+jws", _ => Key.Public);
            ClientProof.Kid(text);
        }),
        Json("a key", 3000, ["PublicKey.Read", "NodeKey.Read"], [JsonSerializer.Serialize(Key.Public.Jwk)], text =>
        {
            // Every caller of the deserialiser answers what is no key at all.
            if (IsJson(text) && Jwk(text) is { } jwk)
            {
                PublicKey.Read(jwk);
                NodeKey.Read(jwk);
            }
        }),
        Text("the node's own keys, damaged", 300, ["KeystoreFile.Read"], [new string('k', 300)], text => KeystoreFile.Read(Encoding.Latin1.GetBytes(text), "no passphrase")),

        // Files, tables, expressions
        Text("resources as CSV", 2000, ["CsvText.Read", "ImportResources.Parse", "ResourceForm.Read"], [ResourceCsv], text => ImportResources.Parse(text, "340000", Departments, _ => 1)),
        Text("a data standard as CSV", 2000, ["StandardCsv.Read"],
            [string.Join(',', StandardCsv.ElementColumns) + "\nperson.sex,性别,Sex,text,,3,sex,2,是\n", string.Join(',', StandardCsv.ListColumns) + "\nsex,性别,Sex,GB/T 2261.1,男,男,Male,2026-01-01,\nsex,,,,女,女,Female,,2027-01-01\n"],
            text =>
            {
                if (StandardCsv.Read(text, "file") is { Ok: true, Value: var read })
                    StandardChange.Make(null, "CN-YRD", read.Elements, read.Lists);
            }),
        Text("a mapping as CSV", 2000, ["MappingForm.ReadCsv"], ["kind,local,code\nentry,1,男\nentry,2,女\ntest,1,男\ntest,9,refused\n"], text =>
        {
            if (MappingForm.ReadCsv(text, null, isDate: false) is { Ok: true, Value: var mapping })
                CodeMapping.Read(mapping.ToJson()).Check(null, new DateOnly(2026, 11, 23));
        }),
        Text("a mapping as entered", 2000, ["MappingForm.Read"], ["1,男\n2,女"], text => MappingForm.Read(name => name is "entries" or "tests" ? text : name == "shown" ? "SELECT a" : "", isDate: false)),
        Text("a date in a department's form", 2000, [], ["20260131", "2026年1月31日", "2026-01-31 10:00:00"], text =>
        {
            foreach (var form in CodeMapping.DateForms)
                new CodeMapping([], form, [], false, "").ToRegion(text, null, default);
        }),
        Text("the columns of a department's file", 2000, ["ColumnNames.Read"], ["@citizenId = 身份证号\nnumber = 登记字号"],
            text => ColumnNames.Read(text.Split('\n'), [new("number", "字号", "Number", "text", null, 2, true)], [new("citizenId", "text", true)])),
        Text("how a department's service is asked", 2000, ["HttpBinding.Read"], ["GET /x/{citizenId}?size=10\nrows = /items\nnext = /links/next\ntotal = /total\nnumber = /n", "POST /x\npage = page 1\nnumber = /a~1b/c"],
            text => HttpBinding.Read(text.Split('\n'), [new("number", "字号", "Number", "text", null, 2, true)], [new("citizenId", "text", true)])),
        Json("a page of a department's service", 2000, ["HttpPages.Turn"], ["""{"items":[{"number":"1"},{"number":null}],"links":{"next":"?page=2"},"total":3}"""], text =>
        {
            if (!IsJson(text))
                return;
            ResourceField number = new("number", "字号", "Number", "text", null, 2, true);
            foreach (var way in new[] { "next = /links/next", "page = page 1" })
            {
                var binding = HttpBinding.Read(["GET /x", "rows = /items", "total = /total", way], [number], []).Value;
                using var answer = JsonDocument.Parse(text);
                var rows = binding.Rows(answer.RootElement) ?? [];
                foreach (var row in rows)
                    binding.Value(row, number, out _);
                var pages = new HttpPages(new Uri("http://127.0.0.1:9/api"), binding, "/x");
                if (pages.Turn(answer.RootElement, rows.Count, Bytes(text)) is null && !pages.IsLast && !pages.Address.AbsoluteUri.StartsWith("http://127.0.0.1:9/api/", StringComparison.Ordinal))
                    throw new InvalidOperationException($"It leads to {pages.Address}.");
            }
        }),
        Text("the kind of an upload", 2000, ["FileKind.Of"], ["%PDF-1.4\nx", "\u00FF\u00D8\u00FFx", "\u0089PNG\r\n\u001A\n"], text => FileKind.Of(Encoding.Latin1.GetBytes(text), text.Length > 8 ? text[4..] : text)),
        Text("decision tables", 250, ["DmnModel.Read"], [File.ReadAllText(System.IO.Directory.GetFiles(Path.Combine(ProjectRoot.Path, "data", "rules"), "*.dmn", SearchOption.AllDirectories).Order().First())], text =>
        {
            var read = DmnModel.Read(text);
            if (read.Model is null && read.Diagnostics.Count == 0)
                throw new InvalidOperationException("Neither a table nor a reason.");
            read.Model?.Compile();
        }),
        Text("expressions", 1500, ["FeelExpression.Parse", "FeelUnaryTests.Parse", "FeelDate.Parse", "Number.Parse", "DaysTimeDuration.Parse", "YearsMonthsDuration.Parse", "FeelZone.Parse", "FeelTime.Parse", "FeelDateTime.Parse"],
            [
                "if a > 3 then sum(for x in [1..5] return x * a) else \"no\"",
                "some p in people satisfies p.age >= 18 and p.name = \"王\"",
                "date(\"2026-11-22\") + duration(\"P1Y2M\") between date(\"2026-01-01\") and @\"2028-01-01T10:00:00@Asia/Shanghai\"",
            ],
            text =>
            {
                FeelExpression.Parse(text, "a", "people").Evaluate(null, new EvaluationOptions());
                FeelUnaryTests.Parse(text, "a", "people");
            }),

        // What people and programs type
        Text("a citizen's number", 3000, ["CitizenId.Parse"], ["11010519491231002X"], text => CitizenId.Parse(text, new DateOnly(2026, 11, 22))),
        Text("an enterprise's number", 3000, ["CreditCode.Parse"], ["91350100M000100Y43"], text => CreditCode.Parse(text)),
        Text("a certificate's number", 3000, ["CertificateNumber.Parse"], ["1.2.156.3005.2.11100099000000017N001.1131019900TB310531.202600000001.001.X"], text => CertificateNumber.Parse(text)),
        Text("a phone's number", 1000, ["Phones.Parse"], ["13800138000"], text => Phones.Parse(text)),
        Text("the key of a page", 2000, ["Cursor.Read"], [Cursor.Of(1L, "a")], text => Cursor.Read(text, 2)),
    ];

    /// <summary>They go into references of a log and into a database, and PostgreSQL stores no NUL.</summary>
    static void AreIds(IEnumerable<string> exchanges)
    {
        if (exchanges.FirstOrDefault(e => !e.All(char.IsAsciiLetterOrDigit)) is { } odd)
            throw new InvalidOperationException($"Taken as the id of an exchange: {odd}");
    }

    static void ReadAgreement(string text)
    {
        Agreement.Read(text);
        Agreement.Verify(text, Directory);
    }

    static void ReadDirectory(string text)
    {
        TrustedDirectory.Pin(text);
        TrustedDirectory.Kept(text);
        Proposal.Read(text);
    }

    static IEnumerable<ParserTarget> SignedMessages()
    {
        var body = "{\"a\":1}"u8.ToArray();
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://127.0.0.1/peer/query?x=1") { Content = new ByteArrayContent(body) };
        if (!MessageSigner.SignRequest(request, body, Key, Now).Ok)
            throw new InvalidOperationException("Not signed.");
        var address = request.RequestUri!;
        var headers = request.Headers.Concat(request.Content!.Headers).Where(h => h.Key.StartsWith("Sig", StringComparison.Ordinal) || h.Key == "Content-Digest")
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value));
        return headers.Keys.Select(header => Text("a message's " + header, 3000, ["MessageVerifier.Verify", "ContentDigest.Verify", "PlainForm.Read"], [headers[header]], text =>
        {
            var message = PlainMessage.OfRequest("POST", address, body);
            foreach (var (name, value) in headers)
                message.Set(name, name == header ? text : value);
            var verified = MessageVerifier.Verify(message, Profile.Label, _ => Key.Public, Now, Profile.Request);
            if (text == headers[header] && !verified.Ok)
                throw new InvalidOperationException("The good one was refused.");
            MessageVerifier.Labels(message);
        }));
    }

    static bool IsJson(string text)
    {
        try
        {
            using var _ = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static Jwk? Jwk(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Jwk>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
