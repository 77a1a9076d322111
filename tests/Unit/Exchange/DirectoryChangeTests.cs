using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Exchange;

public sealed class DirectoryChangeTests
{
    const long Now = 1_800_000_000_000;
    const long Day = 24 * 3600 * 1000;

    static readonly DirectoryDocument Four = new("CN-YRD", 7, 0, Now + (3650 * Day),
        [Member("000000", "hub"), Member("310000"), Member("320000"), Member("330000"), Member("340000")], new Quorum(3, []));

    static MemberEntry Member(string division, string role = "government") =>
        new($"CN-YRD/{division}", division, new Words(division, division), $"http://{division}.example", [role], [Key(null)], new MemberLog("o", "v"), null);

    static MemberKey Key(string? use)
    {
        var key = SignatureSuites.EcdsaP256.Generate().Public;
        return new(key.Kid, key.Jwk, key.Suite.Name, 0, Now + (1000 * Day), use);
    }

    [Fact]
    public void A_new_key_comes_beside_the_old_one_which_ends_after_the_overlap()
    {
        var (old, fresh) = (Four.Members[1].Keys[0], Key(null));
        var next = DirectoryChange.ReplaceKey(Four, "CN-YRD/310000", fresh, TimeSpan.FromDays(7), Now).Value;

        Assert.Equal(8, next.Version);
        Assert.Equal([old with { NotAfter = Now + (7 * Day) }, fresh], next.Members[1].Keys);
        // Both may sign what comes next; the member still counts once, by the rule of the signatures.
        Assert.Equal(5, next.Quorum.Kids.Count);
        Assert.Equal(3, next.Quorum.K);
        Assert.Equal(2, DirectoryDifferences.Between(Four with { Quorum = next.Quorum }, next).Count);
    }

    [Fact]
    public void Whatever_changes_in_the_last_year_of_a_directory_gives_it_time()
    {
        Assert.Equal(Four.ValidUntil, DirectoryChange.Remove(Four, "CN-YRD/310000", Now).Value.ValidUntil);
        Assert.True(DirectoryChange.Remove(Four with { ValidUntil = Now + Day }, "CN-YRD/310000", Now).Value.ValidUntil > Now + (3000 * Day));
    }

    [Fact]
    public void A_key_in_wrong_hands_ends_at_once_and_signs_no_directory_any_more()
    {
        var old = Four.Members[1].Keys[0];
        var next = DirectoryChange.ReplaceKey(Four, "CN-YRD/310000", Key(null), TimeSpan.Zero, Now).Value;

        Assert.False(next.Members[1].Keys[0].IsInForce(Now));
        Assert.DoesNotContain(old.Kid, next.Quorum.Kids);
    }

    [Theory]
    [InlineData("0001-01-01", false)]
    [InlineData("1999-12-31", false)]
    [InlineData("2026-11-22", true)]
    public void A_key_is_distrusted_from_a_day_on_which_it_can_have_been_there(string day, bool taken) => Assert.Equal(taken, DistrustKey.Moment(day).Ok);

    [Fact]
    public void A_stolen_key_is_distrusted_from_an_instant_that_moves_back_only()
    {
        var key = Four.Members[1].Keys[0];
        var next = DirectoryChange.Distrust(Four, key.Kid, Now - Day, Now).Value;
        var marked = next.Members[1].Keys[0];

        Assert.Equal((Now - Day, Now - Day), (marked.DistrustedFrom, marked.NotAfter));
        Assert.Equal((true, false, false), (marked.IsInForce(Now - Day - 1), marked.IsInForce(Now - Day), marked.IsInForce(Now)));
        Assert.Equal((true, false, false), (marked.Vouches(Now - Day - 1), marked.Vouches(Now - Day), marked.Vouches(null)));
        Assert.DoesNotContain(key.Kid, next.Quorum.Kids);
        // What is to be signed says so, and nothing else.
        var told = Assert.Single(DirectoryDifferences.Between(Four with { Quorum = next.Quorum }, next));
        Assert.Contains("distrusted from", told.En, StringComparison.Ordinal);
        Assert.Contains("Beware", DirectoryDifferences.Between(next, Four with { Version = 9 })[0].En, StringComparison.Ordinal);

        Assert.Equal("directory.distrusted-already", DirectoryChange.Distrust(next, key.Kid, Now, Now).Error?.Code);
        Assert.Equal(Now - (2 * Day), DirectoryChange.Distrust(next, key.Kid, Now - (2 * Day), Now).Value.Members[1].Keys[0].DistrustedFrom);
        Assert.Equal("directory.distrust-later", DirectoryChange.Distrust(Four, key.Kid, Now + 1, Now).Error?.Code);
        Assert.Equal("directory.no-such-key", DirectoryChange.Distrust(Four, "x", Now, Now).Error?.Code);
        Assert.Equal("directory.hub-needs-key", DirectoryChange.Distrust(Four, Four.Members[0].Keys[0].Kid, Now, Now).Error?.Code);
    }

