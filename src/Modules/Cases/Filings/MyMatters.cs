using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Deciding;
using Tongban.Cases.Desk;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Cases.Filings;

/// <summary>A matter with what the deciding node last said of it; null before it has said anything.</summary>
sealed record Matter(Filing Filing, CaseProgressed? Progress)
{
    /// <summary>The day until which what is missing could be brought is over.</summary>
    public bool Late(DateOnly today) => Progress?.Wanted is [var first, ..] && CaseClock.Day(first.Until) < today;

    public bool MaySupplement(DateOnly today) => Filing.MaySupplement && Progress is { Wanted.Count: > 0 } && !Late(today);
}

sealed record MattersView(IReadOnlyList<Matter> Matters, IReadOnlyList<Draft> Drafts);

sealed record MatterView(Matter Matter, FilingBody Body)
{
    /// <summary>Documents promised at filing (容缺) that may still be brought; a supplement notice that asks for one takes its place.</summary>
    public IReadOnlyList<RequirementMet> Promised =>
        Matter.Filing is { WithdrawAskedAt: null, State: CaseState.Submitted or CaseState.Received or CaseState.Accepted or CaseState.Supplement }
            ? [.. Body.Requirements.Where(r => r.By == MetBy.Deferred && Matter.Progress?.Wanted.Any(w => w.RequirementId == r.RequirementId) != true)]
            : [];
}

/// <summary>The person's matters: the list, one of them, the confirmation, the receipt, and the files they handed in.</summary>
static class MyMatters
{
    public static readonly PageLink Link = new("/my/cases", new("我的办件", "My matters"));

    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/my/cases", List).Only(Allow.Person);
        faces.Portal.MapGet("/my/cases/{id}", Show).Only(Allow.Person);
        faces.Portal.MapGet("/my/cases/{id}/filed", Confirm).Only(Allow.Person);
        faces.Portal.MapGet("/my/cases/{id}/receipt", Receipt).Only(Allow.Person);
        faces.Portal.MapGet("/my/cases/{id}/files/{hash}", Download).Only(Allow.Person);
    }

    static async Task<IResult> List(NodeDb db, PersonActs acts, TimeProvider clock, string? after, CancellationToken ct)
    {
        var page = await MyFilings.Page(db, after, Cursor.DefaultSize, ct);
        if (!page.Ok)
            return page.Error.AsResult();
        var (own, now) = (db.OwnKeys, clock.NowMs());
        var drafts = after is not null ? [] : await db.Set<Draft>().AsNoTracking()
            .Where(d => own.Contains(d.SubjectKey) && d.FilingId == null && d.ExpiresAt > now).OrderByDescending(d => d.Id).Take(Cursor.DefaultSize).ToListAsync(ct);
        var matters = page.Value.Items.Select(f => new Matter(f, acts.Progress(f))).ToList();
        return Tongban.Web.Page.Of<MattersPage>(new { View = new MattersView(matters, drafts), page.Value.Next, FirstPage = after is null });
    }

    static Task<IResult> Show(string id, NodeDb db, PersonActs acts, INotices notices, CancellationToken ct) => Of(id, db, acts, async matter =>
    {
        var sent = matter.Filing.CaseNumber is { } number ? await notices.OfCase(number, ct) : [];
        return Tongban.Web.Page.Of<MatterPage>(new { View = new MatterView(matter, acts.Body(matter.Filing)), Notices = sent });
    }, ct);

    /// <summary>The page of a matter again, after an act that was refused.</summary>
    internal static async Task<IResult> Again(Filing filing, PersonActs acts, INotices notices, Error error, IFormCollection entered, CancellationToken ct)
    {
        var sent = filing.CaseNumber is { } number ? await notices.OfCase(number, ct) : [];
        return Tongban.Web.Page.Of<MatterPage>(
            new { View = new MatterView(new Matter(filing, acts.Progress(filing)), acts.Body(filing)), Notices = sent, Error = error, Entered = entered }, ErrorResult.Status(error.Kind));
    }

    static Task<IResult> Confirm(string id, NodeDb db, PersonActs acts, CancellationToken ct) =>
        Of(id, db, acts, matter => Task.FromResult<IResult>(Tongban.Web.Page.Of<FiledPage>(new { View = matter })), ct);

    static Task<IResult> Receipt(string id, NodeDb db, PersonActs acts, CancellationToken ct) =>
        Of(id, db, acts, matter => Task.FromResult<IResult>(Tongban.Web.Page.Of<ReceiptPage>(new { View = new MatterView(matter, acts.Body(matter.Filing)) })), ct);

    static Task<IResult> Download(string id, string hash, NodeDb db, PersonActs acts, IStoredFiles files, HttpResponse response, CancellationToken ct) => Of(id, db, acts, async matter =>
    {
        var met = acts.Body(matter.Filing).Requirements.FirstOrDefault(r => r.Files.Any(f => f.Hash == hash));
        return met is null ? PersonActs.NotThere.AsResult() : await ReadMaterial.Give(met, hash, files, response, ct);
    }, ct);

    static async Task<IResult> Of(string id, NodeDb db, PersonActs acts, Func<Matter, Task<IResult>> show, CancellationToken ct)
    {
        var filing = await MyFilings.One(db, id, ct);
        return filing is null ? PersonActs.NotThere.AsResult() : await show(new Matter(filing, acts.Progress(filing)));
    }
}
