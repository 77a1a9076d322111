using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>Takes resources in from a CSV file as drafts: all of them, or none when anything is wrong anywhere.</summary>
static class ImportResources
{
    const int MostBytes = 20_000_000;
    const int MostResources = 5_000;

    public sealed record Read(ResourceDefinition Definition, string Department, CsvText.Cell At);

    public static async Task<IResult> Handle(HttpContext http, NodeDb db, NodeIdentity node, OwnResources own, Sources connector, OverdueBook overdue, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        async Task<IResult> Refused(Error error) => http.AsksForPage() ? await ShowResources.List(db, own, connector, overdue, clock, null, null, error, ct) : error.AsResult();
        if (form.Files.GetFile("file") is not { Length: > 0 and <= MostBytes } file)
            return await Refused(Error.Invalid("csv.file", "请选择不超过 20 MB 的 CSV 文件", "Choose a CSV file of at most 20 MB", "file"));
        var text = await CsvUpload.Text(file, ct);
        if (!text.Ok)
            return await Refused(text.Error);
        var newest = await db.Set<ResourceRow>().AsNoTracking().GroupBy(r => r.Code).Select(g => new { g.Key, Version = g.Max(r => r.Version), Draft = g.Any(r => r.State == ResourceState.Draft) }).ToDictionaryAsync(r => r.Key, ct);
        var read = Parse(text.Value, node.Division, own.Departments, code => newest.TryGetValue(code, out var n) ? n.Version + 1 : 1);
        if (!read.Ok)
            return await Refused(read.Error);
        foreach (var (definition, department, at) in read.Value)
        {
            if (newest.TryGetValue(definition.Code, out var held) && held.Draft)
                return await Refused(at.Wrong("file", $"{definition.Code} 已有草稿", $"there is a draft of {definition.Code}"));
            if ((EnterResource.Foreign(db, department) ?? connector.Foreign(definition)) is { } foreign)
                return await Refused(at.Wrong("file", foreign.Detail, foreign.DetailEn) with { Todo = foreign.Todo, TodoEn = foreign.TodoEn });
            db.Add(ResourceRow.Of(definition, node.Division, department, clock.NowMs()));
        }
        once.Answer(StatusCodes.Status303SeeOther, "/console/resources?state=Draft");
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return EnterResource.Changed.AsResult();
        Flash.Leave(http, node, Tone.Done, new Words($"已导入 {read.Value.Count} 项草稿，核对后发布", $"{read.Value.Count} drafts taken in; read them over and publish them"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, "/console/resources?state=Draft", null);
    }

    /// <param name="version">The version that a code's draft gets.</param>
    public static Result<List<Read>> Parse(string text, string division, IReadOnlyDictionary<string, Words> departments, Func<string, int> version)
    {
        var rows = CsvText.Read(text, "file");
        if (!rows.Ok)
            return rows.Error;
        string[] about = [.. WriteResourceCsv.ResourceColumns.Where(c => !WriteResourceCsv.Later.Contains(c) || (rows.Value.Count > 0 && rows.Value[0].Any(h => h.Text == c)))];
        string[] columns = [.. about, .. ResourceForm.FieldColumns];
        if (rows.Value.Count < 2)
            return new CsvText.Cell("", 1, 1).Wrong("file", "文件里没有资源", "the file holds no resource");
        var header = rows.Value[0];
        for (var i = 0; i < Math.Max(columns.Length, header.Length); i++)
        {
            if (i >= header.Length || i >= columns.Length || header[i].Text != columns[i])
                return (i < header.Length ? header[i] : header[^1]).Wrong("file", i < columns.Length ? $"第 {i + 1} 列应为 {columns[i]}" : "多出一列", i < columns.Length ? $"column {i + 1} is {columns[i]}" : "one column too many");
        }
        var found = new List<Read>();
        var at = 1;
        while (at < rows.Value.Count)
        {
            var first = rows.Value[at];
            var of = new List<CsvText.Cell[]>();
            for (; at < rows.Value.Count && (of.Count == 0 || rows.Value[at][0].Text == first[0].Text); at++)
            {
                if (rows.Value[at].Length != columns.Length)
                    return rows.Value[at][^1].Wrong("file", $"应有 {columns.Length} 列，这里有 {rows.Value[at].Length} 列", $"{columns.Length} columns are needed, there are {rows.Value[at].Length}");
                of.Add(rows.Value[at][about.Length..]);
            }
            if (found.Exists(f => f.Definition.Code == first[0].Text))
                return first[0].Wrong("file", $"{first[0].Text} 出现了两次", $"{first[0].Text} stands twice");
            if (found.Count == MostResources)
                return first[0].Wrong("file", $"一次最多导入 {MostResources} 项", $"at most {MostResources} at once");
            var fields = ResourceForm.Fields(of, "file");
            if (!fields.Ok)
                return fields.Error;
            var cells = columns.Zip(first).ToDictionary(p => p.First, p => p.Second);
            var definition = ResourceForm.Read(name => cells.TryGetValue(name, out var cell) ? cell.Text : "", fields.Value, division, departments, null, version(first[0].Text));
            if (!definition.Ok)
                return cells.GetValueOrDefault(definition.Error.Where ?? "code", first[0]).Wrong("file", definition.Error.Detail, definition.Error.DetailEn);
            found.Add(new Read(definition.Value, first[2].Text, first[0]));
        }
        return found;
    }
}
