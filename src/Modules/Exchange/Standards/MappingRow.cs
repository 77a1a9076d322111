using Tongban.Kernel;
using Tongban.Kernel.Access;

namespace Tongban.Exchange;

enum MappingState
{
    /// <summary>Applied nowhere; may change and be thrown away.</summary>
    Draft,

    /// <summary>Applied to every value; never changes.</summary>
    Published,

    /// <summary>A later one took its place.</summary>
    Replaced,
}

/// <summary>
/// A department's mapping: of one field of a version of a resource it gives, or of one data element in what its own systems ask and take. It
/// may change under a published resource: what is answered keeps its fields and its code list, so no agreement is touched.
/// </summary>
sealed class MappingRow : IRowRuled
{
    /// <summary><see cref="OfResource"/> or <see cref="OfSystems"/>.</summary>
    public required string Scope { get; set; }

    /// <summary>Field of the resource, or data element.</summary>
    public required string Target { get; set; }

    /// <summary>From 1; the last one of a scope and target is the draft, while there is one.</summary>
    public int Number { get; set; }

    public MappingState State { get; set; }

    /// <summary>JSON of the <see cref="CodeMapping"/>.</summary>
    public required string Document { get; set; }

    /// <summary>Code list that its tests were run with when it was published; empty for dates.</summary>
    public string List { get; set; } = "";

    public int ListVersion { get; set; }

    public long ChangedAt { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;

    public CodeMapping Mapping => CodeMapping.Read(Document);

    public static string OfResource(string code, int version) => $"{code}/{version}";

    /// <summary>What the registered systems of a department use.</summary>
    public static string OfSystems(string department) => "@" + department;

    public bool IsOfSystems => Scope.StartsWith('@');

    public static MappingRow Draft(string scope, string target, int number, CodeMapping mapping, string division, string department, long now) => new()
    {
        Scope = scope,
        Target = target,
        Number = number,
        Document = mapping.ToJson(),
        ChangedAt = now,
        Division = division,
        Department = department,
    };

    public Error? Change(CodeMapping mapping, long now)
    {
        if (State != MappingState.Draft)
            return Error.Conflict("mapping.published", "已发布的对照不能修改", "A published mapping does not change", "请另建草稿", "Begin a draft");
        (Document, ChangedAt) = (mapping.ToJson(), now);
        Revision++;
        return null;
    }

    /// <param name="list">Null for dates.</param>
    public void Publish(CodeList? list, long now)
    {
        (State, List, ListVersion, ChangedAt) = (MappingState.Published, list?.List ?? "", list?.Version ?? 0, now);
        Revision++;
    }

    public void Replace(long now)
    {
        (State, ChangedAt) = (MappingState.Replaced, now);
        Revision++;
    }
}
