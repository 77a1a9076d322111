using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

public sealed class AgreementTermsTests
{
    const long Now = 1_800_000_000_000;
    const string Consumer = "CN-YRD/310000";

    static readonly AgreementTerms All = new("ag-1", "CN-YRD/340000", Consumer, "civil.marriage", 1, ["registerNumber", "state"], ["300011001001", "990709043000"], true,
        new AgreementBasis(AgreementBasis.Consent, new Words("同意", "consent")), Now - 1000, Now + 1000, 100,
        new RelatedBasis(["990709043000"], new Words("依据", "basis")), RatePerMinute: 5, RetentionDays: 30, NoOnwardUse: true, Place: "310000", LeastGroup: 12, Price: new PricePlan(PricePlan.Row, 5, 1000), UseClass: UseClass.Industry, Processing: true);

    static readonly AgreementTerms Bare = All with
    {
        CaseRequired = false,
        Related = null,
        RatePerMinute = null,
        RetentionDays = null,
        NoOnwardUse = false,
        Place = null,
        LeastGroup = null,
        Price = null,
        FenPerCall = 12,
        UseClass = null,
        Processing = false,
        ValidFrom = 0,
        ValidUntil = 0,
        Basis = new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")),
    };

    static JsonElement Parsed(JsonObject policy) => JsonDocument.Parse(policy.ToJsonString()).RootElement;

    static string Text(AgreementTerms terms) => JsonSerializer.Serialize(terms);

    [Fact]
    public void Every_term_survives_the_way_to_ODRL_and_back()
    {
        foreach (var terms in new[] { All, Bare })
        {
            // What stands before must be overwritten by what the policy says, so it is as different as can be.
            var standing = (terms == All ? Bare : All) with { Id = "ag-1" };
            if (terms == Bare)
                standing = standing with { Related = null, RatePerMinute = null, RetentionDays = null, NoOnwardUse = false, Place = null, LeastGroup = null, UseClass = null, Processing = false, ValidFrom = 0, ValidUntil = 0 };
            Assert.Equal(Text(terms), Text(OdrlPolicy.Read(Parsed(OdrlPolicy.Offer("o", terms, null)), standing).Value));
            Assert.Equal(Text(terms), Text(OdrlPolicy.Read(Parsed(OdrlPolicy.Agreement(terms, "t", DateTimeOffset.UnixEpoch)), standing).Value));
        }
    }

