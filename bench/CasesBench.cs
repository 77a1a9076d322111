using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Items;
using Tongban.Exchange;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Node;

namespace Tongban.Bench;

/// <summary>
/// Whole cases per second over HTTP on a real node: filed with two uploaded documents, accepted, passed through two
/// departments' steps, decided; by turns the same with two facts asked of another node and a certificate issued. The items
/// are measuring items; sign-in, routes, files, outbox, exchange and database are the nodes' own, all in this process.
/// Options: <c>--database sqlite|postgres --rounds 3 --seconds 10 --callers 64 --kilobytes 50 --warm-up 2000</c>; PostgreSQL is named by
/// <c>TONGBAN_TEST_POSTGRES</c>.
/// </summary>
static partial class CasesBench
{
    public static Task<int> Run(string[] args)
    {
        int Option(string name, int otherwise) => Load.Option(args, name, otherwise);
        return Load.InFolder(folder => Run(folder, Load.Option(args, "--database") ?? "sqlite", Option("--rounds", 3), TimeSpan.FromSeconds(Option("--seconds", 10)), Option("--callers", 64), Option("--kilobytes", 50), Option("--warm-up", 2000), args.Contains("--statements")));
    }

    static async Task<int> Run(string folder, string database, int rounds, TimeSpan length, int callers, int kilobytes, int warmUp, bool count)
    {
        var (hub, own, asked) = BenchRegion.Prepare(folder, with: s => s with
        {
            Demo = !s.IsHub,
            Database = s.Id.EndsWith(BenchItem.Division, StringComparison.Ordinal) ? database : s.Database,
            Connection = s.Id.EndsWith(BenchItem.Division, StringComparison.Ordinal) && database == "postgres" ? Environment.GetEnvironmentVariable("TONGBAN_TEST_POSTGRES") : null,
        });
        var personas = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(SharedData.Folder, "personas.json"))).RootElement.EnumerateArray()
            .Select(p => p.GetProperty("citizenId").GetString()!).ToList();
        BenchDepartments.Marriages(asked.Folder, personas);
        BenchDepartments.Jobs(asked.Folder, personas);
        var statements = new StatementCount();
        await using var meeting = NodeHost.Build(hub, Quiet);
        await using var provider = NodeHost.Build(asked, Quiet);
        await using var node = NodeHost.Build(own, builder =>
        {
            Quiet(builder);
            builder.Services.AddSingleton<IItems, BenchItem>();
            if (count)
                builder.Services.ConfigureDbContext<NodeDb>(o => o.AddInterceptors(statements));
        });
        foreach (var each in new[] { meeting, provider, node })
            await NodeHost.Start(each);

        var accounts = Identity.IdentityModule.DemoAccounts(own.Identity());
        var people = await Task.WhenAll(accounts.Where(a => !a.IsStaff).Select(a => SignIn(own.Listen, "/signin", a.Login, a.Password)));
        var password = accounts.First(a => a.IsStaff).Password;
        var fund = await SignIn(own.Listen, "/console/signin", "fund", password);
        var estate = await SignIn(own.Listen, "/console/signin", "estate", password);
        var document = new byte[kilobytes * 1024];
        "%PDF-1.4"u8.CopyTo(document);
        var stages = new ConcurrentDictionary<string, ConcurrentBag<double>>();

        var finished = 0L;

        async Task<T> Timed<T>(string stage, Task<T> work)
        {
            var began = TimeProvider.System.GetTimestamp();
            var value = await work;
            stages.GetOrAdd(stage, _ => []).Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
            return value;
        }

        async Task Whole(string item, int turn)
        {
            var person = people[turn % people.Length];
            var number = await Timed("file", File(person, item, document, turn));
            var accepted = await Timed("accept", Act(fund, $"/api/cases/{number}/accept", new { revision = 1 }));
            var steps = accepted.GetProperty("steps").EnumerateArray().ToDictionary(s => s.GetProperty("id").GetString()!, s => s.GetProperty("revision").GetInt64());
            await Timed("step", Act(estate, $"/api/cases/{number}/steps/estate-confirm", new { revision = steps["estate-confirm"], outcome = "agree" }));
            var audited = await Timed("step", Act(fund, $"/api/cases/{number}/steps/fund-audit", new { revision = steps["fund-audit"], outcome = "agree" }));
            await Timed("decide", Act(fund, $"/api/cases/{number}/decide", new { revision = audited.GetProperty("revision").GetInt64(), decision = "approve", reason = "符合规定" }));
            Interlocked.Increment(ref finished);
        }

        var variants = new[] { (Name: database, Item: BenchItem.Plain), (Name: $"{database}.evidence", Item: BenchItem.WithEvidence) };
        async Task Warm()
        {
            foreach (var (_, item) in variants)
                await Load.Drive(callers, TimeSpan.FromSeconds(5), turn => Whole(item, turn));
        }

        // Until the code that runs is the compiler's last word: a cold node spends three times as long on a case.
        while (finished < warmUp)
            await Warm();
        await Settle(node);
        statements.Clear();
        var before = finished;
        var measured = variants.ToDictionary(v => v.Name, _ => new List<(Round Round, double Cpu, double Settled)>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, item) in variants)
            {
                stages.Clear();
                var (cpu, allocated, done) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), finished);
                var began = TimeProvider.System.GetTimestamp();
                var took = await Load.Drive(callers, length, turn => Whole(item, turn));
                var notices = await Settle(node);
                var spent = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / (finished - done);
                var garbage = (GC.GetTotalAllocatedBytes() - allocated) / 1024 / (finished - done);

                measured[name].Add((took, spent, (finished - done) / TimeProvider.System.GetElapsedTime(began).TotalSeconds));
                Console.WriteLine($"round {round + 1}: {name} {took.PerSecond:F0} cases/s, {spent:F1} ms of processor and {garbage} KB allocated each, median {took.P50:F0} ms, p99 {took.P99:F0} ms, notices and certificates {notices.TotalSeconds:F1} s later; "
                    + string.Join(", ", stages.OrderBy(s => s.Key).Select(s => $"{s.Key} {Load.Median(s.Value):F0} ms")));
            }
        }
        foreach (var (sql, each) in statements.Of(finished - before))
            Console.WriteLine($"{each:F2} {sql.ReplaceLineEndings(" ")}");
        foreach (var (name, results) in measured)
        {
            Load.Figure($"cases.{name}.rate", Load.Median(results.Select(r => r.Round.PerSecond)), "cases/s");
            // With everything that follows a decision: the time until the last notice and certificate counts.
            Load.Figure($"cases.{name}.settled", Load.Median(results.Select(r => r.Settled)), "cases/s");
            Load.Figure($"cases.{name}.p50", Load.Median(results.Select(r => r.Round.P50)), "ms");
            Load.Figure($"cases.{name}.p99", Load.Median(results.Select(r => r.Round.P99)), "ms");
            // Callers and nodes share the machine and the process: this is what one case costs all of them.
            Load.Figure($"cases.{name}.processor", Load.Median(results.Select(r => r.Cpu)), "ms/case");
        }
        foreach (var each in new[] { node, provider, meeting })
            await each.StopAsync();
        return Load.Median(measured[database].Select(r => r.Round.PerSecond)) >= 100 ? 0 : 1;
    }

    /// <summary>How long the nodes still work when nobody asks any more: notices, certificates, their delivery.</summary>
    static async Task<TimeSpan> Settle(WebApplication node)
    {
        var began = TimeProvider.System.GetTimestamp();
        await using var scope = node.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        while (await db.Set<OutboxRow>().AnyAsync(o => o.DoneAt == null))
            await Task.Delay(50);
        return TimeProvider.System.GetElapsedTime(began);
    }

    static void Quiet(WebApplicationBuilder builder) => builder.Logging.SetMinimumLevel(LogLevel.Error);

    static async Task<string> File(HttpClient person, string item, byte[] document, int turn)
    {
        using var form = new MultipartFormDataContent { { JsonContent.Create(new { baseCode = item, consent = item == BenchItem.WithEvidence, form = new { note = $"第 {turn} 件" } }), "filing" } };
        foreach (var name in new[] { "contract", "invoice" })
        {
            // Every document has its own content, so that each is sealed and written.
            var content = (byte[])document.Clone();
            System.Text.Encoding.ASCII.GetBytes($"{turn}-{name}-{Guid.NewGuid():N}").CopyTo(content, 16);
            form.Add(new ByteArrayContent(content), $"upload.{name}", $"{name}.pdf");
        }
        return (await Send(person, "/api/filings", form)).GetProperty("caseNumber").GetString()!;
    }

    static Task<JsonElement> Act(HttpClient officer, string path, object body) => Send(officer, path, JsonContent.Create(body));

    static async Task<JsonElement> Send(HttpClient http, string path, HttpContent content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Add(OnceFilter.Header, Guid.CreateVersion7().ToString("N"));
        using var response = await http.SendAsync(request);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Signs in through the page, as a person does; staff take the role of officer.</summary>
    internal static async Task<HttpClient> SignIn(string address, string path, string account, string password)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri(address) };
        var fields = Hidden(await http.GetStringAsync(path));
        fields["account"] = account;
        fields["password"] = password;
        using var signedIn = await http.PostAsync(path, new FormUrlEncodedContent(fields));
        if (signedIn.RequestMessage!.RequestUri!.AbsolutePath == "/console/role")
        {
            var role = Hidden(await signedIn.Content.ReadAsStringAsync());
            role["role"] = "Officer";
            using var chosen = await http.PostAsync("/console/role", new FormUrlEncodedContent(role));
        }
        return http;
    }

    /// <summary>Hidden fields of the page's own form, without those of the head.</summary>
    static Dictionary<string, string> Hidden(string page) =>
        HiddenField().Matches(page[page.IndexOf("<main", StringComparison.Ordinal)..]).GroupBy(m => m.Groups[1].Value).ToDictionary(g => g.Key, g => WebUtility.HtmlDecode(g.First().Groups[2].Value));

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")]
    private static partial Regex HiddenField();
}
