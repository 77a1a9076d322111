using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Contracts.Items;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Cases.Filings;

/// <summary>One page of the item's form; what governments already said is there first, with who said it.</summary>
static class FillForm
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapGet("/drafts/{id}/form/{page}", Show).Only(Allow.Person);
        faces.Portal.MapPost("/drafts/{id}/form/{page}", Handle).Only(Allow.Person).WithOnce();
    }

    static async Task<IResult> Show(string id, string page, Drafts drafts, CancellationToken ct)
    {
        var open = await drafts.Open(id, ct);
        if (!open.Ok)
            return open.Error.AsResult();
        return open.Value.Variant.Form.SingleOrDefault(p => p.Id == page) is { } shown
            ? Page.Of<FormPageView>(new { View = open.Value, Shown = shown })
            : Drafts.NotThere.AsResult();
    }

    static async Task<IResult> Handle(string id, string page, HttpRequest request, Drafts drafts, TimeProvider clock, Once once, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var open = await drafts.Open(id, read.Value, ct);
        if (!open.Ok)
            return open.Error.AsResult();
        var draft = open.Value;
        if (draft.Variant.Form.SingleOrDefault(p => p.Id == page) is not { } shown)
            return Drafts.NotThere.AsResult();
        var form = new Dictionary<string, string>(draft.Body.Form);
        var before = FormFacts.Of(draft.Variant, draft.Body);
        foreach (var field in shown.Fields)
        {
            // What a government says of it is taken at the end; an older value of the person's own goes.
            if (before.Settled(field))
                form.Remove(field.Id);
            else
                form[field.Id] = Kept(field, read.Value[field.Id]);
        }
        var entered = draft.Body with { Form = form };
        var filled = Prefill.Fill(draft.Variant, entered);
        var wrong = Completeness.Fields(shown, filled, FormFacts.Of(draft.Variant, entered with { Form = filled }), clock.Today()).ToList();
        if (wrong.Count > 0)
        {
            var error = wrong.Count == 1 ? wrong[0] : Error.Invalid("form.invalid", $"有 {wrong.Count} 处需要改正", $"{wrong.Count} fields need correcting") with { Also = wrong };
            return Page.Of<FormPageView>(new { View = draft, Shown = shown, Error = error, Entered = request.HasFormContentType ? request.Form : null }, StatusCodes.Status400BadRequest);
        }
        var body = draft.Body with { Form = form, PagesDone = [.. draft.Body.PagesDone.Append(page).Distinct()] };
        return await drafts.Save(draft, body, DraftFlow.After(draft with { Body = body }, $"form/{page}"), once, ct);
    }

    /// <summary>An amount is entered in yuan and kept in whole fen; what is no amount is kept as typed, to be shown again.</summary>
    static string Kept(FormField field, string typed)
    {
        if (field.Type != "money" || typed.Length == 0)
            return typed;
        var plain = typed.Replace(",", "", StringComparison.Ordinal).Replace("¥", "", StringComparison.Ordinal).Trim();
        return decimal.TryParse(plain, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var yuan)
            && yuan < 1_000_000_000_000m && decimal.Round(yuan, 2) == yuan
            ? ((long)(yuan * 100)).ToString(CultureInfo.InvariantCulture)
            : "?" + typed;
    }
}

/// <summary>How a kept value is written for people.</summary>
static class FormValue
{
    public static string Shown(FormField field, string value, bool english, IPlaces places) => field.Type switch
    {
        "money" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var fen) => Formats.Money(fen),
        "date" when DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) => Formats.Date(date, english),
        "choice" => field.Options?.FirstOrDefault(o => o.Value == value)?.Label.In(english) ?? value,
        "division" => places.Named(value).In(english),
        "checkbox" => value.Length == 0 ? (english ? "No" : "否") : english ? "Yes" : "是",
        _ => value,
    };

    /// <summary>The same in the words of its own field: an amount in yuan.</summary>
    public static string? Typed(FormField field, string? value) =>
        field.Type == "money" && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var fen)
            ? (fen / 100m).ToString("0.##", CultureInfo.InvariantCulture)
            : value;
}
