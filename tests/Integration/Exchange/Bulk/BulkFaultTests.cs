using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Integration.Exchange.Connectors;
using Tongban.Tests.Integration.Faults;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.Bulk.BulkRegister;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Bulk;

/// <summary>What breaks at one bulk answer stays with it: a disk, a row, a source, the other side.</summary>
public sealed class BulkFaultTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_cannot_be_written_waits_and_keeps_no_other_waiting()
    {
        var gate = new Gate();
        await using var nodes = await BulkRegister.Start(10, also: gate.Watch);
        // At the provider: in place of the first one's folder lies a file.
        gate.Passes = (_, path) => Task.FromResult(!path.StartsWith("/peer/bulk", StringComparison.Ordinal));
        var (first, second) = (await Begin(nodes), await Begin(nodes));
        var inTheWay = Path.Combine(nodes.FolderOf(Anhui), "bulk", "provider", first);
        Directory.CreateDirectory(Path.GetDirectoryName(inTheWay)!);
        await System.IO.File.WriteAllTextAsync(inTheWay, "", Ct);
        gate.Passes = (_, _) => Task.FromResult(true);
        Later(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, second, Over)).State);
        Assert.Equal((BulkState.Preparing, "bulk.not-written"), await Given(nodes, first, r => r.Attempts > 0) is var waits ? (waits.State, waits.Code) : default);
        System.IO.File.Delete(inTheWay);
        Later(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, first, Over)).State);

        // At the consumer.
        gate.Passes = (_, path) => Task.FromResult(!path.Contains("/chunks/", StringComparison.Ordinal));
        var (third, fourth) = (await Begin(nodes), await Begin(nodes));
        inTheWay = Path.Combine(nodes.FolderOf(Shanghai), "bulk", "consumer", third);
        await System.IO.File.WriteAllTextAsync(inTheWay, "", Ct);
        gate.Passes = (_, _) => Task.FromResult(true);
        Later(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, fourth, Over)).State);
        Assert.Equal(BulkState.Ready, (await Fetched(nodes, third, r => r.Code == "bulk.not-written")).State);
        System.IO.File.Delete(inTheWay);
        Later(nodes);
        Assert.Equal((BulkState.Done, 11), ((await Fetched(nodes, third, Over)).State, (await File(nodes, third)).Length));
    }

    [Fact]
    public async Task A_row_that_makes_a_step_throw_keeps_no_other_waiting_and_no_sweep()
    {
        var gate = new Gate();
        await using var nodes = await BulkRegister.Start(10, also: gate.Watch);
        var first = await Begin(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, first, Over)).State);
        // As of a row whose seal does not open: it throws wherever it is touched.
        await Change(nodes, Anhui, first, r => (r.Query, r.State, r.DeleteAt) = ([1], BulkState.Preparing, null));
        gate.Passes = (_, path) => Task.FromResult(!path.StartsWith("/peer/bulk", StringComparison.Ordinal));
        var broken = await Begin(nodes);
        await Change(nodes, Shanghai, broken, r => r.Query = [1]);
        gate.Passes = (_, _) => Task.FromResult(true);
        var second = await Begin(nodes);
        Later(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, second, Over)).State);
        nodes.Clock.Ahead += TimeSpan.FromDays(2);
        Assert.Equal("bulk.over", (await Given(nodes, second, r => r.IsEmpty)).Code);
        Assert.Equal(BulkState.Preparing, (await Given(nodes, first, _ => true)).State);
        Assert.Equal(BulkState.Preparing, (await Fetched(nodes, broken, _ => true)).State);
    }

    [Fact]
    public async Task On_a_full_disk_it_waits_at_either_side_and_goes_on_when_there_is_room()
    {
        SmallDisk? provider = null;
        await using var nodes = await BulkRegister.Start(prepare: n => provider = new SmallDisk(n.FolderOf(Anhui), 96));
        using var consumer = new SmallDisk(Path.Combine(nodes.FolderOf(Shanghai), "bulk"), 64);
        try
        {
            // Not even the question can be stored.
            provider!.Fill(leave: 0);
            var id = await Begin(nodes);
            Assert.Equal(BulkState.Preparing, (await Fetched(nodes, id, r => r.Attempts > 0)).State);
            // The question can, the second chunk cannot; what there was of it is gone.
            provider.Free();
            provider.Fill(leave: 7_000_000);
            Later(nodes);
            Assert.Equal(BulkState.Preparing, (await Given(nodes, id, r => r.Code == "storage.full")).State);
            Assert.Empty(Chunks(nodes, Anhui));
            Assert.Equal(0, nodes.Get<TransparencyLog>(Anhui).Size);
            provider.Free();
            // At the consumer the second chunk cannot be kept; the first is.
            consumer.Fill(leave: 7_000_000);
            Later(nodes);
            var row = await Fetched(nodes, id, r => r.Code == "storage.full");
            Assert.Equal((BulkState.Ready, 1), (row.State, row.Held));
            consumer.Free();
            Later(nodes);
            Assert.Equal((BulkState.Done, (long)Many), await Fetched(nodes, id, Over) is var done ? (done.State, done.Rows) : default);
            Assert.Equal(Many + 1, (await File(nodes, id)).Length);
            foreach (var node in new[] { Anhui, Shanghai })
                Assert.Equal(1, (await nodes.Get<TransparencyLog>(node).Metering(-1, 100, "ag-adoption", Ct)).Sum(m => m.Metering.Units));
        }
        finally
        {
            await nodes.Stop(Anhui);
            provider!.Dispose();
        }
    }

    [Fact]
    public async Task What_may_no_longer_be_given_is_deleted_while_a_source_is_being_read_however_many_there_are()
    {
        var (reading, hold) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var department = new Department();
        await department.Start();
        await using var nodes = await AdoptionRegister.Start(n => System.IO.File.WriteAllText(
            Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), $$$"""{"court": {"departments": ["340000-civil"], "url": "{{{department.Url}}}/api", "timeoutMs": 60000}}"""));
        department.Answer = http => Department.Json(http.Request.Query["page"] == "1" ? """[{"registeredOn": "2020-03-04"}]""" : "[]")(http);
        await Offer(nodes, "http:court", "GET /adoptions\r\npage = page 1");
        var (first, second) = (await Begin(nodes), await Begin(nodes));
        var row = await Given(nodes, first, r => r.State == BulkState.Ready);
        _ = await Given(nodes, second, r => r.State == BulkState.Ready);
        // Sixty others that stand before them and may still be fetched.
        await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            for (var i = 0; i < 60; i++)
                db.Add(new BulkRow { Id = $"{i:D32}", Side = DspSide.Provider, Peer = Shanghai, AgreementId = row.AgreementId, Resource = row.Resource, Purpose = row.Purpose, CaseReference = row.CaseReference, Query = row.Query, Division = row.Division, State = BulkState.Ready });
            return db.SaveChangesAsync(Ct);
        });
        // The department's service stops in the middle of a third.
        department.Answer = async http =>
        {
            if (http.Request.Query["page"] == "1")
            {
                await Department.Json("""[{"registeredOn": "2020-03-05"}]""")(http);
                return;
            }
            reading.TrySetResult();
            await hold.Task.WaitAsync(http.RequestAborted);
            await Department.Json("[]")(http);
        };
        // Straight into the table: a consumer may not have so many.
        var third = $"{Guid.CreateVersion7():N}";
        await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            db.Add(new BulkRow { Id = third, Side = DspSide.Provider, Peer = Shanghai, AgreementId = row.AgreementId, Resource = row.Resource, Purpose = row.Purpose, CaseReference = row.CaseReference, Query = row.Query, Division = row.Division });
            return db.SaveChangesAsync(Ct);
        });
        nodes.Get<BulkSignal>(Anhui).Raise();
        await reading.Task;
        await Change(nodes, Anhui, first, r => r.Become(BulkState.Ended, "test"));
        Assert.Equal("test", (await Given(nodes, first, r => r.IsEmpty)).Code);
        nodes.Get<AgreementBook>(Anhui).End("ag-adoption", 1);
        foreach (var id in new[] { second, third })
            Assert.Equal("agreement.terminated", (await Given(nodes, id, r => r.IsEmpty)).Code);
        Assert.Empty(Chunks(nodes, Anhui));
        // What the source gives after that is not kept, and the row stays as it was ended.
        hold.SetResult();
        Later(nodes);
        Assert.Equal(BulkState.Ended, (await Given(nodes, third, _ => true)).State);
        Assert.Empty(Chunks(nodes, Anhui));
    }

    [Fact]
    public async Task A_system_that_hangs_holds_up_nothing_that_is_read_from_another()
    {
        var asked = new TaskCompletionSource();
        await using var department = new Department();
        await department.Start();
        await using var nodes = await AdoptionRegister.Start(n => System.IO.File.WriteAllText(
            Path.Combine(n.FolderOf(Anhui), NamedSources.FileName), $$$"""{"court": {"departments": ["340000-civil"], "url": "{{{department.Url}}}/api", "timeoutMs": 60000}}"""));
        department.Answer = Department.Json("[]");
        await Offer(nodes, "http:court", "GET /adoptions\r\npage = page 1");
        var terms = nodes.Get<AgreementBook>(Anhui).Find("ag-adoption")!.Terms with { Id = "ag-marriage", Resource = Marriage, Fields = ["registerNumber"] };
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.True((await nodes.Get<AgreementBook>(node).Import([nodes.Sign(terms, Anhui, Shanghai)], Ct)).Ok);
        department.Answer = async http =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };
        var hung = await Begin(nodes);
        await asked.Task;
        var message = nodes.Message(null) with { Agreement = "ag-marriage" };
        Assert.True((await nodes.Get<PeerClient>(Shanghai).Send(Anhui, HttpMethod.Post, "/peer/bulk", message.ToJson(), Ct)).Ok);
        Assert.Equal(1, (await Given(nodes, message.ExchangeId, r => r.State == BulkState.Ready)).Rows);
        Assert.Equal((BulkState.Preparing, 0), await Given(nodes, hung, _ => true) is var waits ? (waits.State, waits.Attempts) : default);
        Assert.Equal(1, department.Asked);
    }

    [Fact]
    public async Task One_provider_that_hangs_holds_up_nothing_of_another()
    {
        var (gate, hold) = (new Gate(), new TaskCompletionSource());
        await using var nodes = await BulkRegister.Start(10, hub: true, also: b =>
        {
            gate.Watch(b);
            b.Services.AddSingleton(new ExchangeOptions { PeerTimeout = TimeSpan.FromMinutes(5), DirectoryPeriod = TimeSpan.FromMilliseconds(300) });
        });
        var first = await Begin(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, first, Over)).State);
        var asked = new TaskCompletionSource();
        gate.Passes = async (node, path) =>
        {
            if (node == Hub && path == "/peer/bulk")
            {
                asked.TrySetResult();
                await hold.Task;
            }
            return true;
        };
        // The same of another member, which takes the question and never answers.
        var hung = $"{Guid.CreateVersion7():N}";
        await nodes.As<NodeDb, int>(Shanghai, Actor.Node("test"), async db =>
        {
            var other = await db.Set<BulkRow>().AsNoTracking().SingleAsync(b => b.Id == first, Ct);
            (other.Id, other.Peer, other.State, other.Held, other.Manifest, other.LogIndex, other.NextAt) = (hung, Hub, BulkState.Preparing, 0, "", null, 0);
            db.Add(other);
            return await db.SaveChangesAsync(Ct);
        });
        nodes.Get<BulkSignal>(Shanghai).Raise();
        await asked.Task;
        Assert.Equal(BulkState.Done, (await Fetched(nodes, await Begin(nodes), Over)).State);
        Assert.Equal((BulkState.Preparing, 0), await Fetched(nodes, hung, _ => true) is var waits ? (waits.State, waits.Attempts) : default);
        hold.SetResult();
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_or_lies_holds_up_nothing_but_its_own()
    {
        var (gate, hold) = (new Gate(), new TaskCompletionSource());
        await using var nodes = await BulkRegister.Start(10, also: b =>
        {
            gate.Watch(b);
            b.Services.AddSingleton(new ExchangeOptions { PeerTimeout = TimeSpan.FromMilliseconds(700) });
        });
        gate.Passes = (_, path) => Task.FromResult(!path.StartsWith("/peer/bulk", StringComparison.Ordinal));
        var (slow, quick) = (await Begin(nodes), await Begin(nodes));
        gate.Passes = async (_, path) =>
        {
            if (path == $"/peer/bulk/{slow}/chunks/0")
                await hold.Task;
            return true;
        };
        Later(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, quick, Over)).State);
        Assert.Equal((BulkState.Ready, 0), await Fetched(nodes, slow, r => r is { State: BulkState.Ready, Code: "peer.unreachable" }) is var waits ? (waits.State, waits.Held) : default);
        hold.SetResult();
        Later(nodes);
        Assert.Equal((BulkState.Done, (string?)null), await Fetched(nodes, slow, Over) is var came ? (came.State, came.Code) : default);

        // While it prepares, nothing of what failed before is said any more.
        Sqlite(nodes, "ALTER TABLE shouyang RENAME TO away");
        gate.Passes = (_, path) => Task.FromResult(!path.StartsWith("/peer/bulk", StringComparison.Ordinal));
        var late = await Begin(nodes);
        _ = await Fetched(nodes, late, r => r is { State: BulkState.Preparing, Code: "peer.unreachable" });
        gate.Passes = (_, _) => Task.FromResult(true);
        Later(nodes);
        Assert.Equal(BulkState.Preparing, (await Fetched(nodes, late, r => r is { Code: null, Attempts: 0 })).State);
        Sqlite(nodes, "ALTER TABLE away RENAME TO shouyang");
        Later(nodes);
        Assert.Equal(BulkState.Done, (await Fetched(nodes, late, Over)).State);

        // It signs another one's manifest for this: nothing of it is taken, and nothing is logged as obtained.
        gate.Passes = (_, path) => Task.FromResult(!path.StartsWith("/peer/bulk", StringComparison.Ordinal));
        var lied = await Begin(nodes);
        var manifest = (await Given(nodes, slow, _ => true)).Manifest;
        var size = nodes.Get<TransparencyLog>(Shanghai).Size;
        await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), async db =>
        {
            var other = await db.Set<BulkRow>().AsNoTracking().SingleAsync(b => b.Id == slow, Ct);
            other.Id = lied;
            db.Add(other);
            return await db.SaveChangesAsync(Ct);
        });
        gate.Passes = (_, _) => Task.FromResult(true);
        Later(nodes);
        Assert.Equal("bulk.manifest", (await Fetched(nodes, lied, Over)).Code);
        Assert.Equal(size, nodes.Get<TransparencyLog>(Shanghai).Size);
        Assert.NotEmpty(manifest);
    }
}
