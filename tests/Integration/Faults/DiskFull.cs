using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Cases.Filings;
using Tongban.Cases.Materials;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Tests.Integration.Cases;
using Tongban.Tests.Support;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Faults;

/// <summary>A node on a disk of 16 MB of its own that is filled to the brim.</summary>
public sealed class DiskFull : IAsyncDisposable
{
    readonly string disk = Directory.CreateTempSubdirectory("tongban-disk-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Is_said_to_programs_and_people_leaves_nothing_half_written_and_the_same_request_succeeds_afterwards()
    {
        using var small = new SmallDisk(disk, 16);
        await using var database = TestDatabase.SqliteIn(disk);
        var folder = Directory.CreateDirectory(Path.Combine(disk, "node")).FullName;
        await using (var host = await CasesHost.Start(on: database, folder: folder))
        {
            HttpRequestMessage Filing() => Request(new MultipartFormDataContent
            {
                { new StringContent($$$"""{"baseCode":"{{{OtherRooms.TwoSteps}}}","form":{"since":"2026-01-01"}}"""), "filing" },
                { new ByteArrayContent([.. "%PDF-1.4"u8, .. new byte[2_000_000]]), "upload.lease", "合同.pdf" },
            }, "with-file");
            HttpRequestMessage Short() => Request(JsonContent.Create(new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01" } }), "without-file");

            small.Fill(leave: 1_000_000);
            await Faces.Refuses(host.Http, Filing, 503, "storage.full");
            await NothingIsWritten(host);
            Assert.Empty(Directory.GetFiles(Path.Combine(folder, "files"), "*", SearchOption.AllDirectories));

            small.Fill(leave: 0);
            await Faces.Refuses(host.Http, Short, 503, "storage.full");
            // What only reads goes on.
            Assert.Equal(200, (await host.Get(Wang, "/api/filings")).Status);

            small.Free();
            await NothingIsWritten(host);
            foreach (var request in new[] { Filing(), Short() })
            {
                using var answer = await host.Http.SendAsync(request, Ct);
                Assert.Equal(201, (int)answer.StatusCode);
            }
            await host.Settle();
            Assert.Equal(2, await host.As(db => db.Set<Filing>().CountAsync()));
            Assert.Equal("ok", await host.As(db => db.Database.SqlQueryRaw<string>("SELECT integrity_check AS Value FROM pragma_integrity_check").SingleAsync()));
        }
    }

    static async Task NothingIsWritten(CasesHost host)
    {
        Assert.Equal(0, await host.As(db => db.Set<Filing>().CountAsync()));
        Assert.Equal(0, await host.As(db => db.Set<OutboxRow>().CountAsync()));
        Assert.Equal(0, await host.As(db => db.Set<FileUse>().CountAsync()));
        Assert.Equal(0, await host.As(db => db.Set<OnceRow>().CountAsync()));
    }

    static HttpRequestMessage Request(HttpContent content, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/filings") { Content = content };
        request.Headers.Add("X-Actor", Wang);
        request.Headers.Add(OnceFilter.Header, key);
        return request;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(disk, recursive: true);
        return ValueTask.CompletedTask;
    }
}
