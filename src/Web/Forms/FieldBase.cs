using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Components;

namespace Tongban.Web;

/// <summary>What fields share: name, label, hint, what was entered, what was wrong, and how those are tied together for a screen reader.</summary>
public abstract class FieldBase : PageBase
{
    [CascadingParameter]
    FormState? State { get; set; }

    /// <summary>Name in the form; also what an error's <see cref="Kernel.Error.Where"/> says.</summary>
    [Parameter, EditorRequired]
    public required string Name { get; set; }

    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter]
    public string? Hint { get; set; }

    /// <summary>First value; what was entered in a refused attempt goes before it.</summary>
    [Parameter]
    public string? Value { get; set; }

    /// <summary>Fields are required unless they say otherwise; only optional ones are marked.</summary>
    [Parameter]
    public bool Required { get; set; } = true;

    /// <summary>Where the first value came from when the person did not enter it, such as 安徽省公安厅.</summary>
    [Parameter]
    public string? Source { get; set; }

    protected string Id => IdOf(Name);

    protected string? Wrong => State?.WrongWith(Name, Ui.English);

    protected string? Shown => Entered is [var first, ..] ? first : WasEntered ? null : Value;

    protected bool WasEntered => State?.Entered is not null;

    /// <summary>All values entered under this name in a refused attempt.</summary>
    protected IReadOnlyList<string> Entered => [.. State?.Entered?[Name].OfType<string>() ?? []];

    [MemberNotNullWhen(true, nameof(Wrong))]
    protected bool Bad => Wrong is not null;

    protected string? DescribedBy
    {
        get
        {
            var parts = new List<string>(2);
            if (Hint is not null || Source is not null)
                parts.Add(Id + "-hint");
            if (Bad)
                parts.Add(Id + "-wrong");
            return parts.Count == 0 ? null : string.Join(' ', parts);
        }
    }

    protected string? Invalid => Bad ? "true" : null;

    internal static string IdOf(string name) => "f-" + name.Replace('.', '-').Replace('[', '-').Replace("]", "", StringComparison.Ordinal);
}
