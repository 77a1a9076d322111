using System.Net;
using System.Text.Json.Nodes;
using Tongban.Exchange;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>What a node does not take of a negotiation, though its form is right.</summary>
public class DspRefusalTests
{
    static async Task Refused(Task<(int Status, JsonObject? Body)> said, int status, string code)
    {
        var (got, body) = await said;
        Assert.Equal((status, code), (got, (string?)body?["code"]));
    }

    [Fact]
    public async Task A_provider_refuses_what_it_does_not_offer_and_signatures_that_are_not_there()
    {
        await using var kit = new NegotiationKit(Anhui, Shanghai, DspSide.Provider);
        await kit.InitializeAsync();
        async Task Wrong(Action<JsonObject> change, int status, string code)
        {
            kit.Garbled = m =>
            {
                change(m);
                return m;
            };
            kit.Begin();
            await Refused(kit.Say("request"), status, code);
        }
        static JsonArray Constraints(JsonObject m) => m["offer"]!["permission"]![0]!["constraint"]!.AsArray();
        await Wrong(m => m["callbackAddress"] = "http://169.254.169.254/dsp", 400, "dsp.callback");
        await Wrong(m => m["callbackAddress"] = kit.Region.Url(Shanghai) + "/console", 400, "dsp.callback");
        await Wrong(m => m["offer"]!["target"] = "urn:tongban:resource:none", 404, "dsp.no-dataset");
        await Wrong(m => m["offer"]!["target"] = NotShared(kit), 404, "dsp.no-dataset");
        await Wrong(m => Constraints(m).Single(c => (string?)c!["leftOperand"] == "urn:tongban:field")!["rightOperand"] = new JsonArray("salary"), 400, "resource.field-unknown");
        await Wrong(m => Constraints(m).Add(new JsonObject { ["leftOperand"] = "payAmount", ["operator"] = "eq", ["rightOperand"] = "1" }), 400, "dsp.policy-not-kept");
        await Wrong(m => m["consumerPid"] = "../../x", 400, "dsp.malformed");
        await Wrong(m => m["@context"] = new JsonArray("https://example.com"), 400, "dsp.malformed");

        // Whoever is not the other side learns nothing, member or not.
        kit.Garbled = m => m;
        await kit.Play("> request, < agreement, = AGREED");
        Assert.Equal(404, (await kit.Send(HttpMethod.Get, kit.ProcessPath, null, Hub)).Status);
        Assert.Equal(404, (await kit.Send(HttpMethod.Post, $"{kit.ProcessPath}/termination", DspMessage.New("ContractNegotiationTerminationMessage", kit.ProcessPath[14..], "x"), Hub)).Status);
        using var anyone = new HttpClient();
        Assert.Equal(HttpStatusCode.NotFound, (await anyone.GetAsync($"{kit.Region.Url(Anhui)}/dsp{kit.ProcessPath}", TestContext.Current.CancellationToken)).StatusCode);

        // The consumer's own signature, under the provider's words.
        kit.SignedBy = Hub;
        await Refused(kit.Say("verified"), 400, "agreement.unsigned");
        kit.SignedBy = null;
        kit.Garbled = m => new JsonObject(m.Where(p => p.Key != DspMessage.Document).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        await Refused(kit.Say("verified"), 400, "dsp.malformed");
        kit.Garbled = m => m;
        Assert.Equal(200, (await kit.Say("verified")).Status);
        kit.Forget();
    }

    static string NotShared(NegotiationKit kit) =>
        StandingOffer.DatasetId(kit.Region.Get<OwnResources>(Anhui).All.First(r => !StandingOffer.IsOffered(r)).Definition.Code);

    [Fact]
    public async Task A_consumer_signs_what_was_negotiated_and_nothing_else()
    {
        await using var kit = new NegotiationKit(Shanghai, Anhui, DspSide.Consumer);
        await kit.InitializeAsync();
        await kit.Play("< request, = REQUESTED");
        Func<AgreementTerms, AgreementTerms>[] others =
        [
            t => t with { Fields = ["registerNumber", "state", "office"] }, t => t with { QuotaPerDay = 49 }, t => t with { Purposes = ["*"] }, t => t with { FenPerCall = 1 },
            t => t with { Place = "340000" }, t => t with { Provider = Hub }, t => t with { Consumer = Hub }, t => t with { RetentionDays = 1 }, t => t with { Id = AgreementId },
        ];
        foreach (var other in others)
        {
            kit.Otherwise = other;
            await Refused(kit.Say("agreement"), 400, other(kit.Asked) is { Id: AgreementId } ? "dsp.agreement-known" : "dsp.agreement-differs");
        }
        kit.Otherwise = t => t;
        // The view says what the signed document says.
        kit.Garbled = m =>
        {
            m["agreement"]!["permission"]![0]!["constraint"]!.AsArray().Single(c => (string?)c!["leftOperand"] == "urn:tongban:queriesPerDay")!["rightOperand"] = "9";
            return m;
        };
        await Refused(kit.Say("agreement"), 400, "dsp.agreement-differs");
        kit.Garbled = m => m;
        kit.SignedBy = Hub;
        Assert.Equal(400, (await kit.Say("agreement")).Status);
        kit.SignedBy = null;
        await kit.Play("= REQUESTED", again: true);
        Assert.Equal(200, (await kit.Say("agreement")).Status);
    }
}
