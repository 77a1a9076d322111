using Tongban.Contracts.Notices;
using Tongban.Notices;

namespace Tongban.Tests.Unit.Notices;

/// <summary>Document numbers in the form of GB/T 9704.</summary>
public sealed class DocumentNumberTests
{
    [Theory]
    [InlineData("340000", "340000-medical", NoticeKind.Accepted, 2026, 123, "皖医保受〔2026〕000123号")]
    [InlineData("310104", "310000-police", NoticeKind.NotAccepted, 2027, 1, "沪公不受〔2027〕000001号")]
    public void A_number_names_province_body_kind_and_year(string division, string department, NoticeKind kind, int year, long number, string expected) =>
        Assert.Equal(expected, DocumentNumber.Of(division, department, kind, year, number));

    /// <summary>Two bodies whose word is the same share a run: they never print one number twice.</summary>
    [Fact]
    public void Two_departments_print_the_same_number_only_if_they_share_the_run()
    {
        string[] departments = ["340000-medical", "340100-medical", "340000-police", "340000-archive", "340000-museum"];
        var pairs = from a in departments from b in departments from kind in Enum.GetValues<NoticeKind>() from other in Enum.GetValues<NoticeKind>() select (a, b, kind, other);
        foreach (var (a, b, kind, other) in pairs)
        {
            var same = DocumentNumber.Of("340000", a, kind, 2026, 7) == DocumentNumber.Of("340000", b, other, 2026, 7);
            Assert.Equal(same, DocumentNumber.Run("340000", a, kind, 2026) == DocumentNumber.Run("340000", b, other, 2026));
        }
    }

    [Fact]
    public void A_new_year_is_a_new_run() =>
        Assert.NotEqual(DocumentNumber.Run("340000", "340000-medical", NoticeKind.Accepted, 2026), DocumentNumber.Run("340000", "340000-medical", NoticeKind.Accepted, 2027));
}
