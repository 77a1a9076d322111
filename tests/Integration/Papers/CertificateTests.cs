using Tongban.Kernel.Access;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Exchange;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Certificates;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Tests.Integration.Cases;
using Tongban.Tests.Support;
using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Integration.Papers;

/// <summary>Room Certificates between two nodes: Anhui issues, Shanghai holds it for the person, everybody can check it.</summary>
public sealed partial class CertificateTests
{
    public static TheoryData<bool> Engines => [false, true];

    static async Task<PapersRegion> Region(bool postgres = false)
    {
        Assert.SkipWhen(postgres && TestDatabase.PostgresServer is null, TestDatabase.NoPostgres);
        return await PapersRegion.Start(postgres);
    }

    /// <summary>Issued and in the person's hands; their certificate file.</summary>
    static async Task<(string Id, string Token)> Issue(PapersRegion region, string number = "340000202611220001", int validMonths = 0)
    {
        await region.Anhui.Publish(region.Approved(number, validMonths: validMonths));
        await region.Settle();
        return await Held(region, number);
    }

    static async Task<(string Id, string Token)> Held(PapersRegion region, string number)
    {
        var held = await region.Shanghai.As(db => db.Set<HeldRow>().SingleAsync(h => h.CaseNumber == number));
        var file = await region.Shanghai.Get(PapersRegion.Wang, $"/my/certificates/{held.Id}/file");
        Assert.Equal(200, file.Status);
        return (held.Id, file.Text);
    }

    static async Task Revoke(PapersRegion region, string caseNumber = "340000202611220001")
    {
        var row = await region.Anhui.As(db => db.Set<Certificate>().SingleAsync(c => c.CaseNumber == caseNumber));
        var done = await region.Anhui.Submit(PapersRegion.Medical, $"/console/certificates/{row.Id}/revoke", ("reason", "备案信息有误"), ("revision", row.Revision.ToString()));
        Assert.Equal(303, done.Status);
        await region.Settle();
    }

