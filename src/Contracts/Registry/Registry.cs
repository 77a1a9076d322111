using Tongban.Kernel;
using Tongban.Kernel.Events;

namespace Tongban.Contracts.Registry;

/// <summary>Room Registry answers: places and departments of the whole region.</summary>
public interface IPlaces
{
    /// <summary>Full name, such as 上海市徐汇区; the code itself when it is not known.</summary>
    string Name(string division);

    /// <summary>
    /// The same with its English: <c>Hefei, Anhui</c>; below the places whose English name is known, the rest stands behind it in
    /// Chinese: <c>Hefei, Anhui (蜀山区)</c>.
    /// </summary>
    Words Named(string division) => new(Name(division), Name(division));

    IReadOnlyList<Place> Children(string division);

    Place? Find(string division);
}

public sealed record Place(string Code, string Name, string Parent, string Level);

/// <summary>Words that coded values of the data dictionary have (data/elements.json).</summary>
public interface ICodedValues
{
    /// <summary>The value itself in both languages when the field is not coded.</summary>
    Words Of(string resource, string field, string value);
}

public interface IDepartments
{
    Department? Find(string code);

    IReadOnlyList<Department> Of(string division);
}

/// <param name="Code">Division and kind, such as <c>340000-police</c>; unique in the region.</param>
/// <param name="Kind">police, civil, estate, hrss, fund, medical, market, credit, data.</param>
/// <param name="CreditCode">Unified social credit code of the body.</param>
public sealed record Department(string Code, string Division, string Kind, Words Name, string CreditCode)
{
    /// <summary>Registers of the node that it keeps for its government, such as <c>certificates.issued</c>.</summary>
    public IReadOnlyList<string> Keeps { get; init; } = [];
}

/// <summary>
/// A department's record was changed so that what others were told of it before is no longer so. Inside one node; whoever was given one of
/// the fields is told by room Exchange.
/// </summary>
/// <param name="Subject">Whom the record is about (citizen id, credit code); personal data.</param>
public sealed record RecordChanged(string Resource, IReadOnlyList<string> Fields, string Subject, long At) : IEvent
{
    public static string WireName => "registry.record-changed.v1";
}

/// <summary>A department's own system was changed as a case required; idempotent by case and step.</summary>
/// <param name="Data">What came of it, such as ledger rows or a register number; personal data.</param>
public sealed record EffectApplied(string CaseNumber, string StepId, string Effect, bool Applied, string Reason, IReadOnlyDictionary<string, string> Data, long At) : IEvent
{
    public static string WireName => "registry.effect-applied.v1";
}
