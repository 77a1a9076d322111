using System.Linq.Expressions;
using Tongban.Kernel.Data;

namespace Tongban.Kernel.Access;

/// <summary>
/// A row that belongs to somebody. The one row rule — division subtree × department × role × purpose, or the person's
/// own — is put on every query of such an entity by <see cref="NodeDb"/>; no use case can forget it.
/// </summary>
public interface IRowRuled
{
    /// <summary>Division of the department that holds the row.</summary>
    string Division { get; }

    /// <summary>Department that holds the row; empty when it belongs to the division as a whole.</summary>
    string Department { get; }

    /// <summary>The person or enterprise it is about; empty when it is about none.</summary>
    string SubjectKey { get; }

    /// <summary>Further departments that may read it, each as <c>|code|</c>: the virtual team of a case. Empty when none.</summary>
    string Readers { get; }

    /// <summary>One of <see cref="Purposes"/>.</summary>
    static abstract string ReadFor { get; }
}

/// <summary>An entity outside the row rule, with the reason why nobody is exposed by that.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NoRowRuleAttribute(string reason) : Attribute
{
    public string Reason { get; } = reason;
}

public static class RowRule
{
    /// <summary>The name of the query filter; a test asserts that every ruled entity has it.</summary>
    public const string FilterName = "row-rule";

    internal static Expression<Func<T, bool>> For<T>(NodeDb db) where T : class, IRowRuled
    {
        var readFor = T.ReadFor;
        return row =>
            db.SeesAll
            || (db.OwnSubject != "" && (row.SubjectKey == db.OwnSubject || row.SubjectKey == db.OwnSubjectAnew))
            || (db.MayRead(readFor)
                && ((db.DivisionPrefix != "" && row.Division.StartsWith(db.DivisionPrefix) && (db.OwnDepartment == "" || row.Department == db.OwnDepartment))
                    || (db.ReaderTag != "" && row.Readers.Contains(db.ReaderTag))));
    }

    /// <summary>The same rule in plain code: the oracle of the property test. Of keys in one form; rows in memory are asked with <see cref="NodeDb.IsOwn"/>.</summary>
    public static bool Sees(Actor actor, string readFor, string division, string department, string subjectKey, string readers)
    {
        if (actor.Role == Role.System)
            return true;
        if (actor.SubjectKey is { Length: > 0 } own && own == subjectKey)
            return true;
        if (!Purposes.Of(actor.Role).Contains(readFor))
            return false;
        if (actor.Division != "" && division.StartsWith(Divisions.Prefix(actor.Division), StringComparison.Ordinal) && (actor.Department is null || (actor.Department != "" && actor.Department == department)))
            return true;
        return actor.Department is { Length: > 0 } team && readers.Contains($"|{team}|", StringComparison.Ordinal);
    }
}
