using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Tongban.Identity;
using Tongban.Node;
using Tongban.Node.Commands;
using Tongban.Node.Walk;
using Tongban.Tests.Journeys;

[assembly: AssemblyFixture(typeof(RegionFixture))]

namespace Tongban.Tests.Journeys;

/// <summary>The sample region with 400 people, started once for every journey: hub and four provinces in this process, on free ports.</summary>
public sealed class RegionFixture : IAsyncLifetime
{
    const int People = 400;
    readonly string folder = Directory.CreateTempSubdirectory("tongban-journeys-").FullName;
    readonly List<WebApplication> apps = [];

    public IReadOnlyList<NodeSettings> Nodes { get; private set; } = [];

    public IReadOnlyList<WebApplication> Apps => apps;

    /// <summary>Address of the node of a province such as 310000, without a slash at the end.</summary>
    public string At(string division) => Nodes.Single(n => n.Id.EndsWith(division, StringComparison.Ordinal)).Listen;

    /// <summary>Everybody in the sample region has the same password.</summary>
    public string Password => IdentityModule.DemoAccounts(Nodes[^1].Identity())[0].Password;

    /// <summary>Phone of a person of <c>data/personas.json</c>.</summary>
    public static string Phone(string persona) => Personas.Single(p => p!["key"]!.ToString() == persona)!["phone"]!.ToString();

    /// <summary>Of the sample enterprise, registered in Shanghai.</summary>
    public static string CreditCode => Personas.Select(p => p!["enterprise"]).First(e => e is not null)!["creditCode"]!.ToString();

    static JsonArray Personas => JsonNode.Parse(File.ReadAllBytes(Path.Combine(SharedData.Folder, "personas.json")))!.AsArray();

    public async Task<Visitor> SignIn(string persona, string division, CancellationToken ct)
    {
        var visitor = new Visitor(At(division));
        var signed = await visitor.SignIn(Phone(persona), Password, ct);
        Assert.True(signed.Ok, signed.Ok ? "" : signed.Error.DetailEn);
        return visitor;
    }

    public async ValueTask InitializeAsync()
    {
        Nodes = Region.Nodes(folder, FreeBase());
        var prepared = await RegionSetup.Prepare(folder, Nodes, People, messages: null, CancellationToken.None);
        Assert.True(prepared.Ok, prepared.Ok ? "" : prepared.Error.DetailEn);
        apps.AddRange(Nodes.Select(n => NodeHost.Build(n)));
        foreach (var app in apps)
            await NodeHost.Start(app);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps)
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A port that is free together with those that the provinces add their codes to.</summary>
    static int FreeBase()
    {
        for (var port = 21_000; port < 30_000; port += 100)
        {
            if (Region.Nodes("", port).All(n => IsFree(new Uri(n.Listen).Port)))
                return port;
        }
        throw new InvalidOperationException("No free ports for five nodes between 21000 and 30000.");
    }

    static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
