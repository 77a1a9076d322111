using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Certificates;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Items;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Tests.Integration.Exchange;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Faults;

/// <summary>A member that signs well tells another what only that other's own rooms decide: that a case of its was decided, say.</summary>
public sealed class EventsOfOthers(OneRegion region) : IClassFixture<OneRegion>
{
    static readonly HttpClient Http = new(new SocketsHttpHandler { UseCookies = false });

    /// <summary>All that may come from another node; a new one is written here by whoever has seen to it that its handlers ask who sent it.</summary>
    static readonly string[] Crossing =
    [
        "cases.case-progressed.v1", "cases.filing-completed.v1", "cases.filing-rated.v1", "cases.filing-submitted.v1", "cases.filing-supplemented.v1", "cases.filing-withdrawn.v1",
        "cases.step-answered.v1", "cases.step-cancelled.v1", "cases.step-requested.v1",
        "certificates.certificate-issued.v1", "certificates.certificate-revoked.v1", "certificates.holder-key-given.v1", "certificates.holder-key-wanted.v1",
        "exchange.agreement-terminated.v1", "exchange.consent-revoked.v1", "exchange.correction-passed.v1", "exchange.dispute-answered.v1", "exchange.dispute-asked.v1", "exchange.dispute-overdue.v1", "exchange.dispute-raised.v1",
        "exchange.overdue-request-answered.v1", "exchange.request-overdue.v1", "exchange.value-corrected.v1", "notices.notice-issued.v1",
    ];

    readonly TwoNodes nodes = region.Nodes;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_what_nodes_tell_each_other_is_taken()
    {
        var all = nodes.Get<IEnumerable<EventType>>(Anhui).DistinctBy(t => t.WireName).ToList();
        Assert.Equal(Crossing, all.Where(t => EventTypes.CrossesNodes(t.Type)).Select(t => t.WireName).Order(StringComparer.Ordinal));
        foreach (var type in all.Where(t => !EventTypes.CrossesNodes(t.Type)))
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(new EventMessage("e1", type.WireName, "{}", $"s-{type.WireName}", 1, []), DirectoryDocument.Json);
            using var request = new HttpRequestMessage(HttpMethod.Post, nodes.Url(Anhui) + "/peer/events") { Content = new ByteArrayContent(body) };
            Assert.True(MessageSigner.SignRequest(request, body, nodes.Keys(Shanghai).Signing, nodes.Clock.GetUtcNow()).Ok);
            using var answer = await Http.SendAsync(request, Ct);
            Assert.Equal(403, (int)answer.StatusCode);
            Assert.Equal("event.not-for-peers", (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("title").GetString());
        }
    }

    [Fact]
    public async Task One_that_was_taken_when_its_type_was_not_known_yet_ends_without_a_certificate()
    {
        var words = new Words("样例", "Sample");
        var facts = new CaseFacts("3400002026112300000001", "f1", Shanghai, Item, Item, words, "340000", "340000-police", words, new Person(Husband, "样例甲", "12000000000", "340199"), words, words);
        var decided = new CaseDecided(facts, true, words, null, new ResultDefinition("11100099000000017N001", words, 12, [], null), new Dictionary<string, string>(), 1);
        await nodes.As<PeerInbox, Arrival>(Anhui, Actor.Node("test"), inbox =>
            inbox.Take(Shanghai, "e2", CaseDecided.WireName, JsonSerializer.Serialize(decided, EventTypes.Json), "forged", 1, Ct));
        for (var deadline = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < deadline; await Task.Delay(50, Ct))
        {
            if (await nodes.As<NodeDb, bool>(Anhui, Actor.Node("test"), db => db.Set<OutboxRow>().AnyAsync(r => r.Stream == $"{Shanghai}:forged" && r.DoneAt != null, Ct)))
                break;
        }
        Assert.True(await nodes.As<NodeDb, bool>(Anhui, Actor.Node("test"), db => db.Set<OutboxRow>().AnyAsync(r => r.Stream == $"{Shanghai}:forged" && r.DoneAt != null, Ct)));
        Assert.False(await nodes.As<NodeDb, bool>(Anhui, Actor.Node("test"), db => db.Set<Certificate>().AnyAsync(Ct)));
    }
}
