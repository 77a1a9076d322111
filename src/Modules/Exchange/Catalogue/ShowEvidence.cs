using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The evidence broker as a table: of each kind of evidence, which member can answer this node on a day, and why another cannot yet.</summary>
static class ShowEvidence
{
    /// <param name="on">ISO date; today when not given.</param>
    public static async Task<IResult> Handle(LocateEvidence broker, RegionDirectory directory, Catalogues catalogues, TimeProvider clock, CancellationToken ct, string? on = null)
    {
        var day = clock.Today();
        if (on is { Length: > 0 } && !DateOnly.TryParseExact(on, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day))
            return Error.Invalid("evidence.day", "日期格式应为 2026-11-23", "A date is written 2026-11-23", "on").AsResult();
        var members = directory.Trusted.Document.Members.Where(m => m.IsGovernment).OrderBy(m => m.Division, StringComparer.Ordinal).ToList();
        var asked = await Task.WhenAll(members.Select(m => catalogues.Of(m.NodeId, ct)));
        var offers = asked.Where(c => c.Ok).SelectMany(c => c.Value.Resources).ToList();
        var types = offers.SelectMany(o => o.EvidenceTypes).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return Page.Of<EvidencePage>(new
        {
            On = day,
            Members = (IReadOnlyList<Words>)[.. members.Select(m => m.Name)],
            Rows = (IReadOnlyList<EvidencePage.Row>)[.. types.Select(type => new EvidencePage.Row(
                type, offers.First(o => o.EvidenceTypes.Contains(type)).Name, [.. asked.Select(c => c.Ok ? Cell(broker, c.Value, type, day) : new EvidencePage.Cell("silent", null, 0, null))]))],
        });
    }

    static EvidencePage.Cell Cell(LocateEvidence broker, CatalogueDocument catalogue, string type, DateOnly day) => broker.Of(catalogue, type, day) switch
    {
        { Offer: null } => new("nobody", null, 0, null),
        { Offer: { } offer, Agreement: { } agreement } => new("answers", $"/console/catalogue/{catalogue.Division}/{offer.Code}", offer.Version, agreement.Terms.ValidUntil),
        { Offer: { } offer } => new("no-agreement", $"/console/catalogue/{catalogue.Division}/{offer.Code}", offer.Version, null),
    };
}
