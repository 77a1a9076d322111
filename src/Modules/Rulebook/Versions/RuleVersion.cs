using Tongban.Kernel.Access;

namespace Tongban.Rulebook.Versions;

/// <summary>
/// One version of a decision table. What it says (document, tests) never changes once it is published; a later version
/// takes over by its first day.
/// </summary>
[NoRowRule("The public register of rules: every table that decides about people is open to them; it holds nothing about anybody.")]
sealed class RuleVersion
{
    public const string Published = "published";

    /// <summary>Id of the rule: the id of its decision, and the name of its file.</summary>
    public required string RuleId { get; init; }

    /// <summary>From 1, rising without gaps.</summary>
    public required int Version { get; init; }

    public required string Name { get; init; }

    /// <summary>DMN XML.</summary>
    public required string Document { get; init; }

    /// <summary>Its cases as JSON (<c>{name, inputs, expected}</c>); null when it has none.</summary>
    public string? Tests { get; init; }

    /// <summary>SHA-256 of document and tests, hexadecimal: tells whether a file brings anything new.</summary>
    public required string Hash { get; init; }

    /// <summary><see cref="Published"/>; drafts come with the editor.</summary>
    public required string State { get; set; }

    /// <summary>First day it is valid, ISO.</summary>
    public required string ValidFrom { get; init; }

    /// <summary>Who wrote it. Tables that ship with the product name its release.</summary>
    public required string Author { get; init; }

    /// <summary>Who approved it; never the author, once people publish.</summary>
    public required string Approver { get; init; }

    public required long PublishedAt { get; init; }

    public long Revision { get; set; }
}