    [Fact]
    public void A_log_that_seals_answers_or_signs_in_SM2_is_told_in_words_and_changes_nothing_else()
    {
        const string node = "CN-YRD/310000";
        var log = new MemberLog(node + "/log", NoteKey.Of(node + "/log", SignatureSuites.Ed25519.Generate().Public).Text);
        var before = Four with { Members = [.. Four.Members.Select(m => m.NodeId == node ? m with { Log = log } : m)] };
        var sealing = DirectoryChange.Seal(before, node, true, null, Now).Value;
        Assert.Contains("sealed by its log", Told(before, sealing), StringComparison.Ordinal);
        var sm2 = SignatureSuites.Sm2.Generate().Public;
        var second = DirectoryChange.Seal(sealing, node, true, sm2, Now).Value;
        Assert.Contains("second signature in SM2", Told(sealing, second), StringComparison.Ordinal);
        Assert.Equal(log with { Seals = true, Sm2 = NoteKey.Of(log.Origin, sm2, NoteKeyKind.Sm2).Text }, second.Members.Single(m => m.NodeId == node).Log);
        var signing = DirectoryChange.Seal(second, node, false, null, Now).Value;
        Assert.Contains("signed one by one again", Told(second, signing), StringComparison.Ordinal);
        Assert.Contains("Beware", Told(second, before with { Quorum = second.Quorum, Members = [.. before.Members.Select(m => m.NodeId == node ? m with { Log = log with { Seals = true } } : m)] }), StringComparison.Ordinal);
        // A log of another name or key beside it is no such change.
        Assert.Contains("Something else", Told(before with { Quorum = sealing.Quorum }, sealing with { Members = [.. sealing.Members.Select(m => m.NodeId == node ? m with { Log = m.Log! with { VKey = "x" } } : m)] }), StringComparison.Ordinal);

        Assert.Equal("directory.log-already", DirectoryChange.Seal(signing, node, false, null, Now).Error?.Code);
        Assert.Equal("directory.not-a-member", DirectoryChange.Seal(Four, "CN-YRD/350000", true, null, Now).Error?.Code);

        static string Told(DirectoryDocument before, DirectoryDocument after) => Assert.Single(DirectoryDifferences.Between(before with { Quorum = after.Quorum }, after)).En;
    }

    [Fact]
    public void A_key_for_messages_leaves_the_others_and_signs_no_directory()
    {
        var fresh = Key(MemberKey.ForMessages);
        var next = DirectoryChange.ReplaceKey(Four, "CN-YRD/310000", fresh, TimeSpan.Zero, Now).Value;

        Assert.Equal([Four.Members[1].Keys[0], fresh], next.Members[1].Keys);
        Assert.DoesNotContain(fresh.Kid, next.Quorum.Kids);
    }

    [Fact]
    public void Members_come_and_go_and_the_majority_with_them()
    {
        var five = DirectoryChange.Admit(Four, Member("350000"), Now).Value;
        Assert.Equal(3, five.Quorum.K);
        Assert.Equal(4, DirectoryChange.Admit(five, Member("360000"), Now).Value.Quorum.K);
        var three = DirectoryChange.Remove(Four, "CN-YRD/340000", Now).Value;
        Assert.Equal((2, 3), (three.Quorum.K, three.Quorum.Kids.Count));

        Assert.Equal("directory.member-already", DirectoryChange.Admit(Four, Member("310000"), Now).Error?.Code);
        Assert.Equal("directory.key-of-another", DirectoryChange.Admit(Four, Member("350000") with { Keys = Four.Members[1].Keys }, Now).Error?.Code);
        Assert.Equal("directory.not-a-member", DirectoryChange.Remove(Four, "CN-YRD/350000", Now).Error?.Code);
        Assert.Equal("directory.hub-stays", DirectoryChange.Remove(Four, "CN-YRD/000000", Now).Error?.Code);
        Assert.Equal("directory.key-already", DirectoryChange.ReplaceKey(Four, "CN-YRD/310000", Four.Members[2].Keys[0], TimeSpan.Zero, Now).Error?.Code);
        var two = DirectoryChange.Remove(three, "CN-YRD/330000", Now).Value;
        Assert.Equal("directory.too-few", DirectoryChange.Remove(two, "CN-YRD/320000", Now).Error?.Code);
    }

    /// <summary>Each thing a proposal could change, made by hand as a member would that hides something.</summary>
    public static TheoryData<string> Hidden => ["endpoint", "role", "name", "log", "witness", "division", "key removed", "key's end", "key's use", "key's beginning", "key added", "quorum kids", "quorum k", "validity", "region", "member added", "member removed"];

    [Theory, MemberData(nameof(Hidden))]
    public void Nothing_changes_unseen(string what)
    {
        var before = DirectoryChange.ReplaceKey(Four, "CN-YRD/320000", Key(null), TimeSpan.FromDays(1), Now).Value;
        var member = before.Members[1];
        var key = member.Keys[0];
        DirectoryDocument With(MemberEntry changed) => before with { Members = [.. before.Members.Select(m => m.NodeId == member.NodeId ? changed : m)] };
        var after = what switch
        {
            "endpoint" => With(member with { Endpoint = "http://elsewhere.example" }),
            "role" => With(member with { Roles = ["government", "witness"] }),
            "name" => With(member with { Name = new Words("别名", "Alias") }),
            "log" => With(member with { Log = new MemberLog("o", "other") }),
            "witness" => With(member with { Witness = "w" }),
            "division" => With(member with { Division = "320000" }),
            "key removed" => With(member with { Keys = [] }),
            "key's end" => With(member with { Keys = [key with { NotAfter = key.NotAfter + 1 }] }),
            "key's use" => With(member with { Keys = [key with { Use = MemberKey.ForMessages }] }),
            "key's beginning" => With(member with { Keys = [key with { NotBefore = 1 }] }),
            "key added" => With(member with { Keys = [key, Key(null)] }),
            "quorum kids" => before with { Quorum = before.Quorum with { Kids = [.. before.Quorum.Kids.Skip(1)] } },
            "quorum k" => before with { Quorum = before.Quorum with { K = 1 } },
            "validity" => before with { ValidUntil = before.ValidUntil + 1 },
            "region" => before with { Region = "CN-PRD" },
            "member added" => before with { Members = [.. before.Members, Member("350000")] },
            _ => before with { Members = [.. before.Members.Skip(2)] },
        };
        Assert.Empty(DirectoryDifferences.Between(before, before));
        Assert.NotEmpty(DirectoryDifferences.Between(before, after));
    }
}
