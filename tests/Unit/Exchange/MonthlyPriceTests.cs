using Tongban.Exchange;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Unit.Exchange;

public sealed class MonthlyPriceTests
{
    static readonly DateOnly November = new(2026, 11, 1);

    /// <summary>Midnight in the region.</summary>
    static long Day(int month, int day) => new DateTimeOffset(2026, month, day, 0, 0, 0, TimeSpan.FromHours(8)).ToUnixTimeMilliseconds();

    static readonly PurposeUse[] Uses = [new("b", 1, 100), new("a", 1, 100), new("c", 1, 101)];

    [Fact]
    public void The_parts_of_a_month_add_up_to_it_and_of_equal_remainders_the_first_gets_the_fen()
    {
        var statement = MonthlyPrice.Of(new(PricePlan.Row, 10, 3), Uses, November, Day(1, 1), Day(12, 31));

        // 301 rows at 10 fen for three: 1,003.33 fen.
        Assert.Equal((301, 1003), (statement.Units, statement.Fen));
        Assert.Equal([("a", 333L), ("b", 333L), ("c", 337L)], statement.Lines.Select(l => (l.Purpose, l.Fen)));
        Assert.Equal([1L, 1L, 0L, 0L], MonthlyPrice.Shares(2, [5, 5, 5, 5]));
        Assert.Equal([7L, 0L], MonthlyPrice.Shares(7, [0, 0]));
    }

    [Fact]
    public void A_query_costs_what_was_agreed()
    {
        var statement = MonthlyPrice.Of(new(PricePlan.Call, 150), Uses, November, Day(1, 1), Day(12, 31));
        Assert.Equal((3, 450), (statement.Units, statement.Fen));
        Assert.All(statement.Lines, l => Assert.Equal(150, l.Fen));
    }

    [Theory]
    [InlineData(1, 1, 12, 31, 30, 10_000)]
    [InlineData(11, 21, 12, 31, 10, 3_333)]
    [InlineData(1, 1, 11, 2, 1, 333)]
    [InlineData(12, 1, 12, 31, 0, 0)]
    [InlineData(1, 1, 11, 1, 0, 0)]
    public void A_month_that_is_not_whole_costs_by_the_day(int fromMonth, int fromDay, int untilMonth, int untilDay, long days, long fen)
    {
        var statement = MonthlyPrice.Of(new(PricePlan.Month, 10_000), Uses, November, Day(fromMonth, fromDay), Day(untilMonth, untilDay));
        Assert.Equal((days, fen), (statement.Units, statement.Fen));
        Assert.Equal(fen, statement.Lines.Sum(l => l.Fen));
    }

    [Fact]
    public void Shares_of_random_totals_add_up_and_are_never_a_fen_off_what_is_exact()
    {
        var random = new Random(7);
        for (var round = 0; round < 2_000; round++)
        {
            var weights = Enumerable.Range(0, random.Next(1, 8)).Select(_ => (long)random.Next(0, 50)).ToList();
            var total = random.NextInt64(0, 1_000_000_000);
            var shares = MonthlyPrice.Shares(total, weights);
            Assert.Equal(total, shares.Sum());
            if (weights.Sum() is > 0 and var all)
                Assert.All(shares.Zip(weights), p => Assert.True(Math.Abs(p.First - ((decimal)total * p.Second / all)) < 1));
        }
    }

    [Fact]
    public void Governance_and_public_interest_pay_nothing()
    {
        var terms = new AgreementTerms("a", "p", "c", "r", 1, ["f"], ["*"], false, new AgreementBasis(AgreementBasis.Legal, new Words("法", "law")), 0, 1, 1, FenPerCall: 5);
        Assert.Null(UseClass.Refuses(terms));
        Assert.Null(UseClass.Refuses(terms with { UseClass = UseClass.Industry }));
        foreach (var free in new[] { UseClass.Governance, UseClass.PublicInterest })
        {
            Assert.Equal("price.only-industry", UseClass.Refuses(terms with { UseClass = free })?.Code);
            Assert.Null(UseClass.Refuses(terms with { UseClass = free, FenPerCall = null }));
        }
        Assert.Null(PricePlan.Of(PricePlan.Month, 5, 2));
        Assert.NotNull(PricePlan.Of(PricePlan.Row, 5, 1000));
    }

    [Fact]
    public void A_price_needs_an_operator_processing_a_processor_and_another_holder_hands_nothing_out()
    {
        var terms = new AgreementTerms("a", "p", "c", "r", 1, ["f"], ["*"], false, new AgreementBasis(AgreementBasis.Legal, new Words("法", "law")), 0, 1, 1);
        static DataRight Right(string kind, string party, long from = 0, long until = 100) => new(kind, party, from, until);
        string? Code(AgreementTerms of, long now, params DataRight[] rights) => DataRights.Refuses(of, rights, now)?.Code;

        Assert.Null(Code(terms, 50));
        Assert.Equal("rights.no-operation", Code(terms with { FenPerCall = 5 }, 50));
        Assert.Equal("rights.no-operation", Code(terms with { FenPerCall = 5 }, 50, Right(DataRights.Operator, "c"), Right(DataRights.Holder, "p")));
        Assert.Null(Code(terms with { FenPerCall = 5 }, 50, Right(DataRights.Operator, "p")));
        Assert.Equal("rights.no-operation", Code(terms with { FenPerCall = 5 }, 100, Right(DataRights.Operator, "p")));
        Assert.Equal("rights.no-processing", Code(terms with { Processing = true }, 50, Right(DataRights.Processor, "p")));
        Assert.Null(Code(terms with { Processing = true }, 50, Right(DataRights.Processor, "c")));
        Assert.Equal("rights.not-holder", Code(terms, 50, Right(DataRights.Holder, "x")));
        Assert.Null(Code(terms, 50, Right(DataRights.Holder, "x"), Right(DataRights.Operator, "p")));
        Assert.Null(Code(terms, 100, Right(DataRights.Holder, "x")));
    }
}
