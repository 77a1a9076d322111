namespace Tongban.Web;

/// <param name="Count">How many stand behind it; null to show none.</param>
public sealed record Tab(string Href, string Text, bool Current, int? Count = null);
