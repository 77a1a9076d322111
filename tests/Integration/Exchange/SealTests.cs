using System.Collections.Concurrent;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Answers that the provider's log seals: no signature of their own, and whatever is changed in them is found.</summary>
public sealed class SealTests
{
    static readonly JsonSerializerOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Members_whose_directory_says_so_answer_under_the_seal_of_their_log()
    {
        var door = new Door();
        await using var region = await Start(also: door.Watch);
        var consent = await region.Consent(Husband);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => region.Ask(Question(consent))));

        Assert.All(answers, a => Assert.True(a.Ok, a.Error?.DetailEn));
        Assert.All(answers, a => Assert.Equal("J340199-2015-000001", a.Value.Rows.Single()["registerNumber"]));
        Assert.All(door.Seen, seen => Assert.Equal(("/peer/sealed", false), seen));
        var (here, there) = (region.Get<TransparencyLog>(Shanghai), region.Get<TransparencyLog>(Anhui));
        Assert.Equal((40L, 40L), (here.Size, there.Size));
        foreach (var answer in answers)
        {
            // What the consumer was told of the other log is what stands there.
            var leaf = (await there.Leaves(answer.Value.ProviderLogIndex, 1, Ct)).Single();
            Assert.Equal(answer.Value.ExchangeId, LeafFacts.Read(Anhui, leaf.Index, leaf.At, leaf.Data)!.ExchangeId);
            Assert.True((await region.Get<IExchange>(Shanghai).Receipt(answer.Value.ExchangeId, Ct)).Ok);
        }
    }

    [Fact]
    public async Task Where_one_is_refused_all_go_signed_and_who_does_not_ask_for_seals_is_given_signatures()
    {
        var door = new Door();
        await using var region = await Start(also: door.Watch);
        var refused = await region.Ask(Question(await region.Consent(Wife)));
        Assert.Equal("consent.holder", refused.Error?.Code);
        Assert.Equal(("/peer/sealed", true), Assert.Single(door.Seen));

        var plain = new AskProviderWithoutSeals(region).Exchange;
        Assert.True((await plain.Query(Question(await region.Consent(Husband)), Ct)).Ok);
        Assert.Contains(("/peer/query", true), door.Seen);
    }

    [Fact]
    public async Task A_member_that_does_not_seal_is_asked_for_signed_answers()
    {
        var door = new Door();
        await using var region = await Start(seals: false, also: door.Watch);
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
        Assert.Equal(("/peer/query", true), Assert.Single(door.Seen));
    }

    /// <summary>Whoever stands between the two has no key.</summary>
    [Theory]
    [InlineData("rows")]
    [InlineData("leaf")]
    [InlineData("salt")]
    [InlineData("place")]
    [InlineData("one-more")]
    [InlineData("none")]
    [InlineData("before")]
    [InlineData("cut")]
    [InlineData("root")]
    [InlineData("other-key")]
    [InlineData("other-log")]
    [InlineData("no-json")]
    public async Task What_is_changed_on_the_way_is_not_used(string change)
    {
        var door = new Door();
        await using var region = await Start(also: door.Watch);
        var consent = await region.Consent(Husband);
        Assert.True((await region.Ask(Question(consent))).Ok);
        door.Change = body => Changed(region, change, JsonNode.Parse(body)!.AsObject());

        var answer = await region.Ask(Question(consent));

        Assert.Contains(answer.Error?.Code, (string[])["peer.answer-not-trusted", "answer.malformed"]);
        Assert.Equal(1, region.Get<TransparencyLog>(Shanghai).Size);
        door.Change = null;
        Assert.True((await region.Ask(Question(consent))).Ok);
    }

    [Fact]
    public async Task Two_answers_that_changed_places_are_not_used()
    {
        var (door, swapped) = (new Door(), 0);
        await using var region = await Start(also: door.Watch);
        var consent = await region.Consent(Husband);
        door.Change = body =>
        {
            var message = JsonNode.Parse(body)!.AsObject();
            if (message["answers"] is JsonArray { Count: > 1 } answers)
            {
                Interlocked.Add(ref swapped, answers.Count);
                (answers[0], answers[1]) = (answers[1]!.DeepClone(), answers[0]!.DeepClone());
            }
            return message.ToJsonString(AsWritten);
        };
        var asked = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => region.Ask(Question(consent))));
        Assert.NotEqual(0, swapped);
        Assert.Equal(swapped, asked.Count(a => a.Error?.Code == "peer.answer-not-trusted"));
        Assert.Equal(40 - swapped, asked.Count(a => a.Ok));
    }

    [Fact]
    public async Task Where_the_log_has_a_key_in_SM2_a_checkpoint_without_its_line_seals_nothing()
    {
        var door = new Door();
        await using var region = await Start(messages: SignatureSuites.Sm2, also: door.Watch);
        var consent = await region.Consent(Husband);
        Assert.True((await region.Ask(Question(consent))).Ok);
        door.Change = body =>
        {
            var message = JsonNode.Parse(body)!.AsObject();
            var note = SignedNote.Parse(message["checkpoint"]!.GetValue<string>()).Value;
            Assert.Equal(2, note.Signatures.Count);
            message["checkpoint"] = (note with { Signatures = [note.Signatures[0]] }).ToString();
            return message.ToJsonString(AsWritten);
        };
        Assert.Equal("peer.answer-not-trusted", (await region.Ask(Question(consent))).Error?.Code);
    }

    /// <summary>The provider has tomorrow's directory, in which its log goes on under another name, and the consumer does not.</summary>
    [Fact]
    public async Task A_consumer_with_yesterdays_directory_asks_for_the_newest_before_it_refuses_a_seal()
    {
        var door = new Door();
        await using var region = await Start(hub: true, also: builder =>
        {
            door.Watch(builder);
            builder.Services.AddSingleton(new ExchangeOptions { DirectoryPeriod = TimeSpan.FromHours(1), WitnessPeriod = TimeSpan.FromMilliseconds(200) });
        });
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
        var log = region.Get<TransparencyLog>(Anhui);
        var directory = region.Get<RegionDirectory>(Anhui).Trusted.Document;
        var next = DirectoryChange.OpenEpoch(directory, Anhui, log.Head.Note, OpenEpoch.Restored, region.Clock.GetUtcNow().ToUnixTimeMilliseconds()).Value;
        Assert.True((await region.Get<HubProposals>(Shanghai).Propose(next, Ct)).Ok);
        log.Hold(Error.Unavailable("test", "试", "test"));
        Assert.True((await region.Get<HubProposals>(Anhui).Propose(next, Ct)).Ok);
        var own = region.Get<RegionDirectory>(Anhui).Entry(Anhui)!.Log!;
        Assert.True((await log.BeginEpoch(2, EpochLeaf.Of(2, own.Origin, own.Ended![0], log.Size, 1), Ct)).Ok);
        Assert.Equal(directory.Version, region.Get<RegionDirectory>(Shanghai).Trusted.Document.Version);
        region.Clock.Ahead = TimeSpan.FromMinutes(2);

        var answer = await region.Ask(Question(await region.Consent(Husband)));

        Assert.True(answer.Ok, answer.Error?.DetailEn);
        Assert.All(door.Seen, seen => Assert.Equal(("/peer/sealed", false), seen));
        Assert.Equal(next.Version, region.Get<RegionDirectory>(Shanghai).Trusted.Document.Version);
    }

    /// <summary>The provider itself, with its log's own key, over a tree that holds together.</summary>
    [Theory]
    [InlineData("metering", "units", "2")]
    [InlineData("metering", "agreement", "\"ag-other\"")]
    [InlineData("metering", "consumer", "\"CN-YRD/330000\"")]
    [InlineData("metering", "provider", "\"CN-YRD/330000\"")]
    [InlineData("metering", "purpose", "\"another\"")]
    [InlineData("metering", "resource", "\"police.identity\"")]
    [InlineData("metering", "at", "\"now\"")]
    [InlineData("metering", "outcome", "\"empty\"")]
    [InlineData("body", "rows", "2")]
    [InlineData("body", "exchange", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")]
    [InlineData("body", "question", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"")]
    [InlineData("body", "answer", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"")]
    [InlineData("", "kind", "\"exchange.obtained\"")]
    [InlineData("", "ref", "\"p/CN-YRD/310000/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")]
    public async Task A_leaf_that_says_something_else_than_was_asked_is_not_taken_for_an_answer(string part, string name, string value)
    {
        var door = new Door();
        await using var region = await Start(also: door.Watch);
        var consent = await region.Consent(Husband);
        var honest = true;
        door.Change = body =>
        {
            var message = JsonNode.Parse(body)!.AsObject();
            var leaf = message["answers"]![0]!["leaf"]!.AsObject();
            if (!honest)
                (part.Length == 0 ? leaf : leaf[part]!.AsObject())[name] = JsonNode.Parse(value);
            return Resealed(region, message, leaf);
        };
        // A tree made anew is a seal like any other: only the log's audit tells that there are two.
        Assert.True((await region.Ask(Question(consent))).Ok);
        honest = false;
        Assert.Equal("peer.answer-not-trusted", (await region.Ask(Question(consent))).Error?.Code);
        Assert.Equal(1, region.Get<TransparencyLog>(Shanghai).Size);
    }

    static string Resealed(TwoNodes region, JsonObject message, JsonObject leaf)
    {
        var tree = new MerkleTree();
        tree.Append(Merkle.LeafHash(Encoding.UTF8.GetBytes(leaf.ToJsonString(AsWritten))));
        var origin = region.Get<TransparencyLog>(Anhui).Origin;
        message["checkpoint"] = new Checkpoint(origin, 1, tree.Root()).Sign(region.Keys(Anhui).Log).ToString();
        (message["first"], message["before"], message["behind"]) = (0, new JsonArray(), new JsonArray());
        return message.ToJsonString(AsWritten);
    }

    static string Changed(TwoNodes region, string change, JsonObject message)
    {
        var answers = message["answers"]!.AsArray();
        var (answer, checkpoint) = (answers[0]!, Checkpoint.Parse(SignedNote.Parse(message["checkpoint"]!.GetValue<string>()).Value.Text).Value);
        switch (change)
        {
            case "rows": answer["rows"]![0]!["registerNumber"] = "J340199-2015-000002"; break;
            case "leaf": answer["leaf"]!["metering"]!["units"] = 2; break;
            case "salt": answer["answer"] = Convert.ToBase64String(new byte[32]); break;
            case "place": message["first"] = message["first"]!.GetValue<long>() - 1; break;
            case "one-more": answers.Add(answer.DeepClone()); break;
            case "none": message["answers"] = new JsonArray(); break;
            case "before": message["before"] = new JsonArray(JsonValue.Create(Convert.ToBase64String(new byte[32]))); break;
            case "cut": message["before"] = new JsonArray(); break;
            case "root": message["checkpoint"] = new SignedNote(checkpoint.Text.Replace(Convert.ToBase64String(checkpoint.Root), Convert.ToBase64String(new byte[32]), StringComparison.Ordinal), SignedNote.Parse(message["checkpoint"]!.GetValue<string>()).Value.Signatures).ToString(); break;
            case "other-key": message["checkpoint"] = checkpoint.Sign(region.Keys(Shanghai).Log).ToString(); break;
            case "other-log": message["checkpoint"] = region.Get<TransparencyLog>(Shanghai).Head.Note; break;
            default: return "[]";
        }
        return message.ToJsonString(AsWritten);
    }

    /// <summary>Asks as a node does that wants signatures.</summary>
    sealed class AskProviderWithoutSeals(TwoNodes region)
    {
        public IExchange Exchange { get; } = ActivatorUtilities.CreateInstance<AskProvider>(
            region.App(Shanghai).Services, ActivatorUtilities.CreateInstance<GatherQueries>(region.App(Shanghai).Services, new ExchangeOptions { TakesSeals = false }));
    }

    /// <summary>What comes through Anhui's door: which way, and whether it went out signed; and what somebody makes of a sealed answer.</summary>
    sealed class Door
    {
        public ConcurrentBag<(string Path, bool Signed)> Seen { get; } = [];

        public Func<string, string>? Change { get; set; }

        public void Watch(WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter>(new Filter(this));

        sealed class Filter(Door door) : IStartupFilter
        {
            public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
            {
                app.Use(async (http, on) =>
                {
                    if (http.Request.Path.Value is not ("/peer/query" or "/peer/queries" or "/peer/sealed"))
                    {
                        await on(http);
                        return;
                    }
                    var original = http.Response.Body;
                    using var kept = new MemoryStream();
                    http.Response.Body = kept;
                    await on(http);
                    var signed = http.Response.Headers.ContainsKey("Signature");
                    door.Seen.Add((http.Request.Path, signed));
                    var body = kept.ToArray();
                    if (!signed && door.Change is { } change)
                        body = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(body)));
                    http.Response.ContentLength = body.Length;
                    http.Response.Body = original;
                    await original.WriteAsync(body);
                });
                next(app);
            };
        }
    }
}
