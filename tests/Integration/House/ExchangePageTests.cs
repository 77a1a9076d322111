using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Node;
using Tongban.Tests.Integration.Exchange;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.House;

/// <summary>What docs/exchange.md and docs/events.md tell whoever writes another node is what this one does.</summary>
public class ExchangePageTests
{
    static string Page(string name) => File.ReadAllText(Path.Combine(ProjectRoot.Path, "docs", name));

    [Fact]
    public void Every_event_that_crosses_nodes_stands_there_with_all_its_members()
    {
        var services = new ServiceCollection();
        Modules.Add(services, new NodeSettings { Id = "CN-YRD/310000", Name = new Words("上海市", "Shanghai"), Listen = "http://127.0.0.1:0", HubUrl = "http://127.0.0.1:0" });
        var crossing = services.Where(s => s.ServiceType == typeof(EventType)).Select(s => (EventType)s.ImplementationInstance!).DistinctBy(t => t.WireName).Where(t => EventTypes.CrossesNodes(t.Type)).ToList();
        var (events, exchange) = (Page("events.md"), Page("exchange.md"));
        Assert.NotEmpty(crossing);
        foreach (var type in crossing.Where(t => t.WireName.StartsWith("exchange.", StringComparison.Ordinal)))
            Assert.Contains($"`{type.WireName}`", exchange, StringComparison.Ordinal);
        foreach (var type in crossing.Where(t => !t.WireName.StartsWith("exchange.", StringComparison.Ordinal)))
        {
            var row = Assert.Single(events.Split('\n'), l => l.StartsWith($"| `{type.WireName}`", StringComparison.Ordinal));
            foreach (var member in Members(type.Type))
            {
                Assert.True(row.Contains($"`{Name(member)}`", StringComparison.Ordinal), $"{type.WireName} lacks {Name(member)}");
                Assert.True(!IsNullable(member) || row.Contains($"`{Name(member)}`?", StringComparison.Ordinal), $"{type.WireName}: {Name(member)} may be absent");
            }
            foreach (var member in Inner(type.Type, []).SelectMany(Members))
                Assert.True(events.Contains($"`{Name(member)}`", StringComparison.Ordinal), $"{member.DeclaringType!.Name} lacks {Name(member)}");
        }
    }

    static IEnumerable<PropertyInfo> Members(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0);

    static string Name(PropertyInfo member) => JsonNamingPolicy.CamelCase.ConvertName(member.Name);

    static bool IsNullable(PropertyInfo member) => new NullabilityInfoContext().Create(member).ReadState == NullabilityState.Nullable;

    /// <summary>Records that stand inside others, texts for people aside.</summary>
    static HashSet<Type> Inner(Type type, HashSet<Type> found)
    {
        foreach (var held in Members(type).SelectMany(m => m.PropertyType.IsGenericType ? m.PropertyType.GetGenericArguments() : [m.PropertyType]))
        {
            if (held.IsClass && held != typeof(Words) && held.Namespace!.StartsWith("Tongban", StringComparison.Ordinal) && found.Add(held))
                Inner(held, found);
        }
        return found;
    }

    [Fact]
    public void Every_refusal_it_lists_is_one_that_a_node_gives()
    {
        var listed = Regex.Matches(Page("exchange.md").Split("\n## Refusals\n")[1].Split("\n## ")[0], "`([a-z]+\\.[a-z-]+)`").Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.InRange(listed.Count, 60, 200);
        var source = string.Concat(new[] { "Kernel", "Trust", "Modules/Exchange" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(ProjectRoot.Path, "src", f), "*.cs", SearchOption.AllDirectories)).Select(File.ReadAllText));
        Assert.Equal([], listed.Where(code => !source.Contains($"\"{code}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_offer_it_shows_is_read_and_valid()
    {
        var shown = Page("exchange.md").Split("```json\n")[1].Split("```")[0];
        var read = DspMessage.Read(Encoding.UTF8.GetBytes(shown), "ContractRequestMessage");
        Assert.True(read.Ok, read.Error?.DetailEn);
        var standing = new AgreementTerms("", TwoNodes.Anhui, TwoNodes.Shanghai, TwoNodes.Marriage, 1, ["state"], ["*"], false, new AgreementBasis(AgreementBasis.Legal, new Words("法", "law")), 0, 0, 1);
        var terms = OdrlPolicy.Read(read.Value.GetProperty("offer"), standing);
        Assert.True(terms.Ok, terms.Error?.DetailEn);
        Assert.Equal((500, true, true, 30, AgreementBasis.Consent), (terms.Value.QuotaPerDay, terms.Value.CaseRequired, terms.Value.NoOnwardUse, terms.Value.RetentionDays, terms.Value.Basis.Kind));
        if (DspWire.Missing is null)
            Assert.Null(Assert.Single(await DspWire.Validate([("negotiation/contract-request-message-schema.json", JsonNode.Parse(shown)!)])));
    }
}