    static async Task<(bool Holds, string Said)> Offline(PapersRegion region, string token, bool withStatus = true, DateTimeOffset? at = null)
    {
        var issuers = region.Members.All.ToDictionary(m => m.Endpoint, m => m.DocumentKeys);
        var list = withStatus ? await region.Anhui.Http.GetStringAsync("/status/0", TestContext.Current.CancellationToken) : null;
        var (holds, findings) = CertificatesModule.Verify(token, issuers, list, at ?? region.Clock.GetUtcNow());
        return (holds, string.Join('\n', findings));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_decision_becomes_one_certificate_however_often_it_is_told(bool postgres)
    {
        await using var region = await Region(postgres);
        await region.Anhui.Publish(region.Approved("340000202611220001"), times: 3);
        await region.Settle();
        var issued = await region.Anhui.As(db => db.Set<Certificate>().ToListAsync());
        var certificate = Assert.Single(issued);
        Assert.Equal(CertificateState.Valid, certificate.State);
        Assert.True(CertificateNumber.Parse(certificate.Number).Ok);
        Assert.StartsWith($"1.2.156.3005.2.{PapersRegion.TypeCode}.11340099000000083H.", certificate.Number);
        Assert.Single(await region.Shanghai.As(db => db.Set<HeldRow>().ToListAsync()));
        // The repeats are done with, not tried for ever.
        Assert.Empty(await region.Anhui.As(db => db.Set<OutboxRow>().Where(r => r.DoneAt == null).ToListAsync()));
        // The next one has the next serial: nothing was used up by the repeats.
        await region.Anhui.Publish(region.Approved("340000202611220002"));
        await region.Settle();
        var serials = await region.Anhui.As(db => db.Set<Certificate>().OrderBy(c => c.CaseNumber).Select(c => c.Number).ToListAsync());
        Assert.Equal([1, 2], serials.Select(n => int.Parse(CertificateNumber.Parse(n).Value.Serial[4..])));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Numbers_are_gapless_and_unique_when_decisions_arrive_at_once(bool postgres)
    {
        await using var region = await Region(postgres);
        const int Many = 60;
        for (var i = 0; i < Many; i++)
            await region.Anhui.Publish(region.Approved($"34000020261122{i:D4}", filingNode: "CN-YRD/340000"));
        // As several replicas would.
        var dispatcher = region.Anhui.Services.GetRequiredService<OutboxDispatcher>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 200 && await region.Anhui.As(db => db.Set<OutboxRow>().AnyAsync(r => r.DoneAt == null)); i++)
            {
                if (await dispatcher.DeliverBatch() == 0)
                    await Task.Delay(20);
            }
        })));
        await region.Settle();
        var numbers = await region.Anhui.As(db => db.Set<Certificate>().Select(c => new { c.Number, c.StatusPlace, c.State }).ToListAsync());
        Assert.Equal(Enumerable.Range(1, Many), numbers.Select(n => int.Parse(CertificateNumber.Parse(n.Number).Value.Serial[4..])).Order());
        Assert.Equal(Enumerable.Range(0, Many), numbers.Select(n => (int)n.StatusPlace).Order());
        Assert.All(numbers, n => Assert.Equal(CertificateState.Valid, n.State));
    }

    [Fact]
    public async Task Every_member_recognises_it_and_reads_amounts_in_yuan_and_labels_in_both_languages()
    {
        await using var region = await Region();
        var (_, token) = await Issue(region);
        foreach (var member in new[] { region.Anhui, region.Shanghai })
        {
            var answer = await member.Verify(token);
            Assert.Equal(200, answer.Status);
            Assert.Equal("CN-YRD/340000", answer.Json.GetProperty("issuerNode").GetString());
            var page = await member.Submit("", "/verify", ("token", token));
            Assert.Equal(200, page.Status);
            Assert.Contains("证照真实有效", page.Text);
            Assert.Contains("安徽省", page.Text);
            Assert.Contains("提取金额", page.Text);
            Assert.Contains("¥255,360.50", page.Text);
            Assert.DoesNotContain("25536050", page.Text);
            var english = await member.Submit("", "/verify?lang=en", ("token", token));
            Assert.Contains("Amount withdrawn", english.Text);
            Assert.Contains("Insured at", english.Text);
        }
        var (holds, said) = await Offline(region, token);
        Assert.True(holds, said);
        Assert.Contains("提取金额 / Amount withdrawn: ¥255,360.50", said);
    }

    [Fact]
    public async Task A_claim_says_its_own_unit_in_the_token()
    {
        await using var region = await Region();
        var (_, token) = await Issue(region);
        var claims = SdJwtToken.Disclosures(token).ToDictionary(d => d.Name, d => d.Value!.ToJsonString());
        Assert.Equal("""{"currency":"CNY","value":"255360.50"}""", claims["amount"]);
        Assert.Equal("安徽省", SdJwtToken.Disclosures(token).Single(d => d.Name == "insuredAt").Value!["name"]!.ToString());
    }

    [Fact]
    public async Task Nothing_personal_is_in_the_part_that_is_always_shown()
    {
        await using var region = await Region();
        var (_, token) = await Issue(region);
        var always = SdJwtToken.Peek(token)!.ToJsonString();
        Assert.DoesNotContain(OtherRooms.People["wang"].CitizenId, always);
        Assert.DoesNotContain(OtherRooms.People["wang"].Name, Regex.Unescape(always));
        Assert.DoesNotContain("255360", always);
    }

    [Fact]
    public async Task Revoked_is_told_by_the_status_list_on_every_node_offline_and_to_its_holder()
    {
        await using var region = await Region();
        var (_, other) = await Issue(region, "340000202611220002");
        var (id, token) = await Issue(region);
        Assert.True((await Offline(region, token)).Holds);
        Assert.Equal(200, (await region.Shanghai.Verify(token)).Status);

        await Revoke(region);

        var (holds, said) = await Offline(region, token);
        Assert.False(holds);
        Assert.Contains("✗ revoked / 已注销", said);
        Assert.True((await region.Anhui.Verify(token)).Json.GetProperty("revoked").GetBoolean());
        // Another node's copy of the list grows old within a minute.
        region.Clock.Ahead += TimeSpan.FromMinutes(1);
        Assert.True((await region.Shanghai.Verify(token)).Json.GetProperty("revoked").GetBoolean());
        Assert.Contains("这张证照已注销", (await region.Shanghai.Submit("", "/verify", ("token", token))).Text);
        // Only that one bit.
        Assert.True((await Offline(region, other)).Holds);
        Assert.False((await region.Shanghai.Verify(other)).Json.GetProperty("revoked").GetBoolean());
        // The holder reads why.
        var page = await region.Shanghai.Get(PapersRegion.Wang, $"/my/certificates/{id}");
        Assert.Contains("备案信息有误", page.Text);
        // And is not asked to show what is void.
        Assert.DoesNotContain("出示二维码", page.Text);
        Assert.Equal(409, (await region.Shanghai.Submit(PapersRegion.Wang, $"/my/certificates/{id}/present", ("show", "holder"))).Status);
    }

    [Fact]
    public async Task What_was_pasted_stays_when_it_is_refused_and_nothing_pasted_is_said_to_be_nothing()
    {
        await using var region = await Region();
        var refused = await region.Shanghai.Submit("", "/verify", ("token", "not-a-certificate"));
        Assert.Equal(400, refused.Status);
        Assert.Contains(">not-a-certificate</textarea>", refused.Text);
        var empty = await region.Shanghai.Submit("", "/verify", ("token", "  "));
        Assert.Equal(400, empty.Status);
        Assert.Contains("请先粘贴证照内容", empty.Text);
    }

    [Fact]
    public async Task Without_a_status_list_the_offline_check_says_what_it_does_not_know()
    {
        await using var region = await Region();
        var (_, token) = await Issue(region);
        var (holds, said) = await Offline(region, token, withStatus: false);
        Assert.True(holds);
        Assert.Contains("? status unknown", said);
    }

    [Fact]
    public async Task Expired_is_said_on_the_page_and_offline()
    {
        await using var region = await Region();
        var (_, token) = await Issue(region, validMonths: 6);
        Assert.True((await Offline(region, token)).Holds);
        region.Clock.Ahead = TimeSpan.FromDays(200);
        var (holds, said) = await Offline(region, token);
        Assert.False(holds);
        Assert.Contains("✗ it has expired / 已过有效期", said);
        Assert.True((await region.Anhui.Verify(token)).Json.GetProperty("expired").GetBoolean());
        Assert.Contains("这张证照已过期", (await region.Shanghai.Submit("", "/verify", ("token", token))).Text);
    }

    public static TheoryData<string, string> Forgeries => new()
    {
        { "payload", "certificate.changed-content" },
        { "signature", "certificate.changed-content" },
        { "disclosure", "certificate.disclosure" },
        { "added-disclosure", "certificate.disclosure" },
        { "other-members-key", "certificate.signer" },
        { "unknown-member", "certificate.issuer" },
        { "wrong-vct", "certificate.type" },
        { "wrong-number", "certificate-id.check" },
        { "another-kind-of-token", "certificate.malformed" },
        { "no-status", "certificate.no-status" },
        { "status-of-another-issuer", "certificate.no-status" },
        { "key-binding-of-a-stranger", "certificate.not-the-holder" },
        { "not-a-token", "certificate.issuer" },
    };

    [Theory, MemberData(nameof(Forgeries))]
    public async Task Each_forgery_is_refused_with_a_word_of_its_own(string forgery, string code)
    {
        await using var region = await Region();
        var (_, token) = await Issue(region);
        var forged = Forge(region, token, forgery);

        var answer = await region.Shanghai.Verify(forged);
        Assert.Equal((400, code), (answer.Status, answer.Problem));
        var page = await region.Shanghai.Submit("", "/verify", ("token", forged));
        Assert.Equal(400, page.Status);
        Assert.Contains(answer.Json.GetProperty("detail").GetString()!, page.Text);
        Assert.DoesNotContain("证照真实有效", page.Text);

        var (holds, said) = await Offline(region, forged);
        Assert.False(holds, said);
        Assert.Contains(forgery == "not-a-token" ? "certificate.malformed" : code, said);
    }

    static string Forge(PapersRegion region, string token, string forgery)
    {
        var parts = token.Split('~');
        var jwt = parts[0].Split('.');
        string Resigned(NodeKey key, Action<System.Text.Json.Nodes.JsonObject> change, string type = SdJwtToken.Type)
        {
            var payload = SdJwtToken.Peek(token)!;
            change(payload);
            return Jws.Sign(key, JsonSerializer.SerializeToUtf8Bytes(payload), type) + token[parts[0].Length..];
        }
        var anhui = region.Anhui.Keys.Signing;
        return forgery switch
        {
            "payload" => $"{jwt[0]}.{Swapped(jwt[1])}.{jwt[2]}{token[parts[0].Length..]}",
            "signature" => $"{jwt[0]}.{jwt[1]}.{Flip(jwt[2])}{token[parts[0].Length..]}",
            "disclosure" => string.Join('~', [parts[0], Disclosure.Make("holder", "李四").Encoded, .. parts[2..]]),
            "added-disclosure" => $"{token}{Disclosure.Make("rank", "一级").Encoded}~",
            "other-members-key" => Resigned(region.Shanghai.Keys.Signing, _ => { }),
            "unknown-member" => Resigned(anhui, p => p["iss"] = "http://127.0.0.1:9"),
            "wrong-vct" => Resigned(anhui, p => p["vct"] = "urn:tongban:certificate:11100000000013338W001"),
            "wrong-number" => Resigned(anhui, p => p["certificate_number"] = "1.2.156.3005.2.11100099000000083H001.11340099000000083H.202600000001.001.0"),
            "another-kind-of-token" => Resigned(anhui, _ => { }, "tb-consent+jws"),
            "no-status" => Resigned(anhui, p => p.Remove("status")),
            "status-of-another-issuer" => Resigned(anhui, p => p["status"]!["status_list"]!["uri"] = region.Shanghai.Identity.PublicUrl + "/status/0"),
            "key-binding-of-a-stranger" => SdJwtToken.Present(token, new HashSet<string> { "holder" }, SignatureSuites.ByName("ecdsa-p256-sha256")!.Generate(), "x", "y", DateTimeOffset.UtcNow),
            "not-a-token" => "1.2.156.3005.2",
            _ => throw new ArgumentOutOfRangeException(nameof(forgery)),
        };
        static string Flip(string text) => (text[0] == 'A' ? 'B' : 'A') + text[1..];
        // Still JSON, another name on it.
        static string Swapped(string payload) => System.Buffers.Text.Base64Url.EncodeToString(
            System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(payload)).Replace("2026", "2036")));
    }

    [Fact]
    public async Task A_stale_or_foreign_status_list_is_not_believed()
    {
        await using var region = await Region();
        var (_, token) = await Issue(region);
        var issuers = region.Members.All.ToDictionary(m => m.Endpoint, m => m.DocumentKeys);
        var own = await region.Anhui.Http.GetStringAsync("/status/0", TestContext.Current.CancellationToken);
        var (_, late) = CertificatesModule.Verify(token, issuers, own, region.Clock.GetUtcNow().AddDays(2));
        Assert.Contains("certificate.status-list", string.Join('\n', late));
        var (holds, foreign) = CertificatesModule.Verify(token, issuers, await region.Shanghai.Http.GetStringAsync("/status/0", TestContext.Current.CancellationToken), region.Clock.GetUtcNow());
        Assert.False(holds);
        Assert.Contains("token.unknown-key", string.Join('\n', foreign));
    }

    [Fact]
    public async Task The_holder_shows_chosen_fields_and_the_code_on_the_page_is_what_verifies()
    {
        await using var region = await Region();
        var (id, _) = await Issue(region);
        var shown = await region.Shanghai.Submit(PapersRegion.Wang, $"/my/certificates/{id}/present", ("show", "holder"));
        Assert.Equal(303, shown.Status);
        var page = await region.Shanghai.Get(PapersRegion.Wang, shown.Location!);
        var svg = Svg().Match(page.Text).Value;
        Assert.NotEmpty(svg);
        Assert.SkipWhen(NodeScript.Missing is not null || !NodeScript.Has("jsqr"), NodeScript.Missing ?? "npm's jsqr is not installed: run 'npm ci' in tests/peers (./test does).");
        var read = await NodeScript.Run("tests/peers/qr.mjs", new { svg }, TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        var link = read.GetProperty("text").GetString()!;
        Assert.StartsWith(region.Shanghai.Identity.PublicUrl + "/verify/", link);

        // Whoever scans it sees what was chosen, and nothing else.
        var seen = await region.Shanghai.Get("", new Uri(link).PathAndQuery);
        Assert.Contains("由持有人本人出示", seen.Text);
        Assert.Contains("王安", seen.Text);
        Assert.DoesNotContain(OtherRooms.People["wang"].CitizenId, seen.Text);
        Assert.DoesNotContain("¥255,360.50", seen.Text);

        region.Clock.Ahead = TimeSpan.FromMinutes(11);
        var late = await region.Shanghai.Get("", new Uri(link).PathAndQuery);
        Assert.Equal(404, late.Status);
        Assert.Contains("这个出示码已经失效", late.Text);
    }

    [Fact]
    public async Task What_a_key_signed_before_it_ended_stands_and_nothing_that_it_signed_after()
    {
        await using var region = await Region();
        var (_, token) = await Issue(region);
        var list = await region.Anhui.Http.GetStringAsync("/status/0", TestContext.Current.CancellationToken);
        var now = region.Clock.GetUtcNow();
        var member = region.Members.Find("CN-YRD/340000")!;
        (bool Holds, string Said) With(TimeSpan end, string? status)
        {
            var key = member.DocumentKeys[0] with { NotAfter = (now + end).ToUnixTimeMilliseconds() };
            var (holds, findings) = CertificatesModule.Verify(token, new Dictionary<string, IReadOnlyList<DocumentKey>> { [member.Endpoint] = [key] }, status, now + TimeSpan.FromMinutes(20));
            return (holds, string.Join('\n', findings));
        }

        Assert.True(With(TimeSpan.FromMinutes(10), list).Holds);
        Assert.Contains("certificate.key-ended", With(TimeSpan.FromMinutes(-10), null).Said, StringComparison.Ordinal);
        region.Members.Replace(member with { DocumentKeys = [member.DocumentKeys[0] with { NotAfter = (now - TimeSpan.FromMinutes(10)).ToUnixTimeMilliseconds() }] });
        Assert.Contains("certificate.key-ended", (await region.Shanghai.Verify(token)).Text, StringComparison.Ordinal);
        // A thief could have dated it back: its own word for the day is none.
        region.Members.Replace(member with { DocumentKeys = [member.DocumentKeys[0] with { DistrustedFrom = (now + TimeSpan.FromDays(1)).ToUnixTimeMilliseconds() }] });
        Assert.Contains("certificate.key-distrusted", (await region.Shanghai.Verify(token)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_its_sender_did_not_sign_or_has_no_say_in_is_not_kept()
    {
        await using var region = await Region();
        await region.Anhui.Publish(region.Approved("340000202611220001"));
        region.DecidedElsewhere.Add("F340000202611220001");
        await region.Settle();
        Assert.False(await region.Shanghai.As(db => db.Set<HeldRow>().AnyAsync()));

        // Signed by Shanghai's own key, said to be Anhui's.
        await region.Anhui.Publish(region.Approved("340000202611220002"));
        await region.Settle();
        var (_, token) = await Held(region, "340000202611220002");
        var payload = SdJwtToken.Peek(token)!;
        var forged = SdJwtToken.Issue(region.Shanghai.Keys.Signing, payload, []);
        await using var scope = region.Shanghai.Services.AsNode("test");
        var receive = scope.ServiceProvider.GetRequiredService<ReceiveCertificate>();
        var issued = new CertificateIssued("1.2.156.3005.2.x", PapersRegion.TypeCode, new Words("证", "Paper"), "CN-YRD/340000", "340000202611220002", "F340000202611220002", "340100199001010018", "2026-11-22", null, forged, 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => receive.Handle(issued, new EventContext("e1", "CN-YRD/340000", region.Clock.GetUtcNow()), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_presentation_for_one_is_refused_to_another()
    {
        await using var region = await Region();
        var (id, token) = await Issue(region);
        var key = await region.Shanghai.As(db => db.Set<HolderKeyRow>().SingleAsync());
        var holder = HolderKeys.Read(region.Shanghai.Keys.Vault, key);
        var presented = SdJwtToken.Present(token, new HashSet<string> { "holder" }, holder, "https://bank.example", "n-1", DateTimeOffset.UtcNow);
        Func<string, PublicKey?> keys = new IssuerKeys(region.Members.Find("CN-YRD/340000")!.DocumentKeys).Find;
        var ok = SdJwtToken.Verify(presented, keys, ("https://bank.example", "n-1"));
        Assert.True(ok.Ok && ok.Value.KeyBound);
        Assert.Equal("certificate.binding-replayed", SdJwtToken.Verify(presented, keys, ("https://bank.example", "n-2")).Error?.Code);
        Assert.Equal("certificate.not-bound", SdJwtToken.Verify(token, keys, ("https://bank.example", "n-1")).Error?.Code);
        // Showing more than was signed for breaks the binding.
        var more = presented.Insert(presented.LastIndexOf('~') + 1, SdJwtToken.Disclosures(token).Single(d => d.Name == "citizenId").Encoded + "~");
        Assert.Equal("certificate.binding", SdJwtToken.Verify(more, keys, ("https://bank.example", "n-1")).Error?.Code);
        Assert.NotNull(id);
    }

    [Fact]
    public async Task Somebody_elses_certificate_is_not_there()
    {
        await using var region = await Region();
        var (id, token) = await Issue(region);
        var number = SdJwtToken.Peek(token)!["certificate_number"]!.ToString();
        foreach (var path in new[] { $"/my/certificates/{id}", $"/my/certificates/{id}/file", $"/my/certificates/by-number/{number}/file" })
        {
            Assert.Equal(200, (await region.Shanghai.Get(PapersRegion.Wang, path)).Status);
            Assert.Equal(404, (await region.Shanghai.Get(PapersRegion.Li, path)).Status);
        }
        Assert.Equal(404, (await region.Shanghai.Submit(PapersRegion.Li, $"/my/certificates/{id}/present", ("show", "holder"))).Status);
        Assert.DoesNotContain(number, (await region.Shanghai.Get(PapersRegion.Li, "/my/certificates")).Text);
        // Nor to an officer of another department of the issuing node; the department's own read is recorded.
        var row = await region.Anhui.As(db => db.Set<Certificate>().SingleAsync());
        Assert.Equal(404, (await region.Anhui.Get(PapersRegion.Police, $"/console/certificates/{row.Id}")).Status);
        Assert.Empty(region.Reads);
        var page = await region.Anhui.Get(PapersRegion.Medical, $"/console/certificates/{row.Id}");
        Assert.Contains("¥255,360.50", page.Text);
        Assert.Equal("340000-medical", Assert.Single(region.Reads).Department);
    }

    [Fact]
    public async Task A_revocation_needs_a_reason()
    {
        await using var region = await Region();
        await Issue(region);
        var row = await region.Anhui.As(db => db.Set<Certificate>().SingleAsync());
        var answer = await region.Anhui.Submit(PapersRegion.Medical, $"/console/certificates/{row.Id}/revoke", ("reason", " "), ("revision", row.Revision.ToString()));
        Assert.Equal(400, answer.Status);
        Assert.Equal(CertificateState.Valid, (await region.Anhui.As(db => db.Set<Certificate>().SingleAsync())).State);
    }

    [Fact]
    public async Task Two_officers_who_revoke_at_once_get_one_revocation_and_one_409()
    {
        await using var region = await Region();
        await Issue(region);
        var row = await region.Anhui.As(db => db.Set<Certificate>().SingleAsync());
        var path = $"/console/certificates/{row.Id}/revoke";
        var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => region.Anhui.Submit(PapersRegion.Medical, path, ("reason", "有误"), ("revision", row.Revision.ToString()))));
        Assert.Equal([303, 409], answers.Select(a => a.Status).Order());
    }

    /// <summary>npm @sd-jwt/sd-jwt-vc, without a network.</summary>
    [Fact]
    public async Task SD_JWT_VC_an_independent_client_verifies_it_its_disclosures_its_binding_and_its_status()
    {
        Assert.SkipWhen(!NodeScript.Has("@sd-jwt/sd-jwt-vc"), "npm's @sd-jwt/sd-jwt-vc is not installed: run 'npm ci' in tests/peers (./test does).");
        await using var region = await Region();
        // Not the first: its bit lies at the same place in any order of bits.
        await Issue(region, "340000202611220002");
        var (_, token) = await Issue(region, validMonths: 6);
        var key = await region.Shanghai.As(db => db.Set<HolderKeyRow>().SingleAsync());
        var holder = HolderKeys.Read(region.Shanghai.Keys.Vault, key);
        var chosen = SdJwtToken.Present(token, new HashSet<string> { "holder", "amount" }, holder, "https://bank.example", "nonce-0123456789", DateTimeOffset.UtcNow);
        var list = await region.Anhui.Http.GetStringAsync("/status/0", TestContext.Current.CancellationToken);
        await Revoke(region);
        region.Clock.Ahead += TimeSpan.FromMinutes(1);
        var revokedList = await region.Anhui.Http.GetStringAsync("/status/0", TestContext.Current.CancellationToken);

        async Task<JsonElement> Peer(string credential, string statusList, string? nonce = null) => await NodeScript.Run("tests/peers/sd-jwt-vc.mjs", new
        {
            credential,
            issuer = region.Anhui.Keys.Signing.Public.Jwk,
            issuerUrl = region.Anhui.Identity.PublicUrl,
            statusList,
            nonce,
            now = region.Clock.GetUtcNow().ToUnixTimeSeconds(),
        }, TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        var whole = await Peer(token, list);
        Assert.True(whole.GetProperty("valid").GetBoolean(), whole.GetRawText());
        var claims = whole.GetProperty("claims");
        Assert.Equal("王安", claims.GetProperty("holder").GetString());
        Assert.Equal("255360.50", claims.GetProperty("amount").GetProperty("value").GetString());
        Assert.Equal($"urn:tongban:certificate:{PapersRegion.TypeCode}", claims.GetProperty("vct").GetString());

        var part = await Peer(chosen, list, "nonce-0123456789");
        Assert.True(part.GetProperty("valid").GetBoolean(), part.GetRawText());
        Assert.Equal("https://bank.example", part.GetProperty("binding").GetProperty("aud").GetString());
        Assert.Equal("王安", part.GetProperty("claims").GetProperty("holder").GetString());
        Assert.False(part.GetProperty("claims").TryGetProperty("citizenId", out _));

        foreach (var forgery in new[] { "payload", "signature", "disclosure", "other-members-key" })
            Assert.False((await Peer(Forge(region, token, forgery), list)).GetProperty("valid").GetBoolean(), forgery);
        Assert.False((await Peer(chosen, list, "another-nonce")).GetProperty("valid").GetBoolean());
        var revoked = await Peer(token, revokedList);
        Assert.False(revoked.GetProperty("valid").GetBoolean());
        Assert.Contains("status", revoked.GetProperty("error").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    [GeneratedRegex("""(?<=class="qr">)\s*(<\?xml[^>]*>)?\s*<svg.*?</svg>""", RegexOptions.Singleline)]
    private static partial Regex Svg();
}
