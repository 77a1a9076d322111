using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>The other side's messages of a transfer. It is of an agreement that holds between the two, and of nothing else.</summary>
sealed class TakeTransfer(NodeIdentity node, AgreementBook agreements, ExchangeOptions options, DspSignal signal, TimeProvider clock, IServiceScopeFactory scopes)
    : TakeSteps<TransferRow, TransferState, TransferMove>(agreements, signal, clock, scopes)
{
    protected override string ProcessType => "TransferProcess";

    protected override string ErrorType => "TransferError";

    protected override Error None => Error.NotFound("dsp.no-transfer", "没有这个传输", "There is no such transfer");

    public static Task<IResult> Show(string pid, HttpContext http, TakeTransfer take, CancellationToken ct) => take.View(pid, http, ct);

    public static Task<IResult> Begin(HttpContext http, TakeTransfer take, CancellationToken ct) => take.BeginAsProvider(http, ct);

    public static Task<IResult> Start(string pid, HttpContext http, TakeTransfer take, CancellationToken ct) => take.Step(http, pid, "TransferStartMessage", _ => TransferMove.Start, Nothing, ct);

    public static Task<IResult> Suspend(string pid, HttpContext http, TakeTransfer take, CancellationToken ct) =>
        take.Step(http, pid, "TransferSuspensionMessage", _ => TransferMove.Suspend, Of((row, message) =>
        {
            row.Reason = DspMessage.ReasonOf(message);
            return null;
        }), ct);

    public static Task<IResult> Complete(string pid, HttpContext http, TakeTransfer take, CancellationToken ct) => take.Step(http, pid, "TransferCompletionMessage", _ => TransferMove.Complete, Nothing, ct);

    public static Task<IResult> Terminate(string pid, HttpContext http, TakeTransfer take, CancellationToken ct) => take.Step(http, pid, "TransferTerminationMessage", _ => TransferMove.Terminate, Nothing, ct);

    async Task<IResult> BeginAsProvider(HttpContext http, CancellationToken ct)
    {
        var from = http.Peer().From;
        var read = DspMessage.Read(http.Peer().Body, "TransferRequestMessage");
        if (!read.Ok)
            return DspMessage.Refuse(ErrorType, read.Error);
        var consumerPid = DspMessage.Text(read.Value, "consumerPid");
        if (!DspMessage.IsPid(consumerPid))
            return DspMessage.Refuse(ErrorType, DspMessage.Malformed("consumerPid"));
        IResult Refuse(Error error) => DspMessage.Refuse(ErrorType, error, "", consumerPid);
        var answerTo = DspMessage.CallbackOf(read.Value, from);
        if (!answerTo.Ok)
            return Refuse(answerTo.Error);
        if (DspMessage.Text(read.Value, "agreementId") is not { } id || Agreements.Find(id) is not { } agreement || agreement.Terms.Provider != node.Id || agreement.Terms.Consumer != from.NodeId)
            return Refuse(NoAgreement);
        if (agreement.Inactive(Now) is { } inactive)
            return Refuse(inactive);
        if (DspMessage.Text(read.Value, "format") != ShowDataspace.QueryFormat || read.Value.TryGetProperty("dataAddress", out _))
            return Refuse(OtherFormat);
        var row = TransferRow.New(DspSide.Provider, node.Division, agreement.Department, from.NodeId, answerTo.Value, id, Now);
        row.PeerPid = consumerPid!;
        return await Store(row, ct);
    }

    /// <summary>What was agreed may be used: no steward decides twice.</summary>
    protected override TransferMove? Follows(TransferRow row, bool changed) =>
        row is { State: TransferState.Requested, Side: DspSide.Provider } && !options.StewardConfirms ? TransferMove.Start : null;

    static readonly Error NoAgreement = Error.NotFound("dsp.no-agreement", "没有这项协议", "There is no such agreement");

    static readonly Error OtherFormat = Error.Invalid("dsp.format", $"只提供格式 {ShowDataspace.QueryFormat}，由使用方查询", $"Only {ShowDataspace.QueryFormat} is offered: the consumer asks", "format",
        "请改用目录中的格式", "Use the format of the catalogue");
}
