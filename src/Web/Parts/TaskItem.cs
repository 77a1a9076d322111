namespace Tongban.Web;

/// <param name="Href">Where it is done; null when it cannot be started yet.</param>
public sealed record TaskItem(string Name, string? Href, Tone Tone, string State, string? Hint = null);
