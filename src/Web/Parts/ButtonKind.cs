namespace Tongban.Web;

public enum ButtonKind
{
    /// <summary>The one thing this page is for; at most one on a page.</summary>
    Primary,
    Secondary,

    /// <summary>Cannot be taken back.</summary>
    Danger,

    /// <summary>Looks like a link.</summary>
    Quiet,
}
