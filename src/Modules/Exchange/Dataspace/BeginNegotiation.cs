using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>A steward asks another government for a resource on stated terms.</summary>
static class BeginNegotiation
{
    public static async Task<IResult> Handle(
        HttpContext http, NodeDb db, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, DspSignal signal, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var all = await ShowNegotiations.Offered(node, directory, catalogues, ct);
        if (all.FirstOrDefault(o => ShowNegotiations.Key(o.Node.NodeId, o.Offer.Code) == form["resource"].ToString()) is not { } chosen)
            return Error.Invalid("negotiation.resource", "请选择资源", "Choose the resource", "resource", "请重新选择", "Choose again").AsResult();
        var terms = TermsForm.Read(form, chosen.Offer, StandingOffer.Of(chosen.Offer, chosen.Node.NodeId, node.Id), clock);
        if (!terms.Ok)
            return http.AsksForPage() ? ShowNegotiations.Asking(node, all, form["resource"], terms.Error, form) : terms.Error.AsResult();
        var row = NegotiationRow.New(DspSide.Consumer, node.Division, "", chosen.Node.NodeId, PeerPaths.Dataspace, terms.Value, StandingOffer.NewId(), clock.NowMs());
        row.Send(NegotiationMove.Request, clock.NowMs());
        db.Add(row);
        var page = $"/console/negotiations/{row.Id}";
        once.Answer(StatusCodes.Status303SeeOther, page);
        await db.SaveChangesAsync(ct);
        signal.Raise();
        Flash.Leave(http, node, Tone.Done, new Words("已向对方提出，等待答复", "Asked; the other side is to answer"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, page, null);
    }
}
