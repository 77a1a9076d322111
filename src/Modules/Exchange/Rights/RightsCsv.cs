using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>Registered rights as a file, out and in: a line each. A file is taken in whole or not at all; a line that is registered already adds nothing.</summary>
static class RightsCsv
{
    static readonly string[] Columns = ["resource", "kind", "party", "basis", "from", "until"];

    const int MostBytes = 2_000_000;
    const int MostRights = 5_000;

    public static async Task<IResult> Write(NodeDb db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.NowMs();
        var rows = await db.Set<RightRow>().AsNoTracking().Where(r => r.EndedAt == null && (r.ValidUntil == null || r.ValidUntil > now)).OrderBy(r => r.Resource).ThenBy(r => r.Kind).ThenBy(r => r.Party).ToListAsync(ct);
        var text = new StringBuilder("\uFEFF");
        CsvText.Write(text, Columns);
        foreach (var r in rows)
            CsvText.Write(text, [r.Resource, r.Kind, r.Party, r.Basis, Day(r.ValidFrom), r.ValidUntil is { } until ? Day(until - 1) : ""]);
        return Results.File(Encoding.UTF8.GetBytes(text.ToString()), "text/csv; charset=utf-8", "rights.csv");
    }

    static string Day(long at) => LocalTime.DateOf(at).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    public static async Task<IResult> Import(HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, RegionDirectory directory, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        async Task<IResult> Refused(Error error) => http.AsksForPage() ? await ShowRights.Show(db, node, own, directory, clock, null, error, null, ct) : error.AsResult();
        if (form.Files.GetFile("file") is not { Length: > 0 and <= MostBytes } file)
            return await Refused(Error.Invalid("csv.file", "请选择不超过 2 MB 的 CSV 文件", "Choose a CSV file of at most 2 MB", "file"));
        var read = (await CsvUpload.Text(file, ct)).Then(Parse);
        if (!read.Ok)
            return await Refused(read.Error);
        var (now, added) = (clock.NowMs(), new HashSet<(string, DataRight)>());
        foreach (var (entered, at) in read.Value)
        {
            var row = RegisterRight.Read(entered, db, node, own, directory, clock);
            if (!row.Ok)
                return await Refused(at.Wrong("file", row.Error.Detail, row.Error.DetailEn));
            var right = row.Value.Right;
            // One that begins now says the same as one that began before.
            if (own.RightsOf(entered.Resource).Any(r => ByDay(r) == ByDay(right) || (entered.From.Length == 0 && r.IsInForce(now) && r with { From = right.From } == right)) || !added.Add((entered.Resource, ByDay(right))))
                continue;
            db.Add(row.Value);
        }
        once.Answer(StatusCodes.Status303SeeOther, RegisterRight.Page);
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return RegisterRight.Changed.AsResult();
        await own.Load(ct);
        Flash.Leave(http, node, Tone.Done, new Words($"已登记 {added.Count} 项", $"{added.Count} registered"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, RegisterRight.Page, null);
    }

    /// <summary>As the file tells it: one that was registered at noon and taken out is written as of its day.</summary>
    static DataRight ByDay(DataRight right) => right with { From = LocalTime.DateOf(right.From).DayNumber };

    public static Result<List<(RegisterRight.Entered Entered, CsvText.Cell At)>> Parse(string text)
    {
        var rows = CsvText.Read(text.TrimStart('\uFEFF'), "file");
        if (!rows.Ok)
            return rows.Error;
        if (rows.Value.Count == 0 || !rows.Value[0].Select(c => c.Text).SequenceEqual(Columns))
            return new CsvText.Cell("", 1, 1).Wrong("file", $"第一行应为 {string.Join(',', Columns)}", $"the first line is {string.Join(",", Columns)}");
        var found = new List<(RegisterRight.Entered, CsvText.Cell)>();
        foreach (var row in rows.Value.Skip(1))
        {
            if (row.Length != Columns.Length)
                return row[^1].Wrong("file", $"应有 {Columns.Length} 列", $"{Columns.Length} columns are needed");
            if (found.Count == MostRights)
                return row[0].Wrong("file", $"一次最多 {MostRights} 行", $"at most {MostRights} lines at once");
            found.Add((new(row[0].Text.Trim(), row[1].Text.Trim(), row[2].Text.Trim(), row[3].Text.Trim(), row[4].Text.Trim(), row[5].Text.Trim()), row[0]));
        }
        return found;
    }
}
