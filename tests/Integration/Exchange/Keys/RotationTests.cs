using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Exchange;
using Tongban.Identity.People;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Node;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Keys;

/// <summary>The key that seals what is stored is replaced while the node works, and the old one is forgotten.</summary>
public class RotationTests(ITestOutputHelper output)
{
    static readonly bool Full = Environment.GetEnvironmentVariable("TONGBAN_TEST_FULL") is { Length: > 0 };

    const int Rows = 800;
    const int Files = 25;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static readonly Actor Somebody = Actor.Node("test");

    [Fact]
    public Task Rotated_under_load_and_killed_in_the_midst_on_SQLite() => RotateAndKill(postgres: false);

    [Fact]
    public Task Rotated_under_load_and_killed_in_the_midst_on_PostgreSQL()
    {
        Assert.SkipWhen(TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        Assert.SkipUnless(Full, "On PostgreSQL as well: ./test --full.");
        return RotateAndKill(postgres: true);
    }

    [Fact]
    public async Task The_node_seals_anew_by_itself_and_takes_its_cipher_from_its_settings()
    {
        await using var region = await TwoNodes.Start(also: builder => builder.Services.AddSingleton(new ExchangeOptions { ResealPeriod = TimeSpan.FromMilliseconds(200) }));
        await region.Consent(Husband);
        Assert.True((await Counts(region)).Old > 0);

        // As an operator who writes it into node.json and starts the node again.
        await region.Stop(Shanghai);
        var settings = region.Settings.Single(s => s.Id == Shanghai) with { Sealing = SealCipher.Sm4.Name };
        settings.Save();
        await using var app = NodeHost.Build(NodeSettings.Load(settings.Folder).Value, builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(region.Clock);
            builder.Services.AddSingleton(new ExchangeOptions { ResealPeriod = TimeSpan.FromMilliseconds(200) });
        });
        await NodeHost.Start(app, Ct);
        var (keys, reseal) = (app.Services.GetRequiredService<Keystore>(), app.Services.GetRequiredService<Reseal>());
        Assert.Equal([SealCipher.AesGcm, SealCipher.Sm4], keys.Envelopes.Select(e => e.Cipher));
        await Soon.Holds(() => reseal.Count(Ct).GetAwaiter().GetResult().All(c => c.Key == "k2"), Ct);
        Assert.True((await reseal.Retire("k1", TimeSpan.Zero, Ct)).Ok);
        await app.StopAsync(Ct);

        (settings with { Sealing = "rot13" }).Save();
        Assert.Equal("node.sealing-unknown", NodeSettings.Load(settings.Folder).Error?.Code);
    }

