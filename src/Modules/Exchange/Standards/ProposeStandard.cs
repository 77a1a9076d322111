using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>
/// A steward makes the next data standard from a file or a page, sees what changes and who breaks, and proposes it: the document goes to the
/// hub, its hash into a next directory, which a majority of members must sign.
/// </summary>
static class ProposeStandard
{
    const int MostBytes = 4_000_000;

    public static async Task<IResult> Handle(
        HttpContext http, StandardBook standards, HubProposals hub, PeerClient peers, RegionDirectory directory, Catalogues catalogues, NodeDb db, NodeIdentity node, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        async Task<IResult> Refused(Error error) => http.AsksForPage() ? await ShowStandards.List(standards, null, null, null, error, form, ct) : error.AsResult();
        var text = form.Files.GetFile("file") is { Length: > 0 and <= MostBytes } file ? await CsvUpload.Text(file, ct) : form["text"].ToString();
        if (!text.Ok)
            return await Refused(text.Error);
        if (text.Value.Length is 0 or > MostBytes)
            return await Refused(Error.Invalid("csv.file", "请选择不超过 4 MB 的 CSV 文件", "Choose a CSV file of at most 4 MB", "file"));
        var where = form.Files.Count > 0 ? "file" : "text";
        var read = StandardCsv.Read(text.Value, where);
        if (!read.Ok)
            return await Refused(read.Error);
        var made = StandardChange.Make(standards.InForce, node.Region, read.Value.Elements, read.Value.Lists);
        if (!made.Ok)
            return await Refused(made.Error with { Where = made.Error.Where ?? where });
        if (form["step"] != "propose")
            return Page.Of<StandardChangePage>(await Shown(made.Value, text.Value, standards, catalogues, directory, db, clock, ct));

        var bytes = made.Value.ToBytes();
        var reference = new StandardReference(made.Value.Version, StandardDocument.HashOf(bytes));
        if (directory.Trusted.Document.Members.FirstOrDefault(m => m.IsHub) is not { } at)
            return await Refused(Error.Unavailable("directory.no-hub", "名录中没有枢纽", "The directory names no hub"));
        var handed = await peers.Send(at.NodeId, HttpMethod.Put, StandardBook.Path + reference.Sha256, bytes, ct);
        if (!handed.Ok)
            return await Refused(handed.Error);
        var proposed = await hub.Propose(DirectoryChange.Standardise(directory.Trusted.Document, reference, clock.NowMs()), ct);
        if (!proposed.Ok)
            return await Refused(proposed.Error);
        once.Answer(StatusCodes.Status303SeeOther, "/console/standards");
        await db.SaveChangesAsync(ct);
        Flash.Leave(http, node, Tone.Done, new Words($"已提出第 {reference.Version} 版，多数成员签署后生效（成员名录）", $"Version {reference.Version} is proposed; it holds once a majority has signed (Directory)"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, "/console/standards", null);
    }

    static async Task<object> Shown(StandardDocument next, string text, StandardBook standards, Catalogues catalogues, RegionDirectory directory, NodeDb db, TimeProvider clock, CancellationToken ct)
    {
        var touched = Touched(standards.InForce, next);
        return new
        {
            next.Version,
            Changes = StandardChange.Told(standards.InForce, next),
            Fields = StandardUses.Fields(next.Elements.Where(e => e.List is not null && touched.Contains(e.List)).Select(e => e.Element), catalogues, directory),
            Mappings = await StandardUses.Mappings(db, next, touched, clock.Today(), ct),
            Text = text,
        };
    }

    /// <summary>Lists that are no longer as they were.</summary>
    public static IReadOnlyCollection<string> Touched(StandardDocument? before, StandardDocument next) =>
        [.. next.Lists.Where(l => before?.List(l.List) is { } old && !old.SameAs(l)).Select(l => l.List)];
}
