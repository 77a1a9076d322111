using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Cases.Filings;

/// <summary>
/// Before anything is asked the page lists what would be asked of whom for what. The person agrees, or brings everything;
/// what was found is shown, and of each they say: use it, it is wrong, or I bring my own.
/// </summary>
static class AgreeToEvidence
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/drafts/{id}/evidence", Show).Only(Allow.Person);
        faces.Portal.MapPost("/drafts/{id}/evidence", Handle).Only(Allow.Person).WithOnce();
    }

    static async Task<IResult> Show(string id, Drafts drafts, GatherEvidence evidence, TimeProvider clock, CancellationToken ct)
    {
        var open = await drafts.Open(id, ct);
        return open.Ok ? Page.Of<EvidencePage>(new { View = new EvidenceView(open.Value, await evidence.Plan(Askable(open.Value), ct), clock.NowMs()) }) : open.Error.AsResult();
    }

    static async Task<IResult> Handle(string id, HttpRequest request, Drafts drafts, GatherEvidence evidence, Once once, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var open = await drafts.Open(id, read.Value, ct);
        if (!open.Ok)
            return open.Error.AsResult();
        var draft = open.Value;
        var here = $"/drafts/{id}/evidence";
        switch (read.Value["do"])
        {
            case "agree":
            case "again":
                // What was found already is not asked a second time.
                var plans = await evidence.Plan([.. Askable(draft).Where(r => draft.Body.Evidence.GetValueOrDefault(r.Id) is not { State: FindingState.Found or FindingState.Held })], ct);
                var found = await evidence.Ask(draft.Variant, plans, Said(draft.Body, read.Value), id, ct, daily: read.Value["often"] == "daily");
                if (!found.Ok)
                    return found.Error.AsResult();
                return await drafts.Save(draft, found.Value with { Consented = true }, here, once, ct);
            case "renew" when draft.Body is { Consented: true, Periodic: { } consent }:
                var all = await evidence.Plan(Askable(draft), ct);
                return await drafts.Save(draft, await evidence.AskAgain(draft.Variant, all, Said(draft.Body, read.Value), consent, id, ct), here, once, ct);
            case "decline":
                var declined = draft.Body with { Consented = false };
                return await drafts.Save(draft, declined, DraftFlow.After(draft with { Body = declined }, DraftFlow.Evidence), once, ct);
            default:
                var said = Said(draft.Body, read.Value) with { Consented = true };
                return await drafts.Save(draft, said, DraftFlow.After(draft with { Body = said }, DraftFlow.Evidence), once, ct);
        }
    }

    static List<Contracts.Items.Requirement> Askable(OpenDraft draft) => [.. draft.Requirements.Where(DraftFlow.CanBeAsked)];

    static DraftBody Said(DraftBody body, Fields fields)
    {
        var said = fields.Below("says");
        return body with
        {
            Evidence = body.Evidence.ToDictionary(e => e.Key, e => e.Value with
            {
                Says = said.GetValueOrDefault(e.Key) switch
                {
                    "agree" => PersonSays.Use,
                    "correct" => PersonSays.Incorrect,
                    "own" => PersonSays.BringOwn,
                    _ => e.Value.Says,
                },
            }),
        };
    }
}

sealed record EvidenceView(OpenDraft Draft, IReadOnlyList<EvidencePlan> Plans, long Now)
{
    /// <summary>Under which the same may be asked again now; null where the person has to agree anew.</summary>
    public PeriodicConsent? Periodic => Draft.Body.Periodic is { } given && given.Until > Now ? given : null;
}
