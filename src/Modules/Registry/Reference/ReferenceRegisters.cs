using System.Runtime.CompilerServices;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Registry;
using Tongban.Kernel;

namespace Tongban.Registry.Reference;

/// <summary>The places of the node's own province, as a register that can be offered through the exchange.</summary>
sealed class PlacesRegister(IPlaces places, NodeIdentity node) : INodeRegister
{
    public string Name => "registry.places";

    public IReadOnlyList<RegisterColumn> Columns { get; } = [new("code"), new("name"), new("fullName"), new("parent"), new("level")];

    public async IAsyncEnumerable<IReadOnlyList<string?>> Rows(RegisterQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        await ValueTask.CompletedTask;
        if (places.Find(node.Division) is not { } own)
            yield break;
        // One that is asked for by its code is not looked for among all.
        var some = question.Where.TryGetValue("code", out var code) ? Within(code) : Below(own);
        foreach (var place in some)
        {
            ct.ThrowIfCancellationRequested();
            yield return Reference.Row(question, column => column switch
            {
                "code" => place.Code,
                "name" => place.Name,
                "fullName" => places.Name(place.Code),
                "parent" => place.Parent.Length > 0 ? place.Parent : null,
                "level" => place.Level,
                _ => throw new ArgumentOutOfRangeException(nameof(question), column, "no column of this register"),
            });
        }
    }

    IEnumerable<Place> Within(string code) => code.StartsWith(Divisions.Prefix(node.Division), StringComparison.Ordinal) && places.Find(code) is { } place ? [place] : [];

    IEnumerable<Place> Below(Place place)
    {
        yield return place;
        foreach (var below in places.Children(place.Code).OrderBy(p => p.Code, StringComparer.Ordinal).SelectMany(Below))
            yield return below;
    }
}

/// <summary>The departments of this node's government, with their credit codes.</summary>
sealed class DepartmentsRegister(IDepartments departments, NodeIdentity node) : INodeRegister
{
    public string Name => "registry.departments";

    public IReadOnlyList<RegisterColumn> Columns { get; } = [new("code"), new("division"), new("kind"), new("name"), new("nameEn"), new("creditCode")];

    public async IAsyncEnumerable<IReadOnlyList<string?>> Rows(RegisterQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        await ValueTask.CompletedTask;
        foreach (var department in departments.Of(node.Division).OrderBy(d => d.Code, StringComparer.Ordinal))
        {
            ct.ThrowIfCancellationRequested();
            yield return Reference.Row(question, column => column switch
            {
                "code" => department.Code,
                "division" => department.Division,
                "kind" => department.Kind,
                "name" => department.Name.Zh,
                "nameEn" => department.Name.En,
                "creditCode" => department.CreditCode,
                _ => throw new ArgumentOutOfRangeException(nameof(question), column, "no column of this register"),
            });
        }
    }
}

static class Reference
{
    public static IReadOnlyList<string?> Row(RegisterQuestion question, Func<string, string?> value) => [.. question.Columns.Select(value)];
}
