using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Rulebook.Versions;
using Tongban.Rules;
using Tongban.Rules.Authoring;
using Tongban.Web;

namespace Tongban.Rulebook.Register;

/// <summary>One rule: what it says, since when, by whom, and whether its cases pass. The cases are run when it is shown.</summary>
sealed class ShowRule(Tables tables, NodeDb db, TimeProvider clock)
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/rules/{id}", Page).Only(Allow.Anyone);
        faces.Portal.MapGet("/rules/{id}/{version:int}.dmn", File).Only(Allow.Anyone);
        faces.Api.MapGet("/rules/{id}", Json).Only(Allow.Anyone);
    }

    static async Task<IResult> Page(string id, int? version, ShowRule show, CancellationToken ct)
    {
        var sheet = await show.Show(id, version, ct);
        return sheet.Ok ? Web.Page.Of<RulePage>(new { Rule = sheet.Value }) : sheet.Error.AsResult();
    }

    static async Task<IResult> Json(string id, int? version, ShowRule show, CancellationToken ct)
    {
        var sheet = await show.Show(id, version, ct);
        return sheet.Ok ? Results.Ok(sheet.Value) : sheet.Error.AsResult();
    }

    static async Task<IResult> File(string id, int version, ShowRule show, CancellationToken ct)
    {
        var document = await show.Document(id, version, ct);
        return document.Ok ? Results.Text(document.Value, "application/xml; charset=utf-8") : document.Error.AsResult();
    }

    /// <param name="version">Null for the one valid today.</param>
    public async Task<Result<RulePage.Sheet>> Show(string ruleId, int? version, CancellationToken ct)
    {
        var today = clock.Today().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var versions = await db.Set<RuleVersion>().AsNoTracking().Where(v => v.RuleId == ruleId && v.State == RuleVersion.Published)
            .OrderByDescending(v => v.Version).ToListAsync(ct);
        var valid = versions.FirstOrDefault(v => string.CompareOrdinal(v.ValidFrom, today) <= 0);
        var shown = version is { } wanted ? versions.FirstOrDefault(v => v.Version == wanted) : valid ?? versions.FirstOrDefault();
        if (shown is null)
            return NoRule;
        var model = tables.Compile(ruleId, shown.Version, shown.Document);
        var tests = shown.Tests is null ? [] : RuleTests.Run(model, RuleTests.Read(shown.Tests).Tests, new EvaluationOptions { Clock = clock, Cancellation = ct });
        return new RulePage.Sheet(ruleId, shown.Name, shown.Version, DecisionTables.In(model.Model),
            [.. versions.Select(v => new RulePage.Version(v.Version, v.State, v.ValidFrom, v.Author, v.Approver, v.PublishedAt, v == valid))],
            [.. tests.Select(o => new RulePage.Test(o.Test.Name, o.Passed, Compact(o.Test.Inputs), Compact(o.Test.Expected), o.Actual))]);
    }

    public async Task<Result<string>> Document(string ruleId, int version, CancellationToken ct)
    {
        var document = await db.Set<RuleVersion>().Where(v => v.RuleId == ruleId && v.Version == version && v.State == RuleVersion.Published)
            .Select(v => v.Document).SingleOrDefaultAsync(ct);
        return document is null ? NoRule : document;
    }

    static Error NoRule => Error.NotFound("rule.none", "没有这项规则或版本", "There is no such rule or version");

    // Shown as text on a page, which encodes it again; Chinese stays readable.
    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static string Compact(JsonElement json) => JsonSerializer.Serialize(json, Plain);
}