    async Task RotateAndKill(bool postgres)
    {
        await using var region = await TwoNodes.Start(postgres: postgres);
        var consents = new List<string> { await region.Consent(Husband) };
        var files = await Fill(region);
        var keys = region.Get<Keystore>(Shanghai);

        // Another process rotates (here: another keystore on the same file), to the other cipher; this node goes on working all the while.
        region.Keys(Shanghai).RotateEnvelope(SealCipher.Sm4);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested && consents.Count < 200)
            {
                consents.Add(await region.Consent(Husband));
                // The agreement's quota of a day is a hundred.
                if (consents.Count < 50)
                    Assert.True((await region.Ask(Question(consents[^1]))).Ok);
            }
        }, Ct);
        var kills = 0;
        for (var lines = 1; kills < (Full ? 3 : 1); lines += 2)
        {
            using var job = Start(region, "reseal");
            for (var seen = 0; seen < lines && await job.StandardOutput.ReadLineAsync(Ct) is not null;)
                seen++;
            job.Kill();
            await job.WaitForExitAsync(Ct);
            kills++;
        }
        var (old, anew) = await Counts(region);
        output.WriteLine($"after {kills} kills: {old} values with the old key, {anew} with the new one");
        Assert.True(old > 0 && anew > 0, $"The kills did not fall in the midst: {old} and {anew}; nothing was shown.");
        Assert.Equal("keys.still-sealed", (await region.Get<Reseal>(Shanghai).Retire("k1", TimeSpan.Zero, Ct)).Error?.Code);

        // The node itself finds the new key within its period, and the job ends the work.
        keys.Refresh();
        await stop.CancelAsync();
        await load;
        Assert.Equal(0, await Command(region, "reseal"));
        Assert.Equal(0, (await Counts(region)).Old);
        Assert.Equal(0, await region.Get<Reseal>(Shanghai).Run((_, _) => { }, Ct));

        Assert.Equal("keystore.key-lately-used", (await region.Get<Reseal>(Shanghai).Retire("k1", ExchangeModule.KeyRest, Ct)).Error?.Code);
        Assert.Equal(0, await Command(region, "retire", "k1", "--after", "0"));
        keys.Refresh();
        Assert.Equal(["k2"], keys.Envelopes.Select(e => e.Id));
        await Everything(region, files);
        var stored = await region.As<NodeDb, List<string>>(Shanghai, Somebody, db => db.Set<ConsentRow>().Select(c => c.Sealed).ToListAsync(Ct));
        Assert.Equal(consents.Count, stored.Count);
        Assert.All(stored, s => keys.Vault.Open(s, ConsentRow.SealContext));
        // From the database, not from memory.
        await region.Stop(Shanghai);
        await region.Run(Shanghai);
        Assert.True((await region.Ask(Question(consents[0]))).Ok);
        output.WriteLine($"{Rows} persons, {Files} files, {consents.Count} consents of the load: all open with k2 alone");
    }

    /// <summary>People and files as they came before the rotation.</summary>
    static async Task<List<string>> Fill(TwoNodes region)
    {
        await region.As<NodeDb, int>(Shanghai, Somebody, async db =>
        {
            var vault = region.Get<Keystore>(Shanghai).Vault;
            for (var i = 0; i < Rows; i++)
            {
                db.Add(new PersonRow
                {
                    Id = $"p{i:D6}",
                    Kind = "natural",
                    SubjectKey = $"key-{i}",
                    NumberSealed = vault.Seal($"number {i}", PersonFields.Number),
                    NameSealed = vault.Seal($"name {i}", PersonFields.Name),
                    // Not everybody has given one.
                    PhoneSealed = i % 2 == 0 ? "" : vault.Seal($"phone {i}", PersonFields.Phone),
                    Division = "310000",
                });
            }
            return await db.SaveChangesAsync(Ct);
        });
        var files = new List<string>();
        for (var i = 0; i < Files; i++)
            files.Add((await region.Get<IStoredFiles>(Shanghai).Save(new MemoryStream(System.Text.Encoding.ASCII.GetBytes($"%PDF-1.4\n{i}\n%%EOF")), "a.pdf", Ct)).Value.Hash);
        return files;
    }

    static async Task Everything(TwoNodes region, List<string> files)
    {
        var vault = region.Get<Keystore>(Shanghai).Vault;
        var people = await region.As<NodeDb, List<PersonRow>>(Shanghai, Somebody, db => db.Set<PersonRow>().AsNoTracking().Where(p => p.Id.StartsWith("p0")).ToListAsync(Ct));
        Assert.Equal(Rows, people.Count);
        foreach (var person in people)
        {
            var i = int.Parse(person.Id[1..], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal($"number {i}", vault.Open(person.NumberSealed, PersonFields.Number));
            Assert.Equal($"name {i}", vault.Open(person.NameSealed, PersonFields.Name));
            Assert.Equal(i % 2 == 0 ? "" : $"phone {i}", person.PhoneSealed.Length == 0 ? "" : vault.Open(person.PhoneSealed, PersonFields.Phone));
        }
        foreach (var file in files)
        {
            await using var opened = (await region.Get<IStoredFiles>(Shanghai).Open(file, Ct)).Value;
            Assert.True(opened.Length > 10);
        }
    }

    static async Task<(long Old, long New)> Counts(TwoNodes region)
    {
        region.Get<Keystore>(Shanghai).Refresh();
        var counts = await region.Get<Reseal>(Shanghai).Count(Ct);
        return (counts.Where(c => c.Key == "k1").Sum(c => c.Count), counts.Where(c => c.Key == "k2").Sum(c => c.Count));
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
