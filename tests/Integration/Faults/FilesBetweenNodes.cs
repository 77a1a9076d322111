using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Tests.Integration.Exchange;
using Tongban.Trust;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Faults;

/// <summary>A document uploaded in Shanghai on its way to Anhui. That an officer there then opens it is the fault journey's.</summary>
public sealed class FilesBetweenNodes(OneRegion region) : IClassFixture<OneRegion>
{
    static readonly HttpClient Http = new(new SocketsHttpHandler { UseCookies = false });

    readonly TwoNodes nodes = region.Nodes;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static byte[] Document() => [.. "%PDF-1.4 "u8, .. RandomNumberGenerator.GetBytes(5000)];

    [Fact]
    public async Task A_file_arrives_whole_before_the_event_that_names_it_is_handled()
    {
        var content = Document();
        var hash = await Upload(content);
        await Tell(hash, "whole");
        await Soon.Holds(() => Task.FromResult(nodes.Get<IStoredFiles>(Anhui).Has(hash)), Ct);
        await using var there = (await nodes.Get<IStoredFiles>(Anhui).Open(hash, Ct)).Value;
        using var read = new MemoryStream();
        await there.CopyToAsync(read, Ct);
        Assert.Equal(content, read.ToArray());
        await Soon.Holds(async () => await Waiting("whole") is { DoneAt: not null }, Ct);
    }

    [Theory]
    [InlineData("other content than its name says", "file.hash", 400)]
    [InlineData("a name that is no hash", "file.hash", 400)]
    [InlineData("more than ten megabytes", "file.too-large", 400)]
    public async Task A_file_that_is_not_what_it_says_is_refused_and_not_kept(string line, string code, int status)
    {
        var content = line == "more than ten megabytes" ? new byte[IStoredFiles.MaximumLength + 1] : Document();
        var name = line switch
        {
            "other content than its name says" => Hash("something else"u8.ToArray()),
            "a name that is no hash" => new string('A', 64),
            _ => Hash(content),
        };
        await Faces.Problem(Http, Put(name, content), status, code);
        Assert.False(nodes.Get<IStoredFiles>(Anhui).Has(name));
        Assert.False(nodes.Get<IStoredFiles>(Anhui).Has(Hash(content)));
    }

    [Fact]
    public async Task A_file_changed_on_the_way_is_refused_by_its_signature()
    {
        var content = Document();
        var request = Put(Hash(content), content);
        content[^1] ^= 1;
        request.Content = new ByteArrayContent(content);
        await Faces.Problem(Http, request, 400, "digest.mismatch", "Content-Digest");
        Assert.False(nodes.Get<IStoredFiles>(Anhui).Has(Hash(content)));
    }

    [Fact]
    public async Task A_file_changed_on_the_senders_disk_is_never_sent_and_the_event_says_why_it_waits()
    {
        var hash = await Upload(Document());
        var path = Path.Combine(nodes.FolderOf(Shanghai), "files", hash[..2], hash[2..]);
        var kept = await File.ReadAllBytesAsync(path, Ct);
        var changed = kept.ToArray();
        changed[changed.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, changed, Ct);
        await Tell(hash, "changed");
        await Soon.Holds(async () => await Waiting("changed") is { DoneAt: null, Attempts: > 0, LastError: not null }, Ct);
        Assert.False(nodes.Get<IStoredFiles>(Anhui).Has(hash));
        Assert.Equal("vault.wrong", (await Waiting("changed"))!.LastError);

        await File.WriteAllBytesAsync(path, kept, Ct);
        await Soon.Holds(async () => await Waiting("changed") is { DoneAt: not null }, Ct);
        Assert.True(nodes.Get<IStoredFiles>(Anhui).Has(hash));
    }

    static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    async Task<string> Upload(byte[] content) => (await nodes.Get<IStoredFiles>(Shanghai).Save(new MemoryStream(content), "合同.pdf", Ct)).Value.Hash;

    HttpRequestMessage Put(string name, byte[] content)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"{nodes.Url(Anhui)}/peer/files/{name}") { Content = new ByteArrayContent(content) };
        Assert.True(MessageSigner.SignRequest(request, content, nodes.Keys(Shanghai).Signing, nodes.Clock.GetUtcNow()).Ok);
        return request;
    }

    Task<int> Tell(string hash, string stream) => nodes.As<NodeDb, int>(Shanghai, Actor.Node("test"), db =>
    {
        new Outbox(db, nodes.Get<IPayloadSeal>(Shanghai), nodes.Clock, nodes.Get<OutboxSignal>(Shanghai)).PublishTo(Anhui, new ConsentRevoked("c-" + stream, 1), stream, 1, [hash]);
        return db.SaveChangesAsync(Ct);
    });

    Task<OutboxRow?> Waiting(string stream) => nodes.As<NodeDb, OutboxRow?>(Shanghai, Actor.Node("test"), db => db.Set<OutboxRow>().AsNoTracking().SingleOrDefaultAsync(o => o.Stream == stream, Ct));
}
