using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Filings;

/// <summary>撤回: asks the deciding node to end the matter. It is withdrawn when that node says so, as a decision may be under way.</summary>
static class WithdrawFiling
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapPost("/my/cases/{id}/withdraw", Handle).Only(Allow.Person).WithOnce();
        faces.Api.MapPost("/filings/{id}/withdraw", Handle).Only(Allow.Person).WithOnce();
    }

    static Task<IResult> Handle(string id, HttpRequest request, PersonActs acts, CancellationToken ct) =>
        acts.On(id, request, (filing, fields) => Task.FromResult(Withdraw(filing, fields, acts)), ct);

    static Result<Done> Withdraw(Filing filing, Fields fields, PersonActs acts)
    {
        if (!filing.MayWithdraw)
        {
            return Error.Conflict("filing.withdraw-late", "这件已经作出决定或已撤回，不能撤回", "The matter has been decided or withdrawn already",
                "如对决定有异议，请看决定书里的救济途径", "If you disagree with the decision, see its notice for your remedies");
        }
        if (fields["reason"].Length > 500)
            return Error.Invalid("reason.too-long", "理由最多 500 字", "A reason has at most 500 characters", "reason");
        filing.WithdrawAskedAt = acts.Now;
        filing.WithdrawSequence = filing.Sent + 1;
        acts.Tell(filing, new FilingWithdrawn(filing.Id, fields["reason"], acts.Now) { Sequence = filing.WithdrawSequence });
        return Done.It;
    }
}
