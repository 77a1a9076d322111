namespace Tongban.Web;

/// <summary>One answer of a choice.</summary>
public sealed record Choice(string Value, string Text, string? Hint = null);
