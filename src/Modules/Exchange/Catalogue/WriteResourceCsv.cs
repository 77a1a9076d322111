using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

/// <summary>The steward's resources as one CSV file: a row for each field, the resource itself on its first row. <see cref="ImportResources"/> reads it.</summary>
static class WriteResourceCsv
{
    public static readonly string[] ResourceColumns =
        ["code", "version", "department", "name", "nameEn", "abstract", "abstractEn", "subject", "sharing", "condition", "conditionEn", "openness", "updateCycle", "format", "rows", "evidenceTypes", "related", "parameters", "database", "select", Aggregate, Way, Written];

    const string Aggregate = "aggregate";
    const string Way = "way";
    const string Written = "written";

    /// <summary>Columns that files from before them lack.</summary>
    public static readonly string[] Later = [Aggregate, Way, Written];

    public static async Task<IResult> Handle(NodeDb db, CancellationToken ct)
    {
        var rows = await db.Set<ResourceRow>().AsNoTracking().Where(r => r.State != ResourceState.Withdrawn).OrderBy(r => r.Code).ThenByDescending(r => r.Version).ToListAsync(ct);
        return Results.File(Encoding.UTF8.GetBytes("\uFEFF" + Text(rows)), "text/csv; charset=utf-8", "resources.csv");
    }

    /// <summary>Of each resource the newest of the <paramref name="rows"/>, which come newest first.</summary>
    public static string Text(IEnumerable<ResourceRow> rows)
    {
        var text = new StringBuilder();
        CsvText.Write(text, [.. ResourceColumns, .. ResourceForm.FieldColumns]);
        foreach (var row in rows.DistinctBy(r => r.Code))
        {
            var d = row.Definition;
            string[] first = [d.Code, d.Version.ToString(CultureInfo.InvariantCulture), row.Department, d.Name, d.NameEn, d.Summary, d.SummaryEn, d.Subject, d.Sharing, d.Condition, d.ConditionEn, d.Openness, d.UpdateCycle, d.Format, d.Rows,
                string.Join(' ', d.EvidenceTypes), string.Join(' ', d.Related), ResourceForm.Text(d.Parameters), d.Connector?.Entered ?? "", d.Connector is null ? "" : string.Join('\n', d.Connector.Select), AggregateForm.Text(d.Aggregate), d.Way, string.Join('\n', d.Connector?.Written ?? [])];
            for (var i = 0; i < d.Fields.Count; i++)
                CsvText.Write(text, [.. i == 0 ? first : [d.Code, .. Enumerable.Repeat("", first.Length - 1)], .. ShowResources.FieldValues(d.Fields[i])]);
        }
        return text.ToString();
    }
}
