using System.Text;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The register of the region's data standard: elements and code lists, searched, with their versions and who uses them.</summary>
static class ShowStandards
{
    const int Size = 100;
    const int LongestQuery = 100;

    public static async Task<IResult> List(StandardBook standards, CancellationToken ct, string? q = null, string? kind = null, string? after = null) =>
        await List(standards, q, kind, after, null, null, ct);

    /// <param name="error">Why what was <paramref name="entered"/> is not proposed.</param>
    public static async Task<IResult> List(StandardBook standards, string? q, string? kind, string? after, Error? error, IFormCollection? entered, CancellationToken ct)
    {
        var words = (q ?? "").Trim();
        if (words.Length > LongestQuery)
            words = words[..LongestQuery];
        var last = "";
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            last = key.Value[0];
        }
        var lists = kind == "lists";
        var standard = standards.InForce;
        bool Has(params IEnumerable<string?> texts) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(w => texts.Any(t => t?.Contains(w, StringComparison.OrdinalIgnoreCase) == true));
        var rows = lists
            ? (standard?.Lists ?? []).Where(l => Has(l.List, l.Name.Zh, l.Name.En, l.Source) || (words.Length > 0 && l.Values.Any(v => Has(v.Code, v.Name.Zh, v.Name.En)))).Select(l => new StandardsPage.Row(l.List, l.Name, l.Version, l.Source ?? "", $"{l.Values.Count}", null))
            : (standard?.Elements ?? []).Where(e => Has(e.Element, e.Label.Zh, e.Label.En, e.List)).Select(e => new StandardsPage.Row(e.Element, e.Label, e.Version, string.Join(' ', new[] { e.Type, e.Format, e.Length is { } n ? $"≤ {n}" : null }.Where(p => p is not null)), $"{e.Level}", e.List));
        var page = Cursor.Page([.. rows.OrderBy(r => r.Code, StringComparer.Ordinal).Where(r => string.CompareOrdinal(r.Code, last) > 0).Take(Size + 1)], Size, r => [r.Code]);
        return Page.Of<StandardsPage>(new
        {
            Rows = page,
            Lists = lists,
            Query = words,
            IsFirst = after is null,
            Version = standard?.Version ?? 0,
            Hash = standards.Hash ?? "",
            standards.IsBehind,
            Counts = (standard?.Elements.Count ?? 0, standard?.Lists.Count ?? 0),
            History = (IReadOnlyList<StandardsPage.Past>)[.. (await standards.History(ct)).Select(h => new StandardsPage.Past(h.Version, h.Hash, h.At))],
            Error = error,
            Entered = entered,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }

    public static async Task<IResult> CodeList(string list, StandardBook standards, NodeDb db, Catalogues catalogues, RegionDirectory directory, TimeProvider clock, CancellationToken ct)
    {
        if (standards.InForce is not { } standard || standard.List(list) is not { } found)
            return None.AsResult();
        var elements = standard.Elements.Where(e => e.List == list).ToList();
        return Page.Of<CodeListPage>(new
        {
            Id = found.List,
            found.Name,
            found.Version,
            found.Source,
            Values = (IReadOnlyList<CodeListPage.Value>)[.. found.Values.Select(v => new CodeListPage.Value(v.Code, v.Name, v.From, v.Until, v.IsInForce(clock.Today())))],
            Elements = (IReadOnlyList<(string, Words)>)[.. elements.Select(e => (e.Element, e.Label))],
            // Each version that was in force here, once.
            Past = (IReadOnlyList<(int, int, long)>)[.. (await standards.History(ct)).Where(h => h.Lists.ContainsKey(list)).Select(h => (h.Lists[list], h.Version, h.At)).GroupBy(h => h.Item1).Select(g => g.MinBy(h => h.Item2))],
            Fields = StandardUses.Fields(elements.Select(e => e.Element), catalogues, directory),
            Mappings = await StandardUses.Mappings(db, standard, [list], clock.Today(), ct),
            Csv = StandardCsv.Lists([found]),
        });
    }

    public static IResult Element(string element, StandardBook standards, Catalogues catalogues, RegionDirectory directory)
    {
        if (standards.InForce is not { } standard || standard.Element(element) is not { } found)
            return None.AsResult();
        return Page.Of<DataElementPage>(new { Is = new DataElementPage.Shown(found.Element, found.Version, found.Label, found.Type, found.Format, found.Length, found.List, found.Level, found.Personal), Fields = StandardUses.Fields([element], catalogues, directory) });
    }

    public static IResult Csv(string kind, StandardBook standards) => standards.InForce is not { } standard ? None.AsResult() : kind switch
    {
        "elements" => Download(StandardCsv.Elements(standard), "data-elements.csv"),
        "lists" => Download(StandardCsv.Lists(standard.Lists), "code-lists.csv"),
        _ => None.AsResult(),
    };

    static IResult Download(string text, string name) => Results.File(Encoding.UTF8.GetBytes("\uFEFF" + text), "text/csv; charset=utf-8", name);

    static readonly Error None = Error.NotFound("standard.not-found", "数据标准里没有这一项", "The data standard has no such entry");
}
