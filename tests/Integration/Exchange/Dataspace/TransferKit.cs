using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Tongban.Exchange;
using Tongban.Kernel;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>The kit as the consumer: Anhui, the provider, is under test.</summary>
public sealed class ProviderTransfers() : PlayedKit(new TransferKit(Anhui, Shanghai, DspSide.Provider));

/// <summary>The kit as the provider: Shanghai, the consumer, is under test.</summary>
public sealed class ConsumerTransfers() : PlayedKit(new TransferKit(Shanghai, Anhui, DspSide.Consumer));

sealed class TransferKit(string underTest, string played, DspSide side) : DspKit(underTest, played)
{
    string mine = "", theirs = "";

    public override void Begin() => (mine, theirs) = ($"urn:uuid:{Guid.NewGuid():D}", "");

    public override string ProcessPath => $"/transfers/{theirs}";

    public Func<JsonObject, JsonObject> Garbled { get; set; } = m => m;

    JsonObject Message(string type) => side == DspSide.Provider ? DspMessage.New(type, theirs, mine) : DspMessage.New(type, mine, theirs);

    protected override JsonObject? First(string path, JsonObject message)
    {
        if (path != "/dsp/transfers/request")
            return null;
        theirs = (string)message["consumerPid"]!;
        var process = Message("TransferProcess");
        process["state"] = "REQUESTED";
        return process;
    }

    public override async Task<(int Status, JsonObject? Body)> Say(string word)
    {
        if (word == "request")
        {
            var request = DspMessage.New("TransferRequestMessage");
            request["consumerPid"] = mine;
            request["agreementId"] = AgreementId;
            request["format"] = ShowDataspace.QueryFormat;
            request["callbackAddress"] = Callback;
            var (status, begun) = await Send(HttpMethod.Post, "/transfers/request", Garbled(request));
            if (status == 201)
            {
                theirs = (string)begun!["providerPid"]!;
                Assert.Equal("REQUESTED", (string?)begun["state"]);
            }
            return (status, begun);
        }
        var (path, type, code) = word switch
        {
            "started" => ("start", "TransferStartMessage", null),
            "suspended" => ("suspension", "TransferSuspensionMessage", "kit"),
            "completed" => ("completion", "TransferCompletionMessage", null),
            _ => ("termination", "TransferTerminationMessage", "kit"),
        };
        var message = Message(type);
        if (code is not null)
            (message["code"], message["reason"]) = (code, new JsonArray("试验"));
        return await Send(HttpMethod.Post, $"{ProcessPath}/{path}", message);
    }

    protected override async Task Hear(string word)
    {
        if (word == "request")
        {
            await Steward(db =>
            {
                var row = TransferRow.New(DspSide.Consumer, "310000", "", Played, "/dsp", AgreementId, Region.Clock.GetUtcNow().ToUnixTimeMilliseconds());
                row.Send(TransferMove.Request, 0);
                db.Add(row);
                return Task.FromResult(row);
            });
            await Receive("/transfers/request", "TransferRequestMessage");
            return;
        }
        var (move, path, type) = word switch
        {
            "started" => (TransferMove.Start, "start", "TransferStartMessage"),
            "suspended" => (TransferMove.Suspend, "suspension", "TransferSuspensionMessage"),
            "completed" => (TransferMove.Complete, "completion", "TransferCompletionMessage"),
            _ => (TransferMove.Terminate, "termination", "TransferTerminationMessage"),
        };
        await Decide(async db => (await db.Set<TransferRow>().SingleAsync(n => n.Id == theirs)).Decide(move, "试验", Region.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        var message = await Receive($"/transfers/{mine}/{path}", type);
        Assert.Equal((mine, theirs), side == DspSide.Provider ? ((string?)message["consumerPid"], (string?)message["providerPid"]) : ((string?)message["providerPid"], (string?)message["consumerPid"]));
        if (word == "started" && side == DspSide.Provider)
            Assert.Equal($"{Region.Url(UnderTest)}/peer/query", (string?)message["dataAddress"]!["endpoint"]);
    }
}
