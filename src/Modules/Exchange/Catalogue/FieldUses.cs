using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>Who breaks if this changes: the governments that may ask for fields of a version under an agreement that holds.</summary>
static class FieldUses
{
    public static IReadOnlyList<FieldUsesPanel.Use> Of(AgreementBook agreements, RegionDirectory directory, NodeIdentity node, string code, int version, TimeProvider clock)
    {
        var now = clock.NowMs();
        return [.. agreements.All
            .Where(a => a.Terms.Provider == node.Id && a.Terms.Resource == code && a.Terms.ResourceVersion == version && a.StateAt(now) is not (AgreementState.Terminated or AgreementState.Expired))
            .OrderBy(a => a.Terms.Consumer, StringComparer.Ordinal).ThenBy(a => a.Id, StringComparer.Ordinal)
            .Select(a => new FieldUsesPanel.Use(a.Id, directory.Entry(a.Terms.Consumer)?.Name ?? new Words(a.Terms.Consumer, a.Terms.Consumer), a.Terms.Fields, agreements.UsedToday(a.Id)))];
    }

    /// <summary>What a change of the field list does to them: fields that went or have another type.</summary>
    public static IReadOnlyList<string> Broken(IReadOnlyList<ResourceField> before, IReadOnlyList<ResourceField> after) =>
        [.. before.Where(b => after.FirstOrDefault(a => a.Name == b.Name) is not { } now || now.Type != b.Type).Select(b => b.Name)];
}
