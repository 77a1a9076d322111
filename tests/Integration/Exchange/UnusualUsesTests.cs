using Tongban.Exchange;
using Tongban.Kernel;
using Xunit;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>Each reason for which a use of a person's data is shown first stands beside it, and nothing else does.</summary>
public class UnusualUsesTests
{
    static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.FromHours(8));

    static readonly HashSet<string> Own = ["D1"];

    static DataUse Exchange(DateTimeOffset at, string matter = "D1", string consumer = "CN-YRD/310000", string outcome = "answered") => Use(new LeafFacts(
        "CN-YRD/340000", at.ToUnixTimeSeconds(), at.ToUnixTimeMilliseconds(), ExchangeLeaf.Provided, "", $"x{at.Ticks}", consumer, "CN-YRD/340000", "340000-civil", "civil.marriage", [], "p", matter, "a", null, "legal", outcome, null, null, null, null));

    static DataUse Read(DateTimeOffset at, string matter = "D1", string department = "340000-civil", int times = 1) => Use(new LeafFacts(
        "CN-YRD/340000", at.ToUnixTimeSeconds(), at.ToUnixTimeMilliseconds(), ExchangeLeaf.StaffRead, "", "", "", "", department, "", [], "p", matter, "", null, "", "", null, null, new Words("办件", "A case"), null), times);

    static DataUse Use(LeafFacts facts, int times = 1) => new(facts, times, [], []);

    static IReadOnlyList<Words> Why(DataUse use, params DataUse[] before) => UnusualUses.Judge([use, .. before], Own, whole: true)[0].Unusual;

    [Fact]
    public void Own_matters_by_day_are_as_expected() => Assert.Empty(UnusualUses.Judge([Read(Noon), Exchange(Noon.AddHours(-1)), Exchange(Noon.AddHours(-13))], Own, whole: true).SelectMany(u => u.Unusual));

    [Fact]
    public void Each_reason_is_said()
    {
        Assert.Equal([UnusualUses.Refused], Why(Exchange(Noon, outcome: "refused")));
        Assert.Equal([UnusualUses.NoMatter], Why(Exchange(Noon, matter: "")));
        Assert.Equal([UnusualUses.NotYours], Why(Exchange(Noon, matter: "D9")));
        Assert.Equal([UnusualUses.StaffAtNight], Why(Read(Noon.AddHours(9))));
        Assert.Equal([UnusualUses.NotYours, UnusualUses.AtNight], Why(Exchange(Noon.AddHours(18), matter: "D9")));
        Assert.Equal([UnusualUses.Often], Why(Read(Noon, times: 21)));
        Assert.Empty(Why(Read(Noon, times: 20)));
    }

    [Fact]
    public void The_first_use_by_somebody_new_is_said_once_others_were_there_and_only_when_all_is_known()
    {
        var earlier = Exchange(Noon.AddDays(-9));
        Assert.Equal([UnusualUses.NotYours, UnusualUses.First], Why(Exchange(Noon, matter: "D9", consumer: "CN-YRD/320000"), earlier));
        Assert.Equal([UnusualUses.NotYours], Why(Exchange(Noon, matter: "D9", consumer: "CN-YRD/320000"), Exchange(Noon.AddDays(-2), matter: "D9", consumer: "CN-YRD/320000"), earlier));
        Assert.Equal([UnusualUses.NotYours], Why(Exchange(Noon, matter: "D9", consumer: "CN-YRD/320000")));
        Assert.Equal([UnusualUses.NotYours], UnusualUses.Judge([Exchange(Noon, matter: "D9", consumer: "CN-YRD/320000"), earlier], Own, whole: false)[0].Unusual);
        // For one's own matter somebody new is what one asked for.
        Assert.Empty(Why(Read(Noon, department: "340000-police"), earlier));
    }

    [Fact]
    public void Ten_exchanges_within_an_hour_are_many_and_nine_or_a_longer_time_are_not()
    {
        List<DataUse> Every(int minutes, int count) => [.. Enumerable.Range(0, count).Select(i => Exchange(Noon.AddMinutes(-i * minutes)))];
        Assert.All(UnusualUses.Judge(Every(6, 10), Own, true), u => Assert.Equal([UnusualUses.Often], u.Unusual));
        Assert.All(UnusualUses.Judge(Every(6, 9), Own, true), u => Assert.Empty(u.Unusual));
        Assert.All(UnusualUses.Judge(Every(7, 10), Own, true), u => Assert.Empty(u.Unusual));
    }
}
