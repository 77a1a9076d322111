namespace Tongban.Trust;

/// <summary>A room's files that are sealed by the vault, for the rotation of envelope keys.</summary>
public interface ISealedFiles
{
    /// <summary>What they are, for whoever watches the job.</summary>
    string Name { get; }

    /// <summary>Paths of all that are there now, in a fixed order.</summary>
    IEnumerable<string> Paths();

    /// <summary>The context a file was sealed under, from its path.</summary>
    string ContextOf(string path);
}
