using System.Security.Cryptography;
using System.Text.Json;
using Tongban.Contracts.Registry;
using Tongban.Kernel;

namespace Tongban.Items.Catalogue;

/// <summary>A file read, merged and checked: the base document and one variant document per division.</summary>
sealed record LoadedItem(ItemDocument Item, IReadOnlyList<VariantDocument> Variants);

/// <summary>Reads <c>data/items</c>. A file that is wrong stops the start: it ships with the product, so that is a bug.</summary>
static class ItemFiles
{
    public const string GeneralFileName = "general.json";
    public const string EventsFileName = "life-events.json";

    public static IReadOnlyList<LoadedItem> Load(string folder, IDepartments departments)
    {
        var general = Read<GeneralFile>(Path.Combine(folder, GeneralFileName));
        return
        [
            .. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)
                .Where(f => Path.GetFileName(f) is not (GeneralFileName or EventsFileName))
                .Select(f => Merge(Path.GetFileName(f), Read<ItemFile>(f), general, departments)),
        ];
    }

    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), ItemJson.Options) ?? throw new JsonException("The file is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{Path.GetFileName(path)}: {e.Message}", e);
        }
    }

    /// <summary>SHA-256 over the stored form of a document, hex.</summary>
    public static string Hash<T>(T document) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(document, ItemJson.Stored)));

    static LoadedItem Merge(string file, ItemFile item, GeneralFile general, IDepartments departments)
    {
        var used = item.Tailored ? item : item with
        {
            Questions = general.Questions,
            Form = general.Form,
            Steps = [.. general.Steps.Select(step => step.Kind == GeneralFile.OwnKind ? step with { Kind = item.DepartmentKind } : step)],
        };
        var wrong = ItemCheck.Of(used);
        if (wrong.Count > 0)
            throw new InvalidDataException($"{file}: {string.Join("; ", wrong)}");
        var variants = used.Variants.OrderBy(v => v.Key, StringComparer.Ordinal)
            .Select(v => Variant(file, used, v.Key, v.Value, departments))
            .ToList();
        var document = new ItemDocument(item.BaseCode, item.Slug, item.Name, item.Summary, item.ForWhom, item.Keywords, item.Type, item.Served, item.CaseKind,
            item.DepartmentKind, item.Mode, item.ModeBasis, item.Popular, item.Tailored, item.List, used.Questions, item.RouteTable, !Given(item).Contains("baseCode"));
        return new LoadedItem(document, variants);
    }

    static VariantDocument Variant(string file, ItemFile item, string division, VariantFile own, IDepartments departments)
    {
        var department = Department(division, item.DepartmentKind);
        return new VariantDocument(
            item.BaseCode,
            ImplementationCode(department.CreditCode, item.BaseCode),
            own.LocalCode,
            item.Name,
            division,
            department.Code,
            department.Name,
            item.Mode,
            own.StatutoryDays ?? item.StatutoryDays ?? throw Missing("statutoryDays"),
            own.StatutoryNote ?? item.StatutoryNote,
            own.PromisedDays ?? item.PromisedDays ?? throw Missing("promisedDays"),
            own.Visits ?? item.Visits ?? 0,
            own.VisitReason ?? item.VisitReason,
            own.FeeFen ?? item.FeeFen ?? 0,
            own.FeeBasis ?? item.FeeBasis,
            own.LegalBasis ?? item.LegalBasis ?? throw Missing("legalBasis"),
            own.PowerSource ?? item.PowerSource,
            own.Level ?? item.Level ?? throw Missing("level"),
            own.TakenInAt ?? item.TakenInAt ?? throw Missing("takenInAt"),
            [.. (own.JointKinds ?? item.JointKinds ?? []).Select(k => Department(division, k).Name)],
            own.HandlingForms ?? item.HandlingForms ?? throw Missing("handlingForms"),
            own.OnlineDepth ?? item.OnlineDepth ?? throw Missing("onlineDepth"),
            own.Contact ?? item.Contact ?? "12345",
            own.ComplaintLine ?? item.ComplaintLine ?? "12345",
            own.Remedy ?? item.Remedy ?? throw Missing("remedy"),
            item.Questions,
            item.RequirementsTable,
            [.. item.Requirements.Where(r => !own.Without.Contains(r.Id)), .. own.Also.Select(m => m with { Own = true })],
            item.Form,
            item.Steps,
            item.DecideTable,
            item.DecideInputs,
            item.Result,
            item.Tailored,
            [.. Values.Sourced.Except(Given(own).Union(Given(item).Where(v => !Overrides(own, v))))])
        {
            Served = item.Served,
            OneBy = item.OneBy,
        };

        Department Department(string of, string kind) =>
            departments.Of(of).FirstOrDefault(d => d.Division == of && d.Kind == kind)
            ?? throw new InvalidDataException($"{file}: division {of} has no department of kind {kind}");

        InvalidDataException Missing(string field) => new($"{file}: {division} has no {field}, and neither has the base item");
    }

    static IEnumerable<string> Given(Values values) => (values.Sources ?? new Dictionary<string, string>()).Where(s => s.Value.Length > 0).Select(s => s.Key);

    /// <summary>A value that a jurisdiction sets for itself does not stand on the source of the base item's.</summary>
    static bool Overrides(VariantFile own, string value) => value switch
    {
        "statutoryDays" => own.StatutoryDays is not null,
        "promisedDays" => own.PromisedDays is not null,
        "visits" => own.Visits is not null,
        "feeFen" => own.FeeFen is not null,
        "legalBasis" => own.LegalBasis is not null,
        "powerSource" => own.PowerSource is not null,
        "level" => own.Level is not null,
        "takenInAt" => own.TakenInAt is not null,
        "handlingForms" => own.HandlingForms is not null,
        "onlineDepth" => own.OnlineDepth is not null,
        "localCode" => own.LocalCode is not null,
        "requirements" => own.Also.Count > 0 || own.Without.Count > 0,
        _ => false,
    };

    /// <summary>31 characters: the deciding body's credit code, 1, the base code.</summary>
    public static string ImplementationCode(string creditCode, string baseCode)
    {
        var parsed = CreditCode.Parse(creditCode);
        if (!parsed.Ok)
            throw new InvalidDataException($"{creditCode} is not a unified social credit code: {parsed.Error!.DetailEn}");
        return $"{parsed.Value}1{baseCode}";
    }
}
