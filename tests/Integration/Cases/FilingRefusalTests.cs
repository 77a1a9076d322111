using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Xunit;
using static Tongban.Tests.Integration.Cases.TestActors;

namespace Tongban.Tests.Integration.Cases;

/// <summary>What a filing is refused for; nothing is half-written.</summary>
public class FilingRefusalTests
{
    static readonly object Filing = new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-01-01" } };

    [Theory]
    [InlineData("合同.pdf", "MZ program", "file.kind")]
    [InlineData("合同.jpg", "%PDF-1.4", "file.name-lies")]
    [InlineData("合同.exe", "%PDF-1.4", "file.name-lies")]
    [InlineData("合同.pdf", "", "file.empty")]
    public async Task A_file_that_is_not_what_it_says(string name, string content, string code)
    {
        await using var host = await CasesHost.Start();
        var refused = await host.PostFiles(Wang, "/api/filings", Filing, ("upload.lease", name, System.Text.Encoding.UTF8.GetBytes(content)));
        Assert.Equal((400, code), (refused.Status, refused.Problem));
        Assert.Equal("upload.lease", refused.Json.GetProperty("where").GetString());
        Assert.Equal(0, await host.As(db => db.Set<Filing>().CountAsync()));
        Assert.Equal(0, await host.As(db => db.Set<OutboxRow>().CountAsync()));
    }

    [Fact]
    public async Task A_file_over_ten_megabytes()
    {
        await using var host = await CasesHost.Start();
        var large = new byte[IStoredFiles.MaximumLength + 1];
        "%PDF-"u8.CopyTo(large);
        Assert.Equal("file.too-large", (await host.PostFiles(Wang, "/api/filings", Filing, ("upload.lease", "a.pdf", large))).Problem);
    }

    [Fact]
    public async Task A_missing_document_and_a_wrong_date_are_told_together()
    {
        await using var host = await CasesHost.Start();
        var refused = await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.TwoSteps, form = new { since = "2026-13-01" } });
        Assert.Equal((400, "filing.incomplete"), (refused.Status, refused.Problem));
        Assert.Equal(["since", "upload.lease"], refused.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("where").GetString()));
    }

    [Fact]
    public async Task A_department_that_does_not_answer_leaves_the_document_to_the_person()
    {
        await using var host = await CasesHost.Start();
        host.Rooms.Answering = _ => Error.Unavailable("peer.down", "不通", "down");
        var refused = await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.Joint, form = new { since = "2026-01-01" }, consent = true });
        Assert.Equal((400, "filing.requirement-open"), (refused.Status, refused.Problem));
        var brought = await host.PostFiles(Wang, "/api/filings", new { baseCode = OtherRooms.Joint, form = new { since = "2026-01-01" }, consent = true }, ("upload.identity", "a.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1]));
        Assert.Equal((201, 0), (brought.Status, brought.Json.GetProperty("exempt").GetInt32()));
    }

    [Fact]
    public async Task A_stored_file_is_sealed_and_comes_back_whole()
    {
        await using var host = await CasesHost.Start();
        var content = new byte[200_000];
        new Random(1).NextBytes(content);
        "%PDF-"u8.CopyTo(content);
        var files = host.Services.GetRequiredService<IStoredFiles>();
        var saved = await files.Save(new MemoryStream(content), "../../etc/材料.pdf", TestContext.Current.CancellationToken);
        Assert.Equal(("材料.pdf", "application/pdf", 200_000L), (saved.Value.Name, saved.Value.MediaType, saved.Value.Length));
        var opened = (MemoryStream)(await files.Open(saved.Value.Hash, TestContext.Current.CancellationToken)).Value;
        Assert.Equal(content, opened.ToArray());
        var onDisk = Directory.GetFiles(Path.Combine(host.Identity.DataFolder, "files"), "*", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(onDisk, TestContext.Current.CancellationToken);
        Assert.Equal(-1, bytes.AsSpan().IndexOf(content.AsSpan(100, 64)));
        Assert.Equal("file.hash", (await files.Receive(new string('a', 64), new MemoryStream(content), TestContext.Current.CancellationToken)).Error!.Code);
        Assert.False(files.Has("../" + saved.Value.Hash[3..]));
    }

    [Fact]
    public async Task Lists_are_paged_by_key()
    {
        await using var host = await CasesHost.Start();
        for (var i = 0; i < 5; i++)
            Assert.Equal(201, (await host.Post(Wang, "/api/filings", new { baseCode = OtherRooms.AtOnce, form = new { since = "2026-01-01" } })).Status);
        await host.Settle();
        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = (await host.Get(ShanghaiHrss, $"/api/cases?view=todo&size=2{(after is null ? "" : "&after=" + after)}")).Json;
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("number").GetString()!));
            after = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (after is not null);
        Assert.Equal(5, seen.Distinct().Count());
        Assert.Equal(5, seen.Count);
        Assert.Equal("page.cursor", (await host.Get(ShanghaiHrss, "/api/cases?after=x")).Problem);
        foreach (var text in new[] { seen[0], "王 安", "120 0000 0001", OtherRooms.People["wang"].CitizenId })
            Assert.NotEmpty((await host.Get(ShanghaiHrss, $"/api/cases?q={Uri.EscapeDataString(text)}")).Json.GetProperty("items").EnumerateArray());
        Assert.Empty((await host.Get(ShanghaiFund, $"/api/cases?q={seen[0]}")).Json.GetProperty("items").EnumerateArray());
    }
}
