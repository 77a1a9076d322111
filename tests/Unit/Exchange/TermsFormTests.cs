using Microsoft.AspNetCore.Http;
using Tongban.Exchange;
using Tongban.Kernel;

namespace Tongban.Tests.Unit.Exchange;

public sealed class TermsFormTests
{
    static readonly ResourceOffer Offer = new("civil.marriage", 1, new("婚姻", "Marriage"), new("摘要", "Summary"), "340000-civil", new("民政", "Civil"), [], "conditional", "daily", [],
        [new("state", new("状态", "State"), "text", 2, true)]);

    static readonly AgreementTerms Standing = new("ag", "CN-YRD/340000", "CN-YRD/310000", "civil.marriage", 1, ["state"], ["300011001001"], true,
        new AgreementBasis(AgreementBasis.Consent, new Words("同意", "consent")), 0, 0, 5);

    [Theory]
    [InlineData("9999-12-31", false)]
    [InlineData("0001-01-01", false)]
    [InlineData("2055-01-01", true)]
    public void An_end_so_far_away_that_no_clock_tells_it_is_refused_in_words(string until, bool taken)
    {
        var form = new FormCollection(new() { ["fields"] = "state", ["purposes"] = "300011001001", ["quota"] = "5", ["basis"] = "consent", ["basisZh"] = "同意", ["basisEn"] = "consent", ["until"] = until });
        var read = TermsForm.Read(form, Offer, Standing, TimeProvider.System);
        Assert.Equal((taken, taken ? null : "until"), (read.Ok, read.Error?.Where));
    }
}
