using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Whose a source is. A file belongs to the department that its name begins with (<c>civil.db</c>, <c>civil-adoption.csv</c>); a database or
/// service, and a file of another name, to those that an administrator entered for it (<see cref="NamedSources.Source.Departments"/>). A register
/// of the node's own says itself who keeps it.
/// </summary>
sealed class SourceOwners(NodeIdentity node, OwnResources own, NamedSources named)
{
    public const string Foreign = "resource.source-foreign";

    /// <summary>Null when the resource's department may read its source. What is refused is refused alike whether there is such a source or not.</summary>
    public Error? Refuses(ResourceDefinition resource)
    {
        if (resource.Connector is not { Kind: not Sources.Register } source)
            return null;
        var isFile = source.Kind is Sources.Sql or Sources.File;
        if (isFile && IsNamedAfter(source.Database, resource.ProviderKind))
            return null;
        var department = $"{(node.IsGovernment ? Divisions.Province(node.Division) : NodeIds.CodeOf(node.Id))}-{resource.ProviderKind}";
        var entered = named.IsOf(source.Database, department);
        if (!entered.Ok)
            return entered.Error;
        if (entered.Value)
            return null;
        return isFile
            ? Error.Invalid(Foreign, $"文件“{source.Database}”不属于这个部门（{department}）", $"The file '{source.Database}' is not this department's ({department})", "database",
                $"文件名应以“{resource.ProviderKind}”开头，如 {resource.ProviderKind}.db、{resource.ProviderKind}-2026.csv；或请系统管理员在 {NamedSources.FileName} 里登记这个文件和部门",
                $"Its name begins with '{resource.ProviderKind}', such as {resource.ProviderKind}.db or {resource.ProviderKind}-2026.csv; or have an administrator enter the file and the department in {NamedSources.FileName}")
            : Error.Invalid(Foreign, $"节点没有给这个部门（{department}）登记接入点“{source.Database}”", $"The node has no source '{source.Database}' for this department ({department})", "database",
                $"请系统管理员在 {NamedSources.FileName} 里该接入点的 departments 中登记这个部门，再重启节点", $"Have an administrator enter the department in the source's departments in {NamedSources.FileName} and restart the node");
    }

    /// <summary>The departments' own words: what follows the first hyphen of their codes.</summary>
    readonly string[] kinds = [.. own.Departments.Keys.Select(code => code[(code.IndexOf('-', StringComparison.Ordinal) + 1)..])];

    /// <summary>Of two departments whose words a name begins with, it is the one's with the longer word.</summary>
    bool IsNamedAfter(string file, string kind) =>
        Begins(file, kind) && !Array.Exists(kinds, other => other.Length > kind.Length && Begins(file, other));

    static bool Begins(string file, string kind) => file.Length > kind.Length && file[kind.Length] is '.' or '-' && file.StartsWith(kind, StringComparison.Ordinal);
}
