using Tongban.Contracts.Exchange;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

public class QueryTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_query_with_consent_is_answered_logged_on_both_sides_and_proved_offline()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);

        var answer = await region.Ask(Question(consent));

        Assert.True(answer.Ok, answer.Error?.DetailEn);
        var row = Assert.Single(answer.Value.Rows);
        Assert.Equal(["registerNumber", "registeredOn"], row.Keys);
        Assert.Equal("J340199-2015-000001", row["registerNumber"]);
        Assert.Equal("340000-civil", answer.Value.Department);

        var obtained = await region.Get<TransparencyLog>(Shanghai).Leaves(answer.Value.ConsumerLogIndex, 1, Ct);
        var provided = await region.Get<TransparencyLog>(Anhui).Leaves(answer.Value.ProviderLogIndex, 1, Ct);
        foreach (var leaf in new[] { obtained[0], provided[0] })
        {
            var text = System.Text.Encoding.UTF8.GetString(leaf.Data);
            Assert.Contains(answer.Value.ExchangeId, text);
            Assert.DoesNotContain(Husband, text);
            Assert.DoesNotContain("J340199", text);
        }

        var receipt = Receipt.Parse((await region.Get<IExchange>(Anhui).Receipt(answer.Value.ExchangeId, Ct)).Value).Value;
        var verdict = ReceiptVerifier.Verify(receipt, [region.Get<TransparencyLog>(Anhui).Key], [], 0);
        Assert.True(verdict.Holds, string.Join("; ", verdict.Steps.Select(s => s.Words.En)));
    }

    [Fact]
    public async Task A_node_asks_itself_by_the_same_checks_and_the_same_log()
    {
        await using var region = await TwoNodes.Start();
        var request = new ConsentRequest("subject-2", Husband, Item, new Words("户口迁移", "Household move"), "D1", Anhui,
            [new ConsentSource(Anhui, Marriage, ["registerNumber"])], 2, TimeSpan.FromHours(1));
        var consent = await region.As<IConsents, Result<ConsentGiven>>(Anhui, Actor.Node("test"), c => c.Attest(request, Ct));

        var without = await region.Get<IExchange>(Anhui).Query(Question(null, "registerNumber"), Ct);
        var with = await region.Get<IExchange>(Anhui).Query(Question(consent.Value.ConsentId, "registerNumber"), Ct);

        Assert.Equal("consent.missing", without.Error?.Code);
        Assert.True(with.Ok, with.Error?.DetailEn);
        Assert.Single(with.Value.Rows);
        // The refusal, the answer, and what was obtained.
        Assert.Equal(3, region.Get<TransparencyLog>(Anhui).Size);
    }

    [Fact]
    public async Task Without_word_from_the_hub_for_a_day_queries_are_paused()
    {
        await using var region = await TwoNodes.Start();
        region.Clock.Ahead = TimeSpan.FromHours(25);

        Assert.Equal("directory.stale", (await region.Ask(Question(null))).Error?.Code);
    }

    [Fact]
    public async Task A_node_that_is_away_is_said_to_be_and_nothing_is_logged()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);
        await region.Stop(Anhui);

        var answer = await region.Ask(Question(consent));

        Assert.Equal(ErrorKind.Unavailable, answer.Error?.Kind);
        Assert.Equal("peer.unreachable", answer.Error?.Code);
        Assert.NotNull(answer.Error?.Todo);
        Assert.Equal(0, region.Get<TransparencyLog>(Shanghai).Size);
    }

    /// <summary>One region for all: starting one costs seconds, asking costs nothing.</summary>
    [Fact]
    public async Task A_query_beyond_what_was_agreed_is_refused_with_its_reason()
    {
        await using var region = await TwoNodes.Start();
        var consent = await region.Consent(Husband);
        var good = Question(consent);
        (string Beyond, ExchangeQuestion Question, string Code, TimeSpan Later)[] beyond =
        [
            ("fields", good with { Fields = ["salary"] }, "agreement.field-not-covered", TimeSpan.Zero),
            ("purpose", good with { Purpose = "999999999999" }, "agreement.purpose-not-covered", TimeSpan.Zero),
            ("case", good with { CaseReference = "" }, "agreement.case-reference-required", TimeSpan.Zero),
            ("consent", good with { ConsentId = null }, "consent.missing", TimeSpan.Zero),
            ("a consent nobody gave", good with { ConsentId = "none" }, "consent.missing", TimeSpan.Zero),
            ("consent's fields", good with { Fields = ["husbandName"] }, "consent.field", TimeSpan.Zero),
            ("consent's case", good with { CaseReference = "D2" }, "consent.case", TimeSpan.Zero),
            ("consent's holder", Question(await region.Consent(Wife)), "consent.holder", TimeSpan.Zero),
            ("consent's period", good, "consent.expired", TimeSpan.FromMinutes(90)),
            ("agreement's period", good, "agreement.expired", TimeSpan.FromHours(3)),
        ];
        foreach (var (what, question, code, later) in beyond)
        {
            region.Clock.Ahead = later;
            var refused = await region.Ask(question);
            Assert.True(code == refused.Error?.Code, $"{what}: {refused.Error?.Code}");
            Assert.NotNull(refused.Error!.Todo);
        }
        region.Clock.Ahead = TimeSpan.Zero;
        Assert.True((await region.Ask(good)).Ok);
    }
}
