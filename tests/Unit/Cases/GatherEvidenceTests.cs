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
        static EvidenceFound Renewed(EvidenceFound? before, EvidenceFound now, bool samePerson = true) => GatherEvidence.Renewed(before, now, samePerson);
        var (found, away) = (Found(FindingState.Found), Found(FindingState.Unreachable, "不通"));
        Assert.Equal(("这次没有更新：不通", found.Evidence), (Renewed(found, away).Why?.Zh, Renewed(found, away).Evidence));
        Assert.Equal(FindingState.Absent, Renewed(found, Found(FindingState.Absent)).State);
        Assert.Equal(away, Renewed(Found(FindingState.Absent), away));
        Assert.Null(Renewed(Found(FindingState.Found, "旧"), found).Why);
        // About somebody who is no longer meant: not kept.
        Assert.Equal(away, Renewed(found, away, samePerson: false));
        Assert.Equal(found, Renewed(null, found));
    }

    [Fact]
    public void What_the_person_said_of_a_fact_stays_when_it_comes_anew()
    {
        var (found, absent) = (Found(FindingState.Found), Found(FindingState.Absent) with { Says = PersonSays.BringOwn });
        foreach (var said in new[] { PersonSays.Incorrect, PersonSays.BringOwn })
        {
            Assert.Equal(said, GatherEvidence.Renewed(found with { Says = said }, found, true).Says);
            Assert.Equal(said, GatherEvidence.Renewed(Found(FindingState.Held) with { Says = said }, found, true).Says);
        }
        // It was said of another person's fact, or nothing was there to say it of.
        Assert.Equal(PersonSays.Use, GatherEvidence.Renewed(found with { Says = PersonSays.Incorrect }, found, false).Says);
        Assert.Equal(PersonSays.Use, GatherEvidence.Renewed(absent, found, true).Says);
        Assert.Equal(PersonSays.BringOwn, GatherEvidence.Renewed(found, absent, true).Says);
    }
}
