using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Registry;
using Tongban.Registry.Departments;
using Tongban.Tests.Support;
using Xunit;

namespace Tongban.Tests.Integration.Registry;

/// <summary>An effect through the real outbox into a generated department and back.</summary>
public sealed class EffectTests : IAsyncLifetime
{
    const string Retiree = "34089919570618905X";

    readonly string nodes = Directory.CreateTempSubdirectory("tongban-effects-").FullName;
    readonly TestDatabase database = TestDatabase.Sqlite();
    readonly Answers answers = new();
    IHost anhui = null!;

    static readonly string Data = Path.Combine(ProjectRoot.Path, "data");

    public async ValueTask InitializeAsync()
    {
        Assert.True((await RegistryModule.GenerateSample(Data, nodes, new RegistryModule.SampleOptions(9, 20))).Ok);
        var host = Host.CreateApplicationBuilder();
        host.Logging.SetMinimumLevel(LogLevel.Critical);
        host.Services.AddSingleton(TimeProvider.System);
        host.Services.AddSingleton<IPayloadSeal, Unsealed>();
        host.Services.AddSingleton(new NodeIdentity(
            "CN-YRD/340000", "340000", new Words("安徽省", "Anhui"), false, "http://127.0.0.1:0", "http://127.0.0.1:0", Path.Combine(nodes, "340000"), Data, true));
        host.Services.AddSingleton(answers);
        host.Services.AddNodeDb(database.Options, typeof(EffectTests).Assembly.GetName().Name!);
        host.Services.AddKernel();
        host.Services.AddRegistry();
        host.Services.AddHandler<EffectApplied, KeepAnswer>();
        anhui = host.Build();
        await using (var scope = anhui.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<NodeDb>().Database.EnsureCreatedAsync();
        await anhui.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await anhui.StopAsync();
        anhui.Dispose();
        await database.DisposeAsync();
        Directory.Delete(nodes, recursive: true);
    }

    static EffectDue Filing(string caseNumber, string department = "340000-medical") => new(
        caseNumber, "decision", "offsite-medical-filing", department, new Person(Retiree, "", "", "340803"),
        new Dictionary<string, string> { ["treatmentDivision"] = "310000", ["filingKind"] = "retired" }, new Dictionary<string, string>());

    async Task Publish(EffectDue due)
    {
        await using var scope = anhui.Services.AsNode("test");
        scope.ServiceProvider.GetRequiredService<Outbox>().Publish(due);
        await scope.ServiceProvider.GetRequiredService<NodeDb>().SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    long Filings()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(nodes, "340000", "departments", "medical.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM yidi_beian WHERE sfzh = '{Retiree}'";
        return (long)command.ExecuteScalar()!;
    }

    [Fact]
    public async Task An_effect_changes_the_department_once_and_is_answered()
    {
        await Publish(Filing("CASE-1"));
        var first = await answers.Next();
        Assert.True(first.Applied, first.Reason);
        Assert.Equal("异地安置退休人员", first.Data["filingKind"]);

        // Asked again, as after a crash between the department's commit and the node's.
        await Publish(Filing("CASE-1"));
        var again = await answers.Next();
        Assert.Equal(first.Data["filingNumber"], again.Data["filingNumber"]);
        Assert.Equal(1, Filings());
    }

    [Fact]
    public async Task A_refusal_is_answered_with_its_reason()
    {
        await Publish(Filing("CASE-2", "310000-medical"));
        var answer = await answers.Next();
        Assert.False(answer.Applied);
        Assert.Contains("不属于本节点", answer.Reason, StringComparison.Ordinal);
        Assert.Equal(0, Filings());
    }

    [Fact]
    public async Task Another_node_cannot_cause_an_effect()
    {
        await using var scope = anhui.Services.CreateAsyncScope();
        var handler = scope.ServiceProvider.GetRequiredService<CarryOutEffect>();
        await handler.Handle(Filing("CASE-3"), new EventContext("e", "CN-YRD/310000", DateTimeOffset.UnixEpoch), TestContext.Current.CancellationToken);
        Assert.Equal(0, Filings());
        Assert.False(scope.ServiceProvider.GetRequiredService<NodeDb>().ChangeTracker.HasChanges());
    }

    [Fact]
    public async Task A_department_that_cannot_be_reached_is_tried_again()
    {
        var medical = Path.Combine(nodes, "340000", "departments", "medical.db");
        File.Move(medical, medical + ".away");
        await Publish(Filing("CASE-4"));
        await using (var scope = anhui.Services.CreateAsyncScope())
        {
            var handler = scope.ServiceProvider.GetRequiredService<CarryOutEffect>();
            await Assert.ThrowsAsync<DepartmentUnreachableException>(() =>
                handler.Handle(Filing("CASE-5"), new EventContext("e", null, DateTimeOffset.UnixEpoch), TestContext.Current.CancellationToken));
        }
        File.Move(medical + ".away", medical);
        Assert.True((await answers.Next()).Applied);
        Assert.Equal(1, Filings());
    }

    sealed class Answers
    {
        readonly System.Threading.Channels.Channel<EffectApplied> arrived = System.Threading.Channels.Channel.CreateUnbounded<EffectApplied>();

        public void Add(EffectApplied answer) => Assert.True(arrived.Writer.TryWrite(answer));

        public async Task<EffectApplied> Next() => await arrived.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    sealed class KeepAnswer(Answers answers) : IHandle<EffectApplied>
    {
        public Task Handle(EffectApplied e, EventContext context, CancellationToken ct)
        {
            answers.Add(e);
            return Task.CompletedTask;
        }
    }

    sealed class Unsealed : IPayloadSeal
    {
        public string Seal(string payload) => payload;

        public string Open(string stored) => stored;
    }
}
