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
        await Task.Delay(2500, Ct);

        Assert.InRange(asked, 1, 4);
        var row = await region.As<NodeDb, OutboxRow>(Shanghai, Actor.Node("test"), db => db.Set<OutboxRow>().SingleAsync(r => r.ToNode == Anhui, Ct));
        Assert.Null(row.DoneAt);
        Assert.Equal(code, row.LastError);
        Assert.True(row.Attempts >= 1);
        await receiver.StopAsync(Ct);
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
