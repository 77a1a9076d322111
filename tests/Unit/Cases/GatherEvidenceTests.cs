using Tongban.Cases.Filings;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Unit.Cases;

public class GatherEvidenceTests
{
    static Words W(string text) => new(text, text);

    static EvidenceFound Found(FindingState state, string? why = null) => new(
        "identity", state, state == FindingState.Found ? new EvidenceUsed("identity", "x1", "CN-YRD/340000", W("公安"), "r", W("身份"), 1, [], new Dictionary<string, Words>(), "c1", 1, 2) : null, null, null, why is null ? null : W(why), PersonSays.Use, 1);

    [Fact]
    public void A_periodic_consent_is_offered_where_every_source_that_needs_one_may_be_asked_again()
    {
        static EvidencePlan Of(bool consent, bool repeats) => new(null!, new EvidenceSource("t", "CN-YRD/340000", "d", W("公安"), "r", W("身份"), [], [], "a", consent) { MayRepeat = repeats }, null, null);
        Assert.False(GatherEvidence.MayRepeat([]));
        Assert.False(GatherEvidence.MayRepeat([Of(false, true), new EvidencePlan(null!, null, null, null)]));
        Assert.True(GatherEvidence.MayRepeat([Of(true, true), Of(false, false)]));
        Assert.False(GatherEvidence.MayRepeat([Of(true, true), Of(true, false)]));
    }

    [Fact]
    public void What_does_not_come_anew_stays_and_says_why()
    {
        EvidenceFound Renewed(EvidenceFound before, EvidenceFound now) => GatherEvidence.Renewed(new Dictionary<string, EvidenceFound> { ["identity"] = before }, new Dictionary<string, EvidenceFound> { ["identity"] = now })["identity"];
        var (found, away) = (Found(FindingState.Found), Found(FindingState.Unreachable, "不通"));
        Assert.Equal(("这次没有更新：不通", found.Evidence), (Renewed(found, away).Why?.Zh, Renewed(found, away).Evidence));
        Assert.Equal(FindingState.Absent, Renewed(found, Found(FindingState.Absent)).State);
        Assert.Equal(away, Renewed(Found(FindingState.Absent), away));
        Assert.Null(Renewed(Found(FindingState.Found, "旧"), found).Why);
    }
}
