using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>What the departments of the whole region publish: found by words, read in full.</summary>
static class ShowCatalogue
{
    const int Size = 50;
    const int LongestQuery = 100;

    public static async Task<IResult> Search(
        SearchCatalogues search, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, CancellationToken ct, string? q = null, string? of = null, string? sharing = null, string? after = null)
    {
        var words = (q ?? "").Trim();
        if (words.Length > LongestQuery)
            words = words[..LongestQuery];
        (int, string, string)? last = null;
        if (after is not null)
        {
            var key = Cursor.Read(after, 3);
            if (!key.Ok)
                return key.Error.AsResult();
            if (!int.TryParse(key.Value[0], NumberStyles.None, CultureInfo.InvariantCulture, out var score))
                return Error.Invalid("page.cursor", "翻页位置无效", "The page cursor is not valid", "after").AsResult();
            last = (score, key.Value[1], key.Value[2]);
        }
        var members = directory.Trusted.Document.Members.Where(m => !m.IsHub).ToList();
        // An old catalogue is better than none; who cannot be reached at all is named.
        var asked = await Task.WhenAll(members.Select(m => catalogues.Of(m.NodeId, ct)));
        var found = search.Find(words, c => of is null or "" || c.NodeId == of, o => sharing is null or "" || o.Sharing == sharing, last, Size + 1);
        var names = new UseNames(directory, catalogues);
        var page = Cursor.Page(found, Size, f => [f.Score, f.Catalogue.NodeId, f.Offer.Code]);
        return Page.Of<CataloguePage>(new
        {
            Rows = new Kernel.Page<CataloguePage.Row>([.. page.Items.Select(f => new CataloguePage.Row(
                f.Catalogue.MemberCode, f.Offer.Code, f.Offer.Name, names.Member(f.Catalogue.NodeId), f.Offer.DepartmentName, f.Offer.Sharing, f.Offer.UpdateCycle, f.Offer.OverdueSince))], page.Next),
            Members = (IReadOnlyList<CataloguePage.Member>)[.. members.Select(m => new CataloguePage.Member(m.NodeId, names.Member(m.NodeId)))],
            Silent = (IReadOnlyList<Words>)[.. members.Zip(asked).Where(p => !p.Second.Ok).Select(p => p.First.Name)],
            Query = words,
            Of = of ?? "",
            Sharing = sharing ?? "",
            IsFirst = after is null,
        });
    }

    public static async Task<IResult> One(
        string division, string code, NodeIdentity node, RegionDirectory directory, Catalogues catalogues, AgreementBook agreements, Sources connector, OverdueBook overdue, OwnResources own, TimeProvider clock, CancellationToken ct)
    {
        var provider = directory.Trusted.Document.Members.FirstOrDefault(m => !m.IsHub && m.NodeId.EndsWith("/" + division, StringComparison.Ordinal));
        if (provider is null || await catalogues.Of(provider.NodeId, ct) is not { Ok: true } catalogue)
            return EnterResource.None.AsResult();
        var versions = catalogue.Value.Resources.Where(r => r.Code == code).ToList();
        if (versions.Count == 0)
            return EnterResource.None.AsResult();
        var offer = versions[0];
        var ours = provider.NodeId == node.Id;
        return Page.Of<CatalogueResourcePage>(new
        {
            Offer = CatalogueResourcePage.Shown.Of(offer),
            Provider = new UseNames(directory, catalogues).Member(provider.NodeId),
            Key = ShowNegotiations.Key(provider.NodeId, code),
            IsOurs = ours,
            IsShared = StandingOffer.IsOffered(offer),
            LateBy = ours && own.Find(code) is { } mine ? Freshness.Of(mine.Definition, connector, overdue, clock).LateBy : 0,
            offer.OverdueSince,
            Uses = ours ? FieldUses.Of(agreements, directory, node, code, offer.Version, clock) : [],
        });
    }
}
