namespace Tongban.Contracts.Exchange;

/// <summary>
/// A register that a room of this node keeps itself. A department offers it through room Exchange like a system of its own: the same
/// catalogue, agreements, checks and records. Registered by the room that keeps it.
/// </summary>
public interface INodeRegister
{
    /// <summary>As a steward names it, such as <c>certificates.issued</c>.</summary>
    string Name { get; }

    IReadOnlyList<RegisterColumn> Columns { get; }

    /// <summary>The column that every question must give a value for; null where the whole may be read.</summary>
    string? AskedBy => null;

    /// <summary>Whether this department (code) has anything to offer of it.</summary>
    bool IsOfferedBy(string department) => true;

    /// <summary>
    /// The rows that fit, one after the other in an order that stays, each as text in the order of <see cref="RegisterQuestion.Columns"/>. A
    /// column that is not asked for is not read out. However many there are, they are not all in memory at once.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<string?>> Rows(RegisterQuestion question, CancellationToken ct);
}

/// <param name="Type">text, date, integer, number, money (fen).</param>
/// <param name="Personal">Whether it tells something about a person: a resource must say so too.</param>
public sealed record RegisterColumn(string Name, string Type = "text", bool Personal = false);

/// <param name="Department">Who offers it, such as <c>340000-data</c>.</param>
/// <param name="Where">Column to the value that it must have; caller and register both hold to it.</param>
/// <param name="Columns">Names, each of <see cref="INodeRegister.Columns"/>.</param>
public sealed record RegisterQuestion(string Department, IReadOnlyDictionary<string, string> Where, IReadOnlyList<string> Columns);
