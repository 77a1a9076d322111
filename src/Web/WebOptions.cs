namespace Tongban.Web;

/// <summary>What the node tells the pages. Paths are of this node.</summary>
public sealed class WebOptions
{
    /// <summary>Serves <c>/ui/gallery</c>: every component in its states, for screenshots. Off in production.</summary>
    public bool Gallery { get; set; }

    public string HomePath { get; set; } = "/";

    public string SearchPath { get; set; } = "/items";

    public string SignInPath { get; set; } = "/signin";

    /// <summary>Answers a POST.</summary>
    public string SignOutPath { get; set; } = "/signout";

    public string ConsolePath { get; set; } = "/console";

    /// <summary>Where the Console's search by number, name or phone is answered.</summary>
    public string ConsoleSearchPath { get; set; } = "/console/search";
}
