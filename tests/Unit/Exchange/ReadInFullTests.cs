using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

/// <summary>What a node is to sign it has read to the last member, at every depth.</summary>
public class ReadInFullTests
{
    static readonly AgreementTerms Terms = new("ag-1", "CN-YRD/340000", "CN-YRD/310000", "civil.marriage", 1, ["registerNumber"], ["300011001001"], true,
        new AgreementBasis(AgreementBasis.Legal, new Words("依法", "by law")), 1, 2, 100,
        new RelatedBasis(["300011001001"], new Words("条例", "regulation")), 5, 30, true, "340000", 7, true, true, 10, new PricePlan(PricePlan.Call, 7), UseClass.All.First(), true);

    static JsonObject Json<T>(T document) => JsonNode.Parse(SignedDocument.Of(document).UnverifiedPayload)!.AsObject();

    static Error? Refuses<T>(string json) => ReadInFull.Refuses<T>(Encoding.UTF8.GetBytes(json), "x.not-read");

    [Fact]
    public void What_this_version_writes_it_reads_in_full() => Assert.Null(Refuses<AgreementTerms>(Json(Terms).ToJsonString()));

    [Theory]
    [InlineData("", "sublicence")]
    [InlineData("basis", "until")]
    [InlineData("basis.text", "fr")]
    [InlineData("related", "degree")]
    [InlineData("related.text", "de")]
    [InlineData("price", "currency")]
    // What a record computes, or writes in another case, stands in no document.
    [InlineData("", "plan")]
    [InlineData("basis", "isConsent")]
    [InlineData("", "QuotaPerDay")]
    public void A_member_it_does_not_know_is_named_wherever_it_stands(string within, string name)
    {
        var document = Json(Terms);
        var at = document;
        foreach (var step in within.Split('.', StringSplitOptions.RemoveEmptyEntries))
            at = at[step]!.AsObject();
        at[name] = 1;
        var refused = Refuses<AgreementTerms>(document.ToJsonString());
        Assert.Equal(("x.not-read", ErrorKind.Invalid), (refused?.Code, refused?.Kind));
        Assert.Contains(name, refused!.Where, StringComparison.Ordinal);
        Assert.Contains(name, refused.Detail, StringComparison.Ordinal);
        Assert.Contains("升级", refused.Todo, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_that_stands_twice_is_not_read()
    {
        var text = Json(Terms).ToJsonString();
        Assert.NotNull(Refuses<AgreementTerms>(text.Insert(text.LastIndexOf('}'), ",\"quotaPerDay\":1")));
    }

    [Fact]
    public void That_something_known_is_not_there_is_said_by_null_as_well()
    {
        var document = Json(Terms);
        document["place"] = null;
        Assert.Null(Refuses<AgreementTerms>(document.ToJsonString()));
    }

    [Theory]
    [InlineData("members.0", "suspended")]
    [InlineData("members.0", "isHub")]
    [InlineData("members.0.name", "fr")]
    [InlineData("members.0.keys.0", "scope")]
    [InlineData("members.0.keys.0.jwk", "x5c")]
    [InlineData("members.0.log", "shards")]
    [InlineData("members.0.log.ended.0", "size")]
    [InlineData("quorum", "veto")]
    [InlineData("standard", "name")]
    [InlineData("", "charter")]
    public void Of_a_directory_too(string within, string name)
    {
        var key = SignatureSuites.EcdsaP256.Generate();
        var directory = new DirectoryDocument("CN-YRD", 1, 1, 2,
            [new MemberEntry("CN-YRD/340000", "340000", new Words("安徽省", "Anhui"), "http://127.0.0.1:1", ["government", "witness"], [MemberApplication.Key(key, null, 1)],
                new MemberLog("CN-YRD/340000/log/2", "k", [new EndedLog("CN-YRD/340000/log", "k", "note", "lost")], true, "k2"), "w")],
            new Quorum(1, [key.Kid]), new StandardReference(1, new string('a', 64)));
        var document = Json(directory);
        Assert.Null(Refuses<DirectoryDocument>(document.ToJsonString()));
        JsonNode at = document;
        foreach (var step in within.Split('.', StringSplitOptions.RemoveEmptyEntries))
            at = int.TryParse(step, out var index) ? at[index]! : at[step]!;
        at[name] = 1;
        Assert.Contains(name, Refuses<DirectoryDocument>(document.ToJsonString())?.Where, StringComparison.Ordinal);
    }
}
