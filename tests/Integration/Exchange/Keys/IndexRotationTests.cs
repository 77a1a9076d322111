using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Identity.People;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Keys;

/// <summary>The key by which rows are found is replaced while the node works: everybody is found throughout, and the old key ends.</summary>
public class IndexRotationTests(ITestOutputHelper output)
{
    static readonly bool Full = Environment.GetEnvironmentVariable("TONGBAN_TEST_FULL") is { Length: > 0 };

    const int Rows = 1200;

    const string Twice = "One change at a time.";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static readonly Actor Somebody = Actor.Node("test");

    static string Key(TwoNodes region, string number) => region.Get<IVault>(Shanghai).BlindIndex(AnswerQuery.PersonContext, number);

    static string Number(int i) => $"31019919900101{i:D4}";

    [Fact]
    public Task Replaced_under_load_and_killed_in_the_midst_on_SQLite() => ReplaceAndKill(postgres: false);

    [Fact]
    public Task Replaced_under_load_and_killed_in_the_midst_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        Assert.SkipUnless(Full, "On PostgreSQL as well: ./test --full.");
        return ReplaceAndKill(postgres: true);
    }

    async Task ReplaceAndKill(bool postgres)
    {
        Assert.SkipWhen(House.IndexInChange.Asked, Twice);
        await using var region = await TwoNodes.Start(postgres: postgres, also: NoJobOfItsOwn);
        await Fill(region);
        var asked = new List<string>();
        await Use(region, asked);
        var keys = region.Get<Keystore>(Shanghai);
        var before = keys.Vault.Indexes;

        // Another process makes the key (here: another keystore on the same file); this node goes on working all the while.
        Assert.Equal("i2", region.Keys(Shanghai).RotateIndex(DateTimeOffset.UtcNow.AddSeconds(1)).Value);
        keys.Refresh();
        Assert.Equal(0, await region.Get<Reindex>(Shanghai).Rows((_, _) => { }, Ct));
        await Found(region, asked);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested && asked.Count < 60)
            {
                await Use(region, asked);
                await Found(region, asked, 5);
            }
        }, Ct);
        while (DateTimeOffset.UtcNow < keys.Vault.Indexes.From)
            await Task.Delay(50, Ct);
        var kills = 0;
        for (var lines = 1; kills < (Full ? 3 : 1); lines++)
        {
            using var job = Start(region, "reindex");
            for (var seen = 0; seen < lines && await job.StandardOutput.ReadLineAsync(Ct) is not null;)
                seen++;
            job.Kill();
            await job.WaitForExitAsync(Ct);
            kills++;
        }
        var (old, anew) = await Counts(region);
        output.WriteLine($"after {kills} kills: {old} indexes with the old key, {anew} with the new one");
        Assert.True(old > 0 && anew > 0, $"The kills did not fall in the midst: {old} and {anew}; nothing was shown.");
        await Found(region, asked);
        Assert.Equal("keys.still-indexed", (await region.Get<Reindex>(Shanghai).Retire("i1", TimeSpan.Zero, Ct)).Error?.Code);

        await stop.CancelAsync();
        await load;
        Assert.Equal(0, await Command(region, "reindex"));
        // The rows are done; the log, which the running node has open, is not, nor what leads there; and the key cannot go before they are.
        Assert.Equal(["exchange_consent.AlsoAbout", "log.subjects"], (await region.Get<Reindex>(Shanghai).Count(Ct)).Where(c => c.Key == "i1").Select(c => c.Place));
        Assert.Equal("keys.still-indexed", (await region.Get<Reindex>(Shanghai).Retire("i1", TimeSpan.Zero, Ct)).Error?.Code);
        Assert.True((await region.Get<Reindex>(Shanghai).Log(region.Get<TransparencyLog>(Shanghai), (_, _) => { }, Ct)).Value > 0);
        Assert.Equal(0, await Command(region, "reindex"));
        Assert.Equal(0, (await Counts(region)).Old);
        Assert.Equal("keystore.key-lately-used", (await region.Get<Reindex>(Shanghai).Retire("i1", ExchangeModule.KeyRest, Ct)).Error?.Code);
        Assert.Equal(0, await Command(region, "retire", "i1", "--after", "0"));
        keys.Refresh();
        Assert.False(keys.Vault.Changing);
        await Found(region, asked);
        await NothingUnder(region, before);

        // From the database, not from memory; and a whole second life.
        await region.Stop(Shanghai);
        await region.Run(Shanghai);
        await Use(region, asked);
        await Found(region, asked);
        var audit = await ExchangeModule.AuditNode(region.App(Shanghai).Services, ct: Ct);
        Assert.All(audit.Where(f => f.Step is not "witnesses"), f => Assert.True(f.Ok, f.Words.En));
        output.WriteLine($"{Rows} persons, {asked.Count} exchanges: all found with i2 alone");
    }

    [Fact]
    public async Task The_node_does_it_by_itself_and_its_log_too()
    {
        Assert.SkipWhen(House.IndexInChange.Asked, Twice);
        await using var region = await TwoNodes.Start(also: builder => builder.Services.AddSingleton(new ExchangeOptions { ResealPeriod = TimeSpan.FromMilliseconds(200), RefreshPeriod = TimeSpan.FromMilliseconds(200) }));
        var asked = new List<string>();
        await Use(region, asked);
        region.Keys(Shanghai).RotateIndex(DateTimeOffset.UtcNow);
        await Soon.Holds(() => region.Get<Keystore>(Shanghai).Vault.Changing && Counts(region).GetAwaiter().GetResult().Old == 0, Ct);
        Assert.True((await region.Get<Reindex>(Shanghai).Retire("i1", TimeSpan.Zero, Ct)).Ok);
        await Found(region, asked, people: 0);
    }

    [Fact]
    public async Task What_a_backup_brings_back_from_before_a_retired_key_is_brought_over_by_hand()
    {
        Assert.SkipWhen(House.IndexInChange.Asked, Twice);
        await using var region = await TwoNodes.Start();
        var before = Key(region, Number(1));
        var keys = region.Get<Keystore>(Shanghai);
        Assert.True(keys.RotateIndex(DateTimeOffset.UtcNow).Ok);
        Assert.True((await region.Get<Reindex>(Shanghai).Log(region.Get<TransparencyLog>(Shanghai), (_, _) => { }, Ct)).Ok);
        Assert.True((await region.Get<Reindex>(Shanghai).Retire("i1", TimeSpan.Zero, Ct)).Ok);
        await Store(region, Row(region, 1));
        await region.As<NodeDb, int>(Shanghai, Somebody, db => db.Set<PersonRow>().Where(p => p.Id == "p1").ExecuteUpdateAsync(p => p.SetProperty(x => x.SubjectKey, before), Ct));
        Assert.True(await ExchangeModule.ReindexAll(region.Get<IServiceProvider>(Shanghai), (_, _) => { }, _ => { }, Ct) > 0);
        Assert.Equal(Key(region, Number(1)), await region.As<NodeDb, string>(Shanghai, Somebody, db => db.Set<PersonRow>().Where(p => p.Id == "p1").Select(p => p.SubjectKey).SingleAsync(Ct)));
    }

    [Fact]
    public async Task A_replica_that_does_not_know_the_new_key_yet_is_found_by_one_that_does_and_finds_it()
    {
        Assert.SkipWhen(House.IndexInChange.Asked, Twice);
        await using var region = await TwoNodes.Start();
        var (ahead, behind) = (region.Get<Keystore>(Shanghai), region.Keys(Shanghai));
        var before = Key(region, Number(1));
        ahead.RotateIndex(DateTimeOffset.UtcNow.AddMinutes(1));
        // Until its time comes everybody writes as before, so that whoever has not read it yet finds the row; and both look for both.
        await Store(region, Row(region, 1));
        var stored = await region.As<NodeDb, string>(Shanghai, Somebody, db => db.Set<PersonRow>().Where(p => p.Id == "p1").Select(p => p.SubjectKey).SingleAsync(Ct));
        Assert.Equal((before, before), (stored, behind.Vault.BlindIndex(AnswerQuery.PersonContext, Number(1))));
        Assert.Contains(stored, ahead.Vault.Forms(before));
        behind.Refresh();
        Assert.Equal(ahead.Vault.Forms(before), behind.Vault.Forms(before));
    }

    [Fact]
    public async Task A_mandate_recorded_before_people_are_walked_leads_to_whom_it_is_for()
    {
        Assert.SkipWhen(House.IndexInChange.Asked, Twice);
        await using var region = await TwoNodes.Start(also: NoJobOfItsOwn);
        await Store(region, Row(region, 1), Row(region, 2));
        var keys = region.Get<Keystore>(Shanghai);
        keys.RotateIndex(DateTimeOffset.UtcNow);
        Assert.True(keys.Vault.Changing);
        await region.As<IServiceProvider, int>(Shanghai, Somebody, async services =>
        {
            var (people, mandates) = (services.GetRequiredService<People>(), services.GetRequiredService<Mandates>());
            var child = await people.Find(Number(2), Ct);
            mandates.Add(MandateRow.Guardian, people.KeyOf(Number(1)), "name 1", child!, "户口簿", new DateOnly(2099, 1, 1), "test");
            return await services.GetRequiredService<NodeDb>().SaveChangesAsync(Ct);
        });
        var held = Assert.Single(await region.As<Mandates, IReadOnlyList<MayActFor>>(Shanghai, Somebody, m => m.Of(Key(region, Number(1)), Ct)));
        Assert.Equal("name 2", held.Name);
        Assert.True(await region.As<Mandates, bool>(Shanghai, Somebody, m => m.Holds(MandateRow.Guardian, Key(region, Number(1)), Key(region, Number(2)), Ct)));
        Assert.Equal("p2", await region.As<People, string?>(Shanghai, Somebody, async p => (await p.Find(Number(2), Ct))?.Id));
    }

    /// <summary>The node would begin by itself within a minute, which on a busy machine is in the midst of what is looked at.</summary>
    static void NoJobOfItsOwn(WebApplicationBuilder builder) => builder.Services.AddSingleton(new ExchangeOptions { ResealPeriod = TimeSpan.FromHours(1) });

    static PersonRow Row(TwoNodes region, int i)
    {
        var vault = region.Get<IVault>(Shanghai);
        return new()
        {
            Id = $"p{i}",
            Kind = PersonRow.Natural,
            SubjectKey = vault.BlindIndex(AnswerQuery.PersonContext, Number(i)),
            NumberSealed = vault.Seal(Number(i), PersonFields.Number),
            NameSealed = vault.Seal($"name {i}", PersonFields.Name),
            PhoneSealed = "",
            Division = "310000",
        };
    }

    static Task<int> Store(TwoNodes region, params object[] rows) => region.As<NodeDb, int>(Shanghai, Somebody, db =>
    {
        db.AddRange(rows);
        return db.SaveChangesAsync(Ct);
    });

    static Task Fill(TwoNodes region) => Store(region, [.. Enumerable.Range(0, Rows).Select(i => Row(region, i)), .. Enumerable.Range(0, Rows).Select(i => new MandateRow
    {
        Id = $"m{i}",
        Kind = MandateRow.Guardian,
        SubjectKey = Key(region, Number(i)),
        ForKey = Key(region, Number((i + 1) % Rows)),
        NameSealed = region.Get<IVault>(Shanghai).Seal($"name {i}", PersonFields.MandateName),
        Basis = "户口簿",
        StartsOn = "2026-01-01",
        EndsOn = "2099-01-01",
        RecordedBy = "test",
    })]);

    /// <summary>A consent and a query that rests on it.</summary>
    static async Task Use(TwoNodes region, List<string> asked)
    {
        var consent = await region.As<IConsents, Result<ConsentGiven>>(Shanghai, Somebody, c => c.Attest(new ConsentRequest(
            Key(region, Husband), Husband, Item, new Words("户口迁移", "Household move"), "D1", Shanghai, [new ConsentSource(Anhui, Marriage, ["registerNumber", "registeredOn"])], 2, TimeSpan.FromHours(1)), Ct));
        var answer = await region.Ask(Question(consent.Value.ConsentId) with { SubjectKey = Key(region, Husband) });
        Assert.True(answer.Ok, answer.Error?.DetailEn);
        asked.Add(answer.Value.ExchangeId);
        // Somebody else it is asked about, once more than once.
        foreach (var _ in new[] { 1, 2 })
            await region.Get<ConsentBook>(Shanghai).AskedAbout(consent.Value.ConsentId, Key(region, Wife), Ct);
    }

    /// <summary>Everybody by their number, whom they may act for, and what the husband sees as his own.</summary>
    static async Task Found(TwoNodes region, List<string> asked, int people = Rows)
    {
        foreach (var i in Enumerable.Range(0, people))
        {
            Assert.Equal($"p{i}", await region.As<People, string?>(Shanghai, Somebody, async p => (await p.Find(Number(i), Ct))?.Id));
            if (i % 40 == 0)
                Assert.Equal($"name {(i + 1) % Rows}", Assert.Single(await region.As<Mandates, IReadOnlyList<MayActFor>>(Shanghai, Somebody, m => m.Of(Key(region, Number(i)), Ct))).Name);
        }
        var own = Somebody with { Role = Role.Resident, SubjectKey = Key(region, Husband), Level = 2 };
        Assert.Equal(asked.Count, await region.As<NodeDb, int>(Shanghai, own, db => db.Set<ConsentRow>().CountAsync(Ct)));
        var tracked = await region.As<NodeDb, Task<List<LogLeaf>>>(Shanghai, own, db => Task.FromResult(region.Get<TransparencyLog>(Shanghai).BySubject(db.OwnKeys, count: 1000, cancel: Ct)));
        Assert.Equal(asked, (await tracked).Select(l => LeafFacts.Read(Shanghai, l.Index, l.At, l.Data)!.ExchangeId).Reverse());
        var also = await region.As<NodeDb, List<string>>(Shanghai, own, db => db.Set<ConsentRow>().Select(c => c.AlsoAbout).ToListAsync(Ct));
        Assert.All(also, a => Assert.True(region.Get<IVault>(Shanghai).Same(Key(region, Wife), Assert.Single(a.Split('|', StringSplitOptions.RemoveEmptyEntries)))));
        var use = (await RaiseDispute.Obtained(asked[0], region.Get<TransparencyLog>(Shanghai), region.Get<NodeIdentity>(Shanghai), Ct))!;
        Assert.True(await RaiseDispute.IsAbout(use, Key(region, Husband), region.Get<TransparencyLog>(Shanghai), region.Get<IVault>(Shanghai), Ct));
        Assert.False(await RaiseDispute.IsAbout(use, Key(region, Wife), region.Get<TransparencyLog>(Shanghai), region.Get<IVault>(Shanghai), Ct));
    }

    /// <summary>Whatever the marks say: no text anywhere in the database is the older form of an index that is stored.</summary>
    static Task<int> NothingUnder(TwoNodes region, IndexChain before) => region.As<NodeDb, int>(Shanghai, Somebody, async db =>
    {
        var now = region.Get<Keystore>(Shanghai).Vault.Indexes;
        var marked = Columns.Blind(db.Model).Select(c => (c.Table, c.Column)).ToHashSet();
        var stored = new HashSet<string>(StringComparer.Ordinal);
        var others = new List<(string Place, string Value)>();
        foreach (var (table, column, _) in Columns.Any(db.Model).Where(c => !c.Bytes))
        {
#pragma warning disable EF1002 // Names of the model's own tables.
            foreach (var value in await db.Database.SqlQueryRaw<string>($"SELECT \"{column}\" AS \"Value\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL").ToListAsync(Ct))
#pragma warning restore EF1002
            {
                if (marked.Contains((table, column)))
                    stored.UnionWith(value.Split('|', ':'));
                if (IndexChain.NumberOf(value) == before.Newest)
                    others.Add(($"{table}.{column}", value));
            }
        }
        Assert.Contains(now.Last(before.Of(AnswerQuery.PersonContext, Number(0))), stored);
        Assert.DoesNotContain(others, o => stored.Contains(now.Last(o.Value)));
        return others.Count;
    });

    static async Task<(long Old, long New)> Counts(TwoNodes region)
    {
        var counts = await region.Get<Reindex>(Shanghai).Count(Ct);
        return (counts.Where(c => c.Key == "i1").Sum(c => c.Count), counts.Where(c => c.Key == "i2").Sum(c => c.Count));
    }

    static async Task<int> Command(TwoNodes region, params string[] arguments)
    {
        using var process = Start(region, arguments);
        await process.StandardOutput.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        return process.ExitCode;
    }

    /// <summary>The real command, in a process of its own, on Shanghai's folder.</summary>
    static Process Start(TwoNodes region, params string[] arguments)
    {
        region.Settings.Single(s => s.Id == Shanghai).Save();
        return Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "tongban"), ["keys", .. arguments, "--folder", region.FolderOf(Shanghai)]) { RedirectStandardOutput = true })!;
    }
}