    [Theory]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"payAmount","operator":"eq","rightOperand":"1"}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"purpose","operator":"isNoneOf","rightOperand":["a"]}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"purpose","operator":"isAnyOf","rightOperand":[]}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"urn:tongban:queriesPerDay","operator":"lteq","rightOperand":"-1"}]}""")]
    [InlineData("""{"action":"use","constraint":[{"and":[{"leftOperand":"purpose","operator":"eq","rightOperand":"a"}]}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"spatial","operator":"eq","rightOperand":"everywhere"}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"urn:tongban:leastGroup","operator":"gteq","rightOperand":"2"}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"urn:tongban:price","operator":"eq","rightOperand":{"unit":"call","fen":"1","per":"10"}}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"urn:tongban:price","operator":"eq","rightOperand":{"unit":"year","fen":"1","per":"1"}}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"urn:tongban:useClass","operator":"eq","rightOperand":"fun"}]}""")]
    [InlineData("""{"action":"use","constraint":{"leftOperand":"purpose","operator":"eq","rightOperand":"a"}}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"purpose","operator":"eq","rightOperand":"a"},{"leftOperand":"purpose","operator":"eq","rightOperand":"b"}]}""")]
    [InlineData("""{"action":"use","constraint":[{"leftOperand":"spatial","operator":"eq","rightOperand":"310000"}]}""")]
    [InlineData("""{"action":"use","duty":[{"action":"compensate"}]}""")]
    [InlineData("""{"action":"distribute"}""")]
    public void A_rule_this_node_does_not_keep_is_refused_and_not_read_past(string permission)
    {
        var policy = JsonDocument.Parse($$"""{"@id":"o","@type":"Offer","permission":[{{permission}}]}""").RootElement;
        Assert.Equal("dsp.policy-not-kept", OdrlPolicy.Read(policy, All).Error?.Code);
    }

    [Theory]
    [InlineData("prohibition", """[{"action":"print"}]""")]
    [InlineData("prohibition", """{"action":"distribute"}""")]
    [InlineData("prohibition", """[{"action":"distribute","constraint":{"leftOperand":"purpose"}}]""")]
    [InlineData("obligation", """[{"action":"compensate"}]""")]
    [InlineData("obligation", """{"action":"delete"}""")]
    public void Other_prohibitions_and_duties_are_refused(string kind, string rules)
    {
        var policy = JsonDocument.Parse($$"""{"permission":[{"action":"use"}],"{{kind}}":{{rules}}}""").RootElement;
        Assert.Equal("dsp.policy-not-kept", OdrlPolicy.Read(policy, All).Error?.Code);
    }

    static readonly AgreementUse Use = new(Consumer, "civil.marriage", 1, ["state"], "300011001001", "C1", Now);

    [Fact]
    public void A_use_is_checked_against_every_term()
    {
        static string? Code(AgreementUse use, AgreementTerms? terms = null) => new Agreement(terms ?? All, null, "").Refuses(use)?.Code;
        Assert.Null(Code(Use));
        Assert.Equal("agreement.not-for-this", Code(Use with { Consumer = "CN-YRD/320000" }));
        Assert.Equal("agreement.not-for-this", Code(Use with { Resource = "other" }));
        Assert.Equal("agreement.not-for-this", Code(Use with { ResourceVersion = 2 }));
        Assert.Equal("agreement.not-yet-valid", Code(Use with { At = Now - 1001 }));
        Assert.Equal("agreement.expired", Code(Use with { At = Now + 1000 }));
        Assert.Equal("agreement.place", Code(Use, All with { Place = "330000" }));
        Assert.Equal("agreement.purpose-not-covered", Code(Use with { Purpose = "other" }));
        Assert.Equal("agreement.case-reference-required", Code(Use with { CaseReference = "" }));
        Assert.Equal("query.no-fields", Code(Use with { Fields = [] }));
        Assert.Equal("agreement.field-not-covered", Code(Use with { Fields = ["state", "wifeName"] }));
        Assert.Equal("agreement.terminated", new Agreement(All, Now, "").Refuses(Use)?.Code);
        Assert.Equal("agreement.onward-use", new Agreement(All, null, "").RefusesReceiver("CN-YRD/320000")?.Code);
        Assert.Null(new Agreement(All, null, "").RefusesReceiver(Consumer));
        Assert.Null(new Agreement(All with { NoOnwardUse = false }, null, "").RefusesReceiver("CN-YRD/320000"));
    }

    [Fact]
    public void Whatever_goes_beyond_an_offer_is_not_covered_by_it()
    {
        var offered = All with { ValidFrom = 0, ValidUntil = 0 };
        Assert.True(StandingOffer.Covers(offered, offered));
        Assert.True(StandingOffer.Covers(offered, offered with { Fields = ["state"], QuotaPerDay = 1, RatePerMinute = 1, RetentionDays = 1, Place = "310100", Related = null }));
        AgreementTerms[] beyond =
        [
            offered with { Fields = ["state", "wifeName"] }, offered with { Purposes = ["*"] }, offered with { CaseRequired = false }, offered with { Basis = Bare.Basis },
            offered with { Related = new RelatedBasis(["300011001001"], new Words("依据", "basis")) }, offered with { QuotaPerDay = 101 }, offered with { RatePerMinute = null },
            offered with { RatePerMinute = 6 }, offered with { RetentionDays = null }, offered with { RetentionDays = 31 }, offered with { NoOnwardUse = false },
            offered with { Place = null }, offered with { Place = "330000" }, offered with { FenPerCall = 11, Price = null }, offered with { Price = null }, offered with { Price = new PricePlan(PricePlan.Row, 4, 1000) }, offered with { LeastGroup = 11 }, offered with { LeastGroup = null }, offered with { UseClass = null }, offered with { ValidFrom = Now, ValidUntil = Now + (366L * 24 * 3600 * 1000) },
        ];
        Assert.All(beyond, asked => Assert.False(StandingOffer.Covers(offered, asked)));
        Assert.False(StandingOffer.Covers(offered with { Processing = false }, offered));
    }

    [Fact]
    public void A_key_that_has_ended_or_signs_messages_only_signs_no_new_agreement()
    {
        var (consumer, ended, messages, present) = (SignatureSuites.EcdsaP256.Generate(), SignatureSuites.EcdsaP256.Generate(), SignatureSuites.EcdsaP256.Generate(), SignatureSuites.EcdsaP256.Generate());
        static MemberKey Entry(NodeKey key, long until, string? use = null) => new(key.Kid, key.Public.Jwk, key.Suite.Name, 0, until, use);
        MemberEntry Member(string id, params MemberKey[] keys) => new(id, id[7..], new Words(id, id), $"http://{id[7..]}.example", ["government"], keys, null, null);
        var directory = new DirectoryDocument("CN-YRD", 1, 0, Now + 1000,
            [Member(Consumer, Entry(consumer, Now + 1000)), Member(All.Provider, Entry(ended, Now - 1), Entry(messages, Now + 1000, MemberKey.ForMessages), Entry(present, Now + 1000))], new Quorum(1, [consumer.Kid]));
        var trusted = TrustedDirectory.Pin(JsonSerializer.Serialize(SignedDocument.Of(directory).Sign(consumer, TrustedDirectory.DocumentType))).Value;
        string Signed(NodeKey provider) => JsonSerializer.Serialize(SignedDocument.Of(All).Sign(provider, Agreement.DocumentType).Sign(consumer, Agreement.DocumentType));

        Assert.True(Agreement.Verify(Signed(present), trusted, Now).Ok);
        Assert.Equal("agreement.unsigned", Agreement.Verify(Signed(ended), trusted, Now).Error?.Code);
        Assert.Equal("agreement.unsigned", Agreement.Verify(Signed(messages), trusted, Now).Error?.Code);
        // What was signed with it while it was in force holds.
        Assert.True(Agreement.Verify(Signed(ended), trusted).Ok);
    }
}
