using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.House;
using Tongban.Tests.Integration.Identity;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A member shows the hub one log and Shanghai another, each whole in itself and signed. No witness alone could tell; together they do.</summary>
public sealed class EquivocationTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="toShanghai">Leaves of the tree that Shanghai is shown; the hub is shown five others.</param>
    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    public async Task Two_trees_shown_to_two_witnesses_are_found_named_and_kept(int toShanghai)
    {
        await using var region = await Start();
        var liar = new Liar(region, Tree(5, "for the hub"), Tree(toShanghai, "for Shanghai"));
        await using var played = await liar.Play();
        foreach (var (witness, other) in new[] { (Hub, Shanghai), (Shanghai, Hub) })
        {
            var evidence = await Found(region, witness);
            Assert.Equal((Anhui, $"{Anhui}/log", other), (evidence.Member, evidence.Origin, evidence.Witness));
            // Both are signed by the very log, and nobody need believe the witness.
            var key = NoteKey.Parse(region.Get<RegionDirectory>(Hub).Entry(Anhui)!.Log!.VKey).Value;
            var (held, shown) = (Checkpoint.Verify(evidence.Held, key).Value.Checkpoint, Checkpoint.Verify(evidence.Shown, key).Value.Checkpoint);
            Assert.Equal(witness == Hub ? (5L, (long)toShanghai) : (toShanghai, 5), (held.Size, shown.Size));
            Assert.NotEqual(held.Root, shown.Root);
        }
        foreach (var witness in new[] { Hub, Shanghai })
            await Soon.Holds(() => region.Get<WitnessLogs>(witness).Of(Anhui)?.Trouble?.Code == "witness.equivocated", Ct);
        var cosigned = liar.Cosigned;
        var audit = await ExchangeModule.AuditNode(region.Get<IServiceProvider>(Shanghai), ct: Ct);
        Assert.Contains(audit, f => f.Step == "equivocation" && !f.Ok && f.Words.En.Contains(Anhui, StringComparison.Ordinal) && f.Words.En.Contains("two trees", StringComparison.Ordinal));

        using var steward = new Browser(Role.Steward);
        var page = await steward.Read(region.Url(Shanghai) + "/console/log");
        Assert.Contains("其他成员出示过两份日志", page, StringComparison.Ordinal);
        Assert.Contains("安徽省", page, StringComparison.Ordinal);
        var notes = await steward.Read($"{region.Url(Shanghai)}/console/log/evidence?origin={Uri.EscapeDataString($"{Anhui}/log")}&witness={Uri.EscapeDataString(Hub)}");
        Assert.Equal(2, notes.Split($"— {Anhui}/log ").Length - 1);
        Assert.Contains("两份不同的内容", await steward.Read(region.Url(Hub) + "/hub"), StringComparison.Ordinal);

        // It is cosigned no longer, whatever it shows, nor after a restart.
        liar.Grow();
        await region.Stop(Shanghai);
        await region.Run(Shanghai);
        await Soon.Holds(() => region.Get<WitnessLogs>(Shanghai).Of(Anhui)?.Trouble?.Code == "witness.equivocated", Ct);
        await Soon.Holds(() => region.Get<WitnessLogs>(Hub).Of(Anhui)?.Trouble?.Code == "witness.equivocated", Ct);
        Assert.Equal(cosigned, liar.Cosigned);
        await played.StopAsync(Ct);
    }

    /// <summary>Numbers of an earlier epoch may be other leaves by now: a proof about those would accuse an honest log.</summary>
    [Fact]
    public async Task A_log_proves_nothing_about_another_than_the_one_that_it_was_asked_about()
    {
        await using var region = await TwoNodes.Start();
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
        var peers = region.Get<PeerClient>(Shanghai);
        var own = await peers.Get(Anhui, LogRoutes.Proof.Ask($"{Anhui}/log", 1, 1), Ct);
        Assert.True(own.Ok, own.Error?.DetailEn);
        Assert.Equal("log.another-epoch", (await peers.Get(Anhui, LogRoutes.Proof.Ask(LogEpoch.Origin($"{Anhui}/log", 2), 1, 1), Ct)).Error?.Code);
    }

    [Fact]
    public async Task A_log_that_shows_one_witness_two_trees_is_kept_as_evidence_too()
    {
        await using var region = await Start();
        var liar = new Liar(region, Tree(5, "first"), Tree(5, "first"));
        await using var played = await liar.Play();
        await Soon.Holds(() => region.Get<WitnessLogs>(Shanghai).Of(Anhui)?.Witnessed == 5, Ct);
        liar.ToShanghai = Tree(6, "second");
        var evidence = await Found(region, Shanghai);
        Assert.Equal((Shanghai, 5L, 6L), (evidence.Witness, evidence.HeldSize, evidence.ShownSize));
        await played.StopAsync(Ct);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"from":5,"to":6}""")]
    [InlineData("""{"from":5,"to":7,"hashes":[]}""")]
    [InlineData("""{"from":4,"to":6,"hashes":[]}""")]
    [InlineData("""{"from":5,"to":6,"hashes":[null]}""")]
    [InlineData("[]")]
    public async Task An_answer_that_is_no_proof_accuses_nobody(string answer)
    {
        await using var region = await Start();
        var tree = Tree(5, "first");
        var liar = new Liar(region, tree, tree);
        await using var played = await liar.Play();
        await Soon.Holds(() => region.Get<WitnessLogs>(Shanghai).Of(Anhui)?.Witnessed == 5, Ct);
        liar.Instead = answer;
        tree.Append(Merkle.LeafHash("more"u8));
        await Soon.Holds(() => region.Get<WitnessLogs>(Shanghai).Of(Anhui)?.Trouble?.Code == "witness.no-proof", Ct);
        Assert.Empty(await Evidence(region, Shanghai));
        // It has only to give the proof.
        liar.Instead = null;
        await Soon.Holds(() => region.Get<WitnessLogs>(Shanghai).Of(Anhui) is { Witnessed: 6, Trouble: null }, Ct);
        await played.StopAsync(Ct);
    }

    [Fact]
    public async Task An_honest_log_that_grows_is_never_accused()
    {
        await using var region = await TwoNodes.Start(hub: true);
        var consent = await region.Consent(Husband);
        for (var i = 0; i < 12; i++)
        {
            Assert.True((await region.Ask(Question(consent))).Ok);
            await Task.Delay(150, Ct);
        }
        foreach (var node in new[] { Hub, Shanghai, Anhui })
            Assert.Empty(await Evidence(region, node));
    }

    static Task<TwoNodes> Start() => TwoNodes.Start(hub: true, without: Anhui, also: b =>
    {
        b.Services.AddSingleton<IStartupFilter, ActAs>();
        b.Logging.SetMinimumLevel(LogLevel.None);
    });

    static MerkleTree Tree(int size, string kind)
    {
        var tree = new MerkleTree();
        for (var i = 0; i < size; i++)
            tree.Append(Merkle.LeafHash(Encoding.ASCII.GetBytes($"{kind} {i}")));
        return tree;
    }

    static Task<List<EquivocationRow>> Evidence(TwoNodes region, string node) =>
        region.As<NodeDb, List<EquivocationRow>>(node, Actor.Node("test"), db => db.Set<EquivocationRow>().AsNoTracking().ToListAsync(Ct));

    static async Task<EquivocationRow> Found(TwoNodes region, string node)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await Evidence(region, node) is [{ } one, ..])
                return one;
            await Task.Delay(50, Ct);
        }
        throw new TimeoutException($"{node} never found it");
    }

    /// <summary>Anhui, played: it signs well, and what it signs depends on who asks.</summary>
    sealed class Liar(TwoNodes region, MerkleTree toHub, MerkleTree toShanghai)
    {
        readonly NodeKey log = region.Keys(Anhui).Log;
        int cosigned;

        public MerkleTree ToShanghai { get; set; } = toShanghai;

        /// <summary>Of a proof of consistency.</summary>
        public string? Instead { get; set; }

        public int Cosigned => Volatile.Read(ref cosigned);

        public void Grow()
        {
            toHub.Append(Merkle.LeafHash("more"u8));
            ToShanghai.Append(Merkle.LeafHash("more"u8));
        }

        public async Task<WebApplication> Play()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls(region.Url(Anhui));
            var app = builder.Build();
            app.Run(async http =>
            {
                using var read = new MemoryStream();
                await http.Request.Body.CopyToAsync(read);
                var isHub = http.Request.Headers["Signature-Input"].ToString().Contains(region.Keys(Hub).Messages.Public.Kid, StringComparison.Ordinal);
                var content = Answer(http, isHub ? toHub : ToShanghai);
                Assert.True(MessageSigner.SignResponse(http.Response, new ServerRequestView(http.Request, read.ToArray(), new Uri(region.Url(Anhui))), content, region.Keys(Anhui).Messages, region.Clock.GetUtcNow()).Ok);
                http.Response.ContentLength = content.Length;
                await http.Response.Body.WriteAsync(content);
            });
            await app.StartAsync(Ct);
            return app;
        }

        byte[] Answer(HttpContext http, MerkleTree tree)
        {
            switch (http.Request.Path.Value)
            {
                case "/peer/log/checkpoint":
                    return Encoding.UTF8.GetBytes(new Checkpoint($"{Anhui}/log", tree.Size, tree.Root()).Sign(log).ToString());
                case "/peer/log/consistency":
                    if (Instead is { } other)
                        return Encoding.UTF8.GetBytes(other);
                    var (from, to) = (Number(http, "from"), Number(http, "to"));
                    return JsonSerializer.SerializeToUtf8Bytes(new LogRoutes.Proof(from, to, from <= tree.Size ? tree.ConsistencyProof(from, Math.Min(to, tree.Size)) : []), DirectoryDocument.Json);
                case "/peer/log/cosignatures":
                    Interlocked.Increment(ref cosigned);
                    return "{}"u8.ToArray();
                default:
                    http.Response.StatusCode = 404;
                    return "{}"u8.ToArray();
            }
        }

        static long Number(HttpContext http, string name) => long.Parse(http.Request.Query[name].ToString(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
