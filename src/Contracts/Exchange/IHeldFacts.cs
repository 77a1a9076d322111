using Tongban.Kernel;

namespace Tongban.Contracts.Exchange;

/// <summary>Does a registry of the region hold this? What one holds, no form and no task asks for again.</summary>
public interface IHeldFacts
{
    /// <summary>Who holds a data element, from the catalogues this node holds; none when nobody does, and only then may it be asked for.</summary>
    /// <param name="element">Of the region's standard, such as <c>person.birth-date</c>.</param>
    /// <param name="subject"><c>person</c> or <c>enterprise</c>: about whom; null for either.</param>
    IReadOnlyList<FactHolder> Holders(string element, string? subject = null);
}

/// <param name="Field">Code of the field in the resource.</param>
public sealed record FactHolder(string NodeId, string Division, Words DepartmentName, string Resource, Words ResourceName, string Field, Words FieldName);
