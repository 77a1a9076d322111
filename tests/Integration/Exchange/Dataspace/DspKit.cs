using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>One kit and one region for the cases of a class.</summary>
public abstract class PlayedKit : IAsyncLifetime
{
    readonly DspKit kit;

    internal PlayedKit(DspKit kit) => this.kit = kit;

    public ValueTask InitializeAsync() => kit.InitializeAsync();

    public ValueTask DisposeAsync() => kit.DisposeAsync();

    /// <param name="name">Of the published case.</param>
    /// <param name="steps">What it does; see <see cref="DspKit.Play"/>.</param>
    public Task Play(string name, string steps)
    {
        Assert.Matches("^(CN|CN_C|TP|TP_C):0[123]-0[1-7]: ", name);
        return kit.Play(steps);
    }
}

/// <summary>
/// The other side of the protocol, played as the published kit plays it: a member that sends what a case says, right or wrong,
/// records what it gets and answers it. The node under test decides nothing by itself: each of its steps is a steward's.
/// </summary>
abstract class DspKit(string underTest, string played) : IAsyncLifetime
{
    static readonly JsonSerializerOptions Json = DirectoryDocument.Json;
    readonly HttpClient http = new();
    readonly DspWire wire = new();
    WebApplication? app;

    public bool Postgres { get; init; }

    public TwoNodes Region { get; private set; } = null!;

    protected string UnderTest => underTest;

    protected string Played => played;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Region = await TwoNodes.Start(
            also: b =>
            {
                b.Services.AddSingleton<IStartupFilter>(wire);
                b.Services.AddSingleton(new ExchangeOptions { StewardConfirms = true });
            },
            without: played, postgres: Postgres);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Region.Url(played));
        app = builder.Build();
        app.Run(Answer);
        await app.StartAsync();
    }

    /// <summary>Every message that crossed the wire in any case was valid by the published schemas.</summary>
    public async ValueTask DisposeAsync()
    {
        if (app is null)
            return;
        await app.DisposeAsync();
        http.Dispose();
        if (DspWire.Missing is null && wire.Count > 0)
            Assert.NotEmpty(await wire.AllValid());
        await Region.DisposeAsync();
    }

    /// <summary>Of messages that were garbled on purpose nothing is expected.</summary>
    public void Forget() => wire.Clear();

    readonly Channel<(string Path, JsonObject Message)> inbox = Channel.CreateUnbounded<(string, JsonObject)>();

    async Task Answer(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var message = JsonNode.Parse(buffer.ToArray())!.AsObject();
        wire.Keep(message.ToJsonString());
        var answer = First(context.Request.Path, message);
        var holds = Holds;
        if (holds is not null)
        {
            inbox.Writer.TryWrite((context.Request.Path, message));
            await holds.Task;
        }
        if (answer is not null)
            wire.Keep(answer.ToJsonString());
        var body = answer is null ? [] : Encoding.UTF8.GetBytes(answer.ToJsonString());
        context.Response.StatusCode = answer is null ? 200 : 201;
        if (answer is not null)
            context.Response.ContentType = "application/json";
        var view = new ServerRequestView(context.Request, buffer.ToArray(), new Uri(Region.Url(played)));
        Assert.True(MessageSigner.SignResponse(context.Response, view, body, Region.Keys(played).Messages, DateTimeOffset.UtcNow).Ok);
        if (body.Length > 0)
        {
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body);
        }
        if (holds is null)
            inbox.Writer.TryWrite((context.Request.Path, message));
    }

    /// <summary>Set: the kit goes on with what it got before it has answered it, which it does once this is done.</summary>
    public TaskCompletionSource? Holds { get; set; }

    /// <summary>What the kit answers to the message that begins a process; null to any other.</summary>
    protected abstract JsonObject? First(string path, JsonObject message);

    /// <summary>Stands for an escaped lone surrogate, which no writer writes.</summary>
    public const string HalfACharacter = "half-a-character";

    public async Task<(int Status, JsonObject? Body)> Send(HttpMethod method, string path, JsonObject? message, string? signedBy = null)
    {
        var body = message is null ? [] : Encoding.UTF8.GetBytes(message.ToJsonString().Replace(HalfACharacter, "\\ud800", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(method, Region.Url(underTest) + "/dsp" + path);
        if (message is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }
        Assert.True(MessageSigner.SignRequest(request, body, Region.Keys(signedBy ?? played).Messages, DateTimeOffset.UtcNow).Ok);
        using var response = await http.SendAsync(request, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text)!.AsObject());
    }

    public string Callback => Region.Url(played) + "/dsp";

    /// <summary>The message the node under test sends next; it is of this type and comes to this path.</summary>
    protected async Task<JsonObject> Receive(string path, string type)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        var (at, message) = await inbox.Reader.ReadAsync(limit.Token);
        Assert.Equal(("/dsp" + path, type), (at, (string?)message["@type"]));
        return message;
    }

    /// <summary>The node's own word on the state, asked for until it is this.</summary>
    protected async Task StateIs(string path, string state)
    {
        string? seen = null;
        for (var i = 0; i < 400; i++)
        {
            seen = (string?)(await Send(HttpMethod.Get, path, null)).Body?["state"];
            if (seen == state)
                return;
            await Task.Delay(25, Ct);
        }
        Assert.Fail($"The state is {seen}, not {state}.");
    }

    /// <summary>Changes rows of the node under test as its steward would.</summary>
    protected async Task<T> Steward<T>(Func<NodeDb, Task<T>> act)
    {
        var result = await Region.As<NodeDb, T>(underTest, Actor.Node("test"), async db =>
        {
            // The node may store a step of its own at the same moment; a page would be shown again with what stands now.
            for (var tries = 1; ; tries++)
            {
                var done = await act(db);
                if (await db.TrySave(Ct) == SaveOutcome.Saved)
                    return done;
                Assert.True(tries < 20, "The row changes all the time.");
                db.ChangeTracker.Clear();
            }
        });
        Region.Get<DspSignal>(underTest).Raise();
        return result;
    }

    /// <summary>The step before may still be being stored: a person would wait as long.</summary>
    protected async Task Decide(Func<NodeDb, Task<Error?>> decide)
    {
        Error? refused = null;
        for (var i = 0; i < 200; i++)
        {
            refused = await Steward(decide);
            if (refused is null)
                return;
            await Task.Delay(25, Ct);
        }
        Assert.Fail(refused!.DetailEn);
    }

    /// <summary>Each step of a case: <c>&gt;</c> the kit sends and is heard, <c>!</c> it sends and is refused, <c>&lt;</c> the node sends, <c>=</c> the node's state.</summary>
    /// <param name="again">The process of before goes on.</param>
    public async Task Play(string steps, bool again = false)
    {
        while (inbox.Reader.TryRead(out _))
        {
            // What another case left.
        }
        if (!again)
            Begin();
        foreach (var step in steps.Split(',', StringSplitOptions.TrimEntries))
        {
            var word = step[2..];
            switch (step[0])
            {
                case '>':
                    Assert.InRange((await Say(word)).Status, 200, 201);
                    break;
                case '!':
                    var (status, refused) = await Say(word);
                    Assert.Equal((400, "dsp.illegal-transition"), (status, (string?)refused?["code"]));
                    break;
                case '<':
                    await Hear(word);
                    break;
                default:
                    await StateIs(ProcessPath, word);
                    break;
            }
        }
    }

    public abstract void Begin();

    public abstract string ProcessPath { get; }

    public abstract Task<(int Status, JsonObject? Body)> Say(string word);

    /// <summary>The steward decides the step, and the message arrives.</summary>
    protected abstract Task Hear(string word);
}
