using System.Text.Json;
using Tongban.Contracts.Registry;
using Tongban.Items.Catalogue;
using Tongban.Kernel;
using Tongban.Tests.Support;

namespace Tongban.Tests.Unit.Items;

/// <summary>The catalogue that ships with the product, read as the node reads it.</summary>
static class ShippedItems
{
    public static readonly string Data = Path.Combine(ProjectRoot.Path, "data");
    public static readonly string Folder = Path.Combine(Data, "items");
    public static readonly IDepartments Departments = new ListedDepartments(Path.Combine(Data, "departments.json"));
    public static readonly IReadOnlyList<LoadedItem> All = ItemFiles.Load(Folder, Departments);

    public static LoadedItem Named(string slug) => All.Single(i => i.Item.Slug == slug);
}

/// <summary>data/departments.json as it lies there.</summary>
sealed class ListedDepartments(string file) : IDepartments
{
    readonly List<Department> all = [.. JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.EnumerateArray().Select(d =>
        new Department(Text(d, "code"), Text(d, "division"), Text(d, "kind"), new Words(Text(d, "name"), Text(d, "nameEn")), Text(d, "creditCode")))];

    public Department? Find(string code) => all.Find(d => d.Code == code);

    public IReadOnlyList<Department> Of(string division) => [.. all.Where(d => d.Division == division)];

    static string Text(JsonElement e, string name) => e.GetProperty(name).GetString()!;
}
