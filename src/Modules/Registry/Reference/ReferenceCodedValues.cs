using System.Text.Json;
using Tongban.Contracts.Registry;
using Tongban.Kernel;

namespace Tongban.Registry.Reference;

/// <summary>English of coded values: the <c>values</c> of data/elements.json, by the resources' fields.</summary>
sealed class ReferenceCodedValues(IReadOnlyDictionary<(string Resource, string Field), IReadOnlyDictionary<string, string>> english) : ICodedValues
{
    public Words Of(string resource, string field, string value) =>
        new(value, english.GetValueOrDefault((resource, field))?.GetValueOrDefault(value) ?? value);

    public static ReferenceCodedValues Read(string sharedFolder)
    {
        using var elements = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(sharedFolder, "elements.json")));
        var coded = elements.RootElement.EnumerateArray()
            .Where(e => e.TryGetProperty("values", out _))
            .ToDictionary(e => e.GetProperty("element").GetString()!, e => e.GetProperty("values").Deserialize<Dictionary<string, string>>()!);
        var fields = new Dictionary<(string, string), IReadOnlyDictionary<string, string>>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(sharedFolder, "resources"), "*.json"))
        {
            using var resource = JsonDocument.Parse(File.ReadAllBytes(file));
            var code = resource.RootElement.GetProperty("code").GetString()!;
            foreach (var field in resource.RootElement.GetProperty("fields").EnumerateArray())
            {
                if (coded.TryGetValue(field.GetProperty("element").GetString()!, out var values))
                    fields[(code, field.GetProperty("name").GetString()!)] = values;
            }
        }
        return new(fields);
    }
}
