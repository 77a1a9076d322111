using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;

namespace Tongban.Bench;

/// <summary>
/// From a consumer's wish to the first answer: requested, agreed, verified and finalized by the Dataspace Protocol between two
/// nodes on loopback, and the first query under what was agreed; of a resource that is shared without condition, so that nobody is
/// waited for. One after the other. Options: <c>--times 60 --warm 20</c>.
/// </summary>
static class NegotiationBench
{
    const string Resource = "civil.marriage";
    static readonly string[] Fields = ["registerNumber", "registeredOn", "state"];

    public static Task<int> Run(string[] args) =>
        Load.InFolder(folder => Run(folder, Load.Option(args, "--times", 60), Load.Option(args, "--warm", 20)));

    static async Task<int> Run(string folder, int times, int warm)
    {
        var (_, consumer, provider) = BenchRegion.Prepare(folder);
        foreach (var node in new[] { consumer, provider })
            File.WriteAllText(Path.Combine(node.Folder, AgreementBook.FileName), "");
        var holder = BenchDepartments.Marriages(provider.Folder, 1)[0];
        await using var asked = NodeHost.Build(provider, b =>
        {
            b.Logging.SetMinimumLevel(LogLevel.Critical);
            b.Services.Replace(ServiceDescriptor.Singleton(p => Unconditional(p, p.GetRequiredService<NodeIdentity>())));
        });
        await using var asking = NodeHost.Build(consumer, b => b.Logging.SetMinimumLevel(LogLevel.Critical));
        await NodeHost.Start(asked);
        await NodeHost.Start(asking);
        var all = new List<double>();
        for (var i = 0; i < warm + times; i++)
        {
            var question = await Question(asking.Services, consumer, provider, holder, i);
            var watch = Stopwatch.StartNew();
            await Negotiate(asking.Services, consumer, provider, i);
            var answer = await asking.Services.GetRequiredService<IExchange>().Query(question, CancellationToken.None);
            if (!answer.Ok || answer.Value.Rows.Count != 1)
                throw new InvalidOperationException($"{answer.Error?.Code}: {answer.Error?.DetailEn}");
            if (i >= warm)
                all.Add(watch.Elapsed.TotalMilliseconds);
        }
        await asking.StopAsync();
        await asked.StopAsync();
        all.Sort();
        Load.Figure("negotiation.to_first_answer.p50", all[all.Count / 2], "ms");
        Load.Figure("negotiation.to_first_answer.p95", all[all.Count * 95 / 100], "ms");
        return all[all.Count / 2] <= 100 ? 0 : 1;
    }

    static OwnResources Unconditional(IServiceProvider services, NodeIdentity node) =>
        new(node, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IServiceScopeFactory>(), [.. OwnResources.Read(node.SharedFolder, node.Division).Select(r => r with { Definition = r.Definition with { Sharing = "unconditional" } })]);

    static async Task Negotiate(IServiceProvider services, NodeSettings consumer, NodeSettings provider, int i)
    {
        var book = services.GetRequiredService<AgreementBook>();
        var held = book.All.Count();
        await using (var scope = services.AsNode("bench"))
        {
            var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            // Each goes a little further than the one before, so that the query goes under it.
            var terms = new AgreementTerms("", provider.Id, consumer.Id, Resource, 1, Fields, [Purpose], true, StandingOffer.ByConsent, 0, now + (30L * 24 * 3600 * 1000) + i, 1000);
            var row = NegotiationRow.New(DspSide.Consumer, consumer.Id[7..], "", provider.Id, "/dsp", terms with { ValidFrom = now - 60_000 }, StandingOffer.NewId(), now);
            row.Send(NegotiationMove.Request, now);
            db.Add(row);
            await db.SaveChangesAsync();
        }
        services.GetRequiredService<DspSignal>().Raise();
        var limit = Stopwatch.StartNew();
        while (book.All.Count() == held)
        {
            if (limit.Elapsed > TimeSpan.FromSeconds(20))
                throw new InvalidOperationException("The negotiation did not come to its end.");
            await Task.Delay(1);
        }
    }

    const string Purpose = "300011001001";

    static async Task<ExchangeQuestion> Question(IServiceProvider services, NodeSettings consumer, NodeSettings provider, string holder, int i)
    {
        await using var scope = services.AsNode("bench");
        var given = await scope.ServiceProvider.GetRequiredService<IConsents>().Attest(new ConsentRequest("subject", holder, Purpose, new Words("测量", "Measuring"), $"D{i}", consumer.Id,
            [new ConsentSource(provider.Id, Resource, Fields)], 2, TimeSpan.FromHours(4)), CancellationToken.None);
        return new ExchangeQuestion(provider.Id, Resource, new Dictionary<string, string> { ["citizenId"] = holder }, Fields, Purpose, $"D{i}", "subject", given.Value.ConsentId, "bench");
    }
}
