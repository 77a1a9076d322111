using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Filings;

/// <summary>好差评 (GB/T 39735): once per matter, one to five stars and words.</summary>
static class RateFiling
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapPost("/my/cases/{id}/rate", Handle).Only(Allow.Person).WithOnce();
        faces.Api.MapPost("/filings/{id}/rate", Handle).Only(Allow.Person).WithOnce();
    }

    static Task<IResult> Handle(string id, HttpRequest request, PersonActs acts, CancellationToken ct) =>
        acts.On(id, request, (filing, fields) => Task.FromResult(Rate(filing, fields, acts)), ct);

    static Result<Done> Rate(Filing filing, Fields fields, PersonActs acts)
    {
        if (filing.Stars is not null)
            return Error.Conflict("rating.once", "您已经评价过这件", "You have already rated this matter");
        if (!filing.MayRate)
            return Error.Conflict("rating.early", "办结后才能评价", "A matter is rated when it is completed");
        if (fields["stars"] is not ("1" or "2" or "3" or "4" or "5"))
            return Error.Invalid("rating.stars", "请选择 1 到 5 星", "Choose one to five stars", "stars");
        if (fields["words"].Length > 500)
            return Error.Invalid("rating.words", "评价最多 500 字", "At most 500 characters", "words");
        filing.Stars = fields["stars"][0] - '0';
        acts.Reseal(filing, acts.Body(filing) with { RatingWords = fields["words"] });
        acts.Tell(filing, new FilingRated(filing.Id, filing.Stars.Value, fields["words"], "online", acts.Now));
        return Done.It;
    }
}
