using System.Runtime.CompilerServices;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Reads what a room of this node keeps itself, by <see cref="INodeRegister"/>, for the department that offers it. The lines of the binding are
/// those of a file (<see cref="ColumnNames"/>): where a column is not named as the field or parameter.
/// </summary>
sealed class RegisterConnector(NodeIdentity node, IEnumerable<INodeRegister> registers) : ISource
{
    public async ValueTask<Result<List<string?[]>>> Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct)
    {
        var found = new List<string?[]>();
        await foreach (var row in Rows(resource, source, parameters, fields, ct))
        {
            if (!row.Ok)
                return row.Error;
            found.Add(row.Value);
            if (found.Count > Sources.MostRows)
                break;
        }
        return found;
    }

    public async ValueTask<Result<Done>> Stream(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct)
    {
        await foreach (var row in Rows(resource, source, parameters, fields, ct))
        {
            if ((row.Error ?? await put(row.Value)) is { } error)
                return error;
        }
        return Done.It;
    }

    async IAsyncEnumerable<Result<string?[]>> Rows(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, [EnumeratorCancellation] CancellationToken ct)
    {
        var planned = Plan(resource, source, parameters, fields);
        if (!planned.Ok)
        {
            yield return planned.Error;
            yield break;
        }
        var (register, question, outs) = planned.Value;
        await foreach (var row in register.Rows(question, ct))
        {
            // The register was asked for these only; what is not is never handed out.
            if (!question.Columns.Select((column, at) => !question.Where.TryGetValue(column, out var wanted) || row[at] == wanted).All(fits => fits))
                continue;
            var values = new string?[outs.Length];
            for (var i = 0; i < outs.Length; i++)
            {
                values[i] = row[outs[i].At];
                if (Sources.Wrong(outs[i].Field, values[i]) is { } wrong)
                {
                    yield return wrong;
                    yield break;
                }
            }
            yield return values;
        }
    }

    /// <summary>What the register is asked, and where in its rows the fields stand.</summary>
    Result<(INodeRegister Register, RegisterQuestion Question, (ResourceField Field, int At)[] Outs)> Plan(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields)
    {
        var names = ColumnNames.Read(source.Select, resource.Fields, resource.Parameters);
        if ((Find(resource, source, out var register) ?? names.Error) is { } wrong)
            return wrong;
        var where = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parameter in resource.Parameters)
        {
            if (parameters.TryGetValue(parameter.Name, out var value) && value.Length > 0)
                where[names.Value.Of(parameter)] = value;
        }
        if (register.AskedBy is { } must && !where.ContainsKey(must))
            return Sources.NotWhole;
        var asked = fields.Select(name => resource.Fields.First(f => f.Name == name)).ToList();
        List<string> columns = [.. asked.Select(names.Value.Of).Concat(where.Keys).Distinct(StringComparer.Ordinal)];
        foreach (var column in columns)
        {
            if (!register.Columns.Any(c => c.Name == column))
                return NoColumn(column);
        }
        return (register, new RegisterQuestion(DepartmentOf(resource), where, columns), [.. asked.Select(f => (f, columns.IndexOf(names.Value.Of(f))))]);
    }

    ValueTask<Error?> ISource.Check(ResourceDefinition resource, SourceBinding source, CancellationToken ct) => ValueTask.FromResult(Check(resource, source));

    Error? Check(ResourceDefinition resource, SourceBinding source)
    {
        var names = ColumnNames.Read(source.Select, resource.Fields, resource.Parameters);
        if ((Find(resource, source, out var register) ?? names.Error) is { } wrong)
            return wrong;
        var columns = register.Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
        foreach (var field in resource.Fields)
        {
            if (!columns.TryGetValue(names.Value.Of(field), out var column))
                return NoColumn(names.Value.Of(field)) with { Kind = ErrorKind.Invalid, Where = "select" };
            if (column.Type != field.Type)
                return Entry("fields", $"字段 {field.Name} 在登记簿里是 {column.Type}", $"Field {field.Name} is of type {column.Type} in the register");
            if (column.Personal && !field.Personal)
                return Entry("fields", $"字段 {field.Name} 是个人信息，请如实标明", $"Field {field.Name} is about a person: say so");
        }
        foreach (var parameter in resource.Parameters)
        {
            if (!columns.ContainsKey(names.Value.Of(parameter)))
                return NoColumn(names.Value.Of(parameter)) with { Kind = ErrorKind.Invalid, Where = "select" };
        }
        return register.AskedBy is { } must && !resource.Parameters.Any(p => p.Required && Identifiers.ElementOf(p) is not null && names.Value.Of(p) == must)
            ? Entry("parameters", $"这个登记簿只能按 {must} 查询，请设为必填的查询条件，类型为 citizen-id 或 credit-code", $"This register is asked by {must} only: make it a parameter that is required, of type citizen-id or credit-code")
            : null;
    }

    /// <summary>A register does not say when it was written to.</summary>
    public DateTimeOffset? WrittenAt(SourceBinding source) => null;

    string DepartmentOf(ResourceDefinition resource) => $"{Divisions.Province(node.Division)}-{resource.ProviderKind}";

    Error? Find(ResourceDefinition resource, SourceBinding source, out INodeRegister register)
    {
        register = registers.FirstOrDefault(r => r.Name == source.Database)!;
        if (register is null)
        {
            return Error.Invalid("resource.source", $"本节点没有登记簿“{source.Database}”，有：{string.Join('、', registers.Select(r => r.Name))}", $"This node keeps no register '{source.Database}'; it keeps {string.Join(", ", registers.Select(r => r.Name))}", "database");
        }
        return register.IsOfferedBy(DepartmentOf(resource)) ? null : Error.Invalid(
            "resource.source", $"登记簿“{source.Database}”不由这个部门保管", $"This department does not keep the register '{source.Database}'", "database", "请选择保管它的部门", "Choose the department that keeps it");
    }

    static Error NoColumn(string column) => Sources.Drift(column, "不是登记簿的列", "is no column of the register");

    static Error Entry(string where, string zh, string en) => Error.Invalid("resource.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");
}
