using System.Text;
using Tongban.Rules.Model;

namespace Tongban.Rules;

/// <summary>The models that others may import, by namespace. Imports are looked up when a model is compiled.</summary>
public sealed class DmnImports
{
    readonly Dictionary<string, DmnModel> byNamespace = new(StringComparer.Ordinal);

    public void Add(DmnModel model) => byNamespace[model.Namespace] = model;

    public DmnModel? Find(string ns) => byNamespace.GetValueOrDefault(ns);
}

/// <param name="Model">Null when there is an error among the diagnostics.</param>
public sealed record ReadResult(DmnModel? Model, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>A DMN model as read from XML (DMN 1.1 to 1.5). Immutable.</summary>
public sealed class DmnModel
{
    internal DmnModel(string id, string name, string ns, DmnImports? available) =>
        (Id, Name, Namespace, Available) = (id, name, ns, available);

    public string Id { get; }
    public string Name { get; }
    public string Namespace { get; }

    internal DmnImports? Available { get; }
    internal IReadOnlyList<ImportElement> Imports { get; init; } = [];
    internal IReadOnlyList<ItemDefinition> Types { get; init; } = [];
    internal IReadOnlyList<DrgElement> Elements { get; init; } = [];

    /// <summary>Largest document read, in characters.</summary>
    public const int MaxCharacters = 20_000_000;

    /// <summary>Reads XML without document types, external entities or anything fetched from elsewhere.</summary>
    public static ReadResult Read(Stream xml, DmnImports? imports = null) => DmnReader.Read(xml, imports);

    public static ReadResult Read(string xml, DmnImports? imports = null) => DmnReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(xml)), imports, Encoding.UTF8);

    /// <summary>
    /// Binds names and turns all logic into delegates. A part that is wrong is listed among the diagnostics and
    /// evaluates to null; the rest works.
    /// </summary>
    public CompiledModel Compile() => new ModelCompiler(this).Compile();
}
