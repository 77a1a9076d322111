namespace Tongban.Rules;

public enum Severity
{
    /// <summary>Worth knowing; the result stands.</summary>
    Info,

    /// <summary>Something evaluated to null where a value was meant, or a part of the model was not understood.</summary>
    Warning,

    /// <summary>The element cannot be used.</summary>
    Error,
}

/// <summary>One thing found while reading, compiling or evaluating a model.</summary>
/// <param name="Code">Stable, dotted, lower-case name, such as <c>feel.syntax</c>.</param>
/// <param name="Message">What it is, in Chinese.</param>
/// <param name="MessageEn">The same in English.</param>
/// <param name="ElementId">The id (or name) of the model element it concerns; null outside models.</param>
/// <param name="Line">1-based line in the source, or null when it has none.</param>
public sealed record Diagnostic(
    Severity Severity,
    string Code,
    string Message,
    string MessageEn,
    string? ElementId = null,
    int? Line = null)
{
    public static Diagnostic Error(string code, string message, string messageEn, string? elementId = null, int? line = null) =>
        new(Severity.Error, code, message, messageEn, elementId, line);

    public static Diagnostic Warning(string code, string message, string messageEn, string? elementId = null, int? line = null) =>
        new(Severity.Warning, code, message, messageEn, elementId, line);

    public override string ToString() =>
        $"{Severity} {Code}{(ElementId is null ? "" : $" [{ElementId}]")}{(Line is null ? "" : $" line {Line}")}: {MessageEn}";
}
