namespace Tongban.Kernel.Data;

/// <summary>
/// What a blind index looks like while its key is being replaced: rows with the form of the old key and with that of the new one lie side
/// by side, and both are found. The vault implements it.
/// </summary>
public interface IIndexForms
{
    /// <summary>Whether rows of two forms may be stored now.</summary>
    bool Changing { get; }

    /// <summary>Whether the key was ever replaced: an older form may still come from what was kept elsewhere, and is written in the newest.</summary>
    bool Replaced { get; }

    /// <summary>
    /// Every form under which rows may be stored that follows from this one, the oldest first: one, or two while the key is being replaced.
    /// From an older form all later ones follow, never the other way round. What is no index is its own only form.
    /// </summary>
    IReadOnlyList<string> Forms(string index);

    /// <summary>The form in which it is written now.</summary>
    string Written(string index);

    /// <summary>Whether two forms are of one value.</summary>
    bool Same(string one, string other);
}

/// <summary>A database without a vault has one form of everything.</summary>
sealed class OneForm : IIndexForms
{
    public static readonly OneForm It = new();

    public bool Changing => false;

    public bool Replaced => false;

    public IReadOnlyList<string> Forms(string index) => [index];

    public string Written(string index) => index;

    public bool Same(string one, string other) => one == other;
}
