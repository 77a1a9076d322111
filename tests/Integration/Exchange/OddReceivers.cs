using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A receiver that signs well and never says that an event is stored: it is asked ever less often, and the event is kept.</summary>
public sealed class OddReceivers
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"arrival":"gap","expected":1,"missing":[]}""", "event.gap")]
    [InlineData("""{"arrival":"gap","expected":99,"missing":[]}""", "event.gap")]
    [InlineData("""{"arrival":"gap","expected":-5,"missing":[]}""", "event.gap")]
    [InlineData("""{"arrival":"files-missing","expected":0,"missing":[]}""", "event.not-stored")]
    [InlineData("""{"arrival":"fine","expected":0,"missing":[]}""", "event.not-stored")]
    public async Task It_is_asked_less_and_less_often(string reply, string code)
    {
        await using var region = await Start();
        await region.Stop(Anhui);
        var asked = 0;
        await using var receiver = await Receiver(region, reply, () => Interlocked.Increment(ref asked));
        await region.Publish(Shanghai, Anhui, new ConsentRevoked("c1", 1), "consent:c1", 1);
        for (var attempts = 1; attempts <= 3; attempts++)
        {
            var row = await Tried(region, attempts);
            Assert.Null(row.DoneAt);
            Assert.Equal(code, row.LastError);
            // Files that are said to be missing are sent, and the event once more.
            Assert.Equal(attempts * (reply.Contains("files-missing", StringComparison.Ordinal) ? 2 : 1), Volatile.Read(ref asked));
            var now = region.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            Assert.InRange(row.NextAt, now + 1, now + (long)OutboxClaims.Pause(attempts).TotalMilliseconds);
            region.Clock.Ahead += OutboxClaims.Pause(attempts);
            region.Get<OutboxSignalToPeers>(Shanghai).Raise();
        }
        await receiver.StopAsync(Ct);
    }

    static async Task<OutboxRow> Tried(TwoNodes region, int attempts)
    {
        for (var i = 0; i < 400; i++)
        {
            var row = await region.As<NodeDb, OutboxRow>(Shanghai, Actor.Node("test"), db => db.Set<OutboxRow>().AsNoTracking().SingleAsync(r => r.ToNode == Anhui, Ct));
            if (row.Attempts >= attempts)
                return row;
            await Task.Delay(25, Ct);
        }
        throw new TimeoutException($"the event was not tried {attempts} times");
    }

    static async Task<WebApplication> Receiver(TwoNodes region, string reply, Action asked)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(region.Url(Anhui));
        var app = builder.Build();
        app.Run(async http =>
        {
            using var read = new MemoryStream();
            await http.Request.Body.CopyToAsync(read);
            var content = http.Request.Path == "/peer/events" ? System.Text.Encoding.UTF8.GetBytes(reply) : "{}"u8.ToArray();
            if (http.Request.Path == "/peer/events")
                asked();
            else
                http.Response.StatusCode = 404;
            Assert.True(MessageSigner.SignResponse(http.Response, new ServerRequestView(http.Request, read.ToArray(), new Uri(region.Url(Anhui))), content, region.Keys(Anhui).Messages, region.Clock.GetUtcNow()).Ok);
            http.Response.ContentLength = content.Length;
            await http.Response.Body.WriteAsync(content);
        });
        await app.StartAsync(Ct);
        return app;
    }
}
