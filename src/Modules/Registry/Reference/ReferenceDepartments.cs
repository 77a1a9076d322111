using System.Text.Json;
using Tongban.Contracts.Registry;
using Tongban.Kernel;

namespace Tongban.Registry.Reference;

/// <summary>Departments of the region (data/departments.json).</summary>
sealed class ReferenceDepartments(IReadOnlyList<Department> all) : IDepartments
{
    sealed record Row(string Code, string Division, string Kind, string Name, string NameEn, string CreditCode, string[]? Keeps);

    readonly Dictionary<string, Department> byCode = all.ToDictionary(d => d.Code);
    readonly ILookup<string, Department> byDivision = all.ToLookup(d => d.Division);

    public Department? Find(string code) => byCode.GetValueOrDefault(code);

    public IReadOnlyList<Department> Of(string division) => [.. byDivision[division]];

    public static ReferenceDepartments Read(string sharedFolder)
    {
        var path = Path.Combine(sharedFolder, "departments.json");
        var rows = JsonSerializer.Deserialize<Row[]>(File.ReadAllText(path), JsonSerializerOptions.Web)
            ?? throw new InvalidDataException($"{path} holds no list of departments.");
        return new([.. rows.Select(r => new Department(r.Code, r.Division, r.Kind, new Words(r.Name, r.NameEn), r.CreditCode) { Keeps = r.Keeps ?? [] })]);
    }
}
