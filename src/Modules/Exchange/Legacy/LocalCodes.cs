using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// A department's own codes on the consumer's side: what its systems ask by becomes the region's, and what they are answered becomes theirs.
/// The log holds what was received, in the region's codes.
/// </summary>
sealed class LocalCodes(MappingBook mappings, StandardBook standards, TimeProvider clock)
{
    public Result<IReadOnlyDictionary<string, string>> Asked(string department, ResourceOffer offer, IReadOnlyDictionary<string, string> parameters)
    {
        if (mappings.OfSystems(department) is not { } set)
            return new Dictionary<string, string>(parameters, StringComparer.Ordinal);
        var turned = new Dictionary<string, string>(parameters, StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            // A parameter that has the name of a field is of that field's kind.
            if (offer.Field(name)?.Element is not { } element || set.For(element) is not { } mapping)
                continue;
            var code = mapping.ToRegion(value, standards.InForce?.ListOf(element), clock.Today());
            if (!code.Ok)
                return UnknownHere(name);
            turned[name] = code.Value ?? "";
        }
        return turned;
    }

    public Result<IReadOnlyList<IReadOnlyDictionary<string, string?>>> Answered(string department, ResourceOffer offer, IReadOnlyList<IReadOnlyDictionary<string, string?>> rows)
    {
        if (mappings.OfSystems(department) is not { } set || rows.Count == 0)
            return Given(rows);
        var mapped = rows[0].Keys.Select(f => (Field: f, offer.Field(f)?.Element)).Where(f => f.Element is not null && set.For(f.Element) is not null).ToList();
        if (mapped.Count == 0)
            return Given(rows);
        var turned = new List<IReadOnlyDictionary<string, string?>>(rows.Count);
        foreach (var row in rows)
        {
            var own = new Dictionary<string, string?>(row, StringComparer.Ordinal);
            foreach (var (field, element) in mapped)
            {
                var local = own[field] == CodeMapping.Unmapped ? CodeMapping.Unmapped : set.For(element!)!.ToLocal(own[field], standards.InForce?.ListOf(element), clock.Today());
                if (!local.Ok)
                    return local.Error with { Where = field };
                own[field] = local.Value;
            }
            turned.Add(own);
        }
        return turned;

        static Result<IReadOnlyList<IReadOnlyDictionary<string, string?>>> Given(IReadOnlyList<IReadOnlyDictionary<string, string?>> rows) => rows.ToList();
    }

    static Error UnknownHere(string where) => Error.Invalid("mapping.unknown-local", $"查询条件 {where} 不是本部门登记过的代码", $"The parameter {where} is no code that the department entered", where, "改正条件，或请数据管理员补充代码对照", "Correct it, or have the data steward add it to the mapping");
}
