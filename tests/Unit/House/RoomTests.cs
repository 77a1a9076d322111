using System.Text.RegularExpressions;
using System.Xml.Linq;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Unit.House;

/// <summary>The rules of the house that a project file can break.</summary>
public partial class RoomTests
{
    static readonly string[] MayReference = ["Kernel", "Contracts", "Trust", "Rules", "Web"];

    public static TheoryData<string> Rooms() => [.. Directory.GetDirectories(Path.Combine(ProjectRoot.Path, "src", "Modules")).Select(d => Path.GetFileName(d)!)];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_references_no_other_room(string room)
    {
        var project = XDocument.Load(Path.Combine(ProjectRoot.Path, "src", "Modules", room, $"Tongban.{room}.csproj"));
        var references = project.Descendants("ProjectReference").Select(r => Reference().Match(r.Attribute("Include")!.Value.Replace('\\', '/')).Groups[1].Value).ToList();
        Assert.NotEmpty(references);
        Assert.All(references, r => Assert.Contains(r, MayReference));
        // Nor its binary, its sources, or what it keeps to itself.
        Assert.Empty(project.Descendants("Reference").Select(r => r.ToString()));
        Assert.DoesNotContain(project.Descendants("Compile"), c => c.Attribute("Include")?.Value.Contains("..", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(project.Descendants("InternalsVisibleTo"), i => Others(room).Contains(i.Attribute("Include")!.Value));
    }

    /// <summary>By whatever way it came to it: a binary, or a shared project that leads to another room.</summary>
    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_no_type_of_another_room(string room)
    {
        var used = System.Reflection.Assembly.Load($"Tongban.{room}").GetReferencedAssemblies().Select(a => a.Name!);
        Assert.Empty(used.Intersect(Others(room)));
    }

    [Fact]
    public void What_all_rooms_share_leads_to_no_room()
    {
        foreach (var shared in MayReference)
        {
            var project = XDocument.Load(Path.Combine(ProjectRoot.Path, "src", shared, $"Tongban.{shared}.csproj"));
            var references = project.Descendants("ProjectReference").Select(r => Reference().Match(r.Attribute("Include")!.Value.Replace('\\', '/')).Groups[1].Value);
            Assert.All(references, r => Assert.Contains(r, MayReference));
            Assert.Empty(project.Descendants("Reference").Select(r => r.ToString()));
        }
        var props = XDocument.Load(Path.Combine(ProjectRoot.Path, "Directory.Build.props"));
        Assert.Empty(props.Descendants("ProjectReference").Concat(props.Descendants("Reference")).Select(r => r.ToString()));
    }

    static List<string> Others(string room) =>
        [.. Directory.GetDirectories(Path.Combine(ProjectRoot.Path, "src", "Modules")).Select(d => Path.GetFileName(d)!).Where(r => r != room).Select(r => $"Tongban.{r}")];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_shows_one_class(string room)
    {
        var assembly = System.Reflection.Assembly.Load($"Tongban.{room}");
        // Razor makes components, and a class of each folder's imports, public whether one likes it or not.
        var shown = assembly.GetExportedTypes()
            .Where(t => !typeof(Microsoft.AspNetCore.Components.IComponent).IsAssignableFrom(t) && !t.IsNested && t.Name != "_Imports")
            .Select(t => t.Name).ToList();
        Assert.True(shown.Count <= 1 && shown.All(n => n == $"{room}Module"), $"{room} shows {string.Join(", ", shown)}");
    }

    [GeneratedRegex(@"([A-Za-z]+)/Tongban\.[A-Za-z]+\.csproj$")]
    private static partial Regex Reference();
}
