using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>This side's messages of its transfers. A transfer whose agreement is no longer in force is ended by whichever side sees it.</summary>
sealed class SendTransfer(NodeIdentity node, PeerClient peers, AgreementBook agreements, DspSignal signal, TimeProvider clock, IServiceScopeFactory scopes, ILogger<SendTransfer> log)
    : SendSteps<TransferRow, TransferState, TransferMove>(node, peers, agreements, signal, clock, scopes, log)
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    long lookedAt;

    protected override string ProcessType => "TransferProcess";

    protected override TransferState Ended => TransferState.Terminated;

    protected override string PathOf(TransferRow row) => $"/transfers/{row.PeerPid}";

    protected override Task Wait(CancellationToken ct) => Signal.Transfers(ct);

    protected override async Task Look(CancellationToken ct)
    {
        if (Now - lookedAt < (long)Period.TotalMilliseconds)
            return;
        lookedAt = Now;
        await using var scope = Scope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var open = await db.Set<TransferRow>().Where(t => t.Sending == null && (t.State == TransferState.Requested || t.State == TransferState.Started || t.State == TransferState.Suspended)).ToListAsync(ct);
        foreach (var row in open.Where(t => Agreements.Find(t.AgreementId)?.StateAt(Now) is not (AgreementState.InForce or AgreementState.Suspended)))
            row.Decide(TransferMove.Terminate, "协议已失效 The agreement is no longer in force", Now);
        // Another replica, or the other side, saw it first: looked at again in a moment.
        _ = await db.TrySave(ct);
    }

    protected override (string Path, JsonObject Message) Message(TransferRow row, TransferMove move)
    {
        JsonObject New(string type) => DspMessage.New(type, row.ProviderPid, row.ConsumerPid);
        JsonObject Because(JsonObject message, string code)
        {
            message["code"] = code;
            message["reason"] = new JsonArray(row.Reason ?? code);
            return message;
        }
        var at = PathOf(row);
        switch (move)
        {
            case TransferMove.Request:
                var request = New("TransferRequestMessage");
                request.Remove("providerPid");
                request["agreementId"] = row.AgreementId;
                request["format"] = ShowDataspace.QueryFormat;
                request["callbackAddress"] = Node.PublicUrl + PeerPaths.Dataspace;
                return ("/transfers/request", request);
            case TransferMove.Start:
                var start = New("TransferStartMessage");
                // Where to ask is the provider's to say.
                if (row.Side == DspSide.Provider)
                    start["dataAddress"] = new JsonObject
                    {
                        ["@type"] = "DataAddress",
                        ["endpointType"] = ShowDataspace.QueryFormat,
                        ["endpoint"] = $"{Node.PublicUrl}/peer/query",
                        ["endpointProperties"] = new JsonArray(new JsonObject { ["@type"] = "EndpointProperty", ["name"] = "agreement", ["value"] = row.AgreementId }),
                    };
                return ($"{at}/start", start);
            case TransferMove.Suspend:
                return ($"{at}/suspension", Because(New("TransferSuspensionMessage"), "suspended"));
            case TransferMove.Complete:
                return ($"{at}/completion", New("TransferCompletionMessage"));
            default:
                return ($"{at}/termination", Because(New("TransferTerminationMessage"), "terminated"));
        }
    }
}
