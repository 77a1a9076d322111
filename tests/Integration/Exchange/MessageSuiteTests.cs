using System.Net.Http.Json;
using System.Text.Json;
using Tongban.Exchange;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>A region whose members sign their messages with SM2: the directory says so, and nothing else changes.</summary>
public class MessageSuiteTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_query_signed_with_SM2_is_answered_signed_with_SM2()
    {
        await using var region = await TwoNodes.Start(messages: SignatureSuites.Sm2);

        var answer = await region.Ask(Question(await region.Consent(Husband)));

        Assert.True(answer.Ok, answer.Error?.DetailEn);
        Assert.Single(answer.Value.Rows);
        foreach (var id in new[] { Shanghai, Anhui })
        {
            Assert.Equal("sm2-sm3", region.Keys(id).Messages.Suite.Name);
            Assert.Equal("ecdsa-p256-sha256", region.Keys(id).Signing.Suite.Name);
        }
        Assert.Null(await Send(region, region.Keys(Shanghai).Messages));
        Assert.Equal("signature.unknown-key", await Send(region, SignatureSuites.Sm2.Generate()));
        Assert.Equal("signature.wrong", await Send(region, region.Keys(Shanghai).Messages, change: true));
    }

    [Fact]
    public async Task Checkpoints_and_receipts_carry_an_SM2_line_that_witnesses_ask_for()
    {
        await using var region = await TwoNodes.Start(hub: true, messages: SignatureSuites.Sm2);
        var exchange = (await region.Ask(Question(await region.Consent(Husband)))).Value.ExchangeId;
        var directory = region.Get<RegionDirectory>(Shanghai).Trusted.Text;
        var log = region.Get<RegionDirectory>(Shanghai).Entry(Anhui)!.Log!;
        var sm2 = NoteKey.Parse(log.Sm2!).Value;
        Assert.Equal(NoteKeyKind.Sm2, sm2.Kind);
        var receipt = "";
        for (var i = 0; i < 200; i++)
        {
            receipt = (await region.Get<Tongban.Contracts.Exchange.IExchange>(Anhui).Receipt(exchange, Ct)).Value;
            if (ExchangeModule.VerifyReceipt(receipt, directory).Holds)
                break;
            await Task.Delay(50, Ct);
        }
        var verdict = ExchangeModule.VerifyReceipt(receipt, directory);
        Assert.True(verdict.Holds, string.Join("; ", verdict.Steps.Select(s => s.Words.En)));
        Assert.Contains(verdict.Steps, s => s.Step == "sm2" && s.Words.En.Contains("holds", StringComparison.Ordinal));
        // A wrong line is not outweighed by the right ones; one that is not there is said.
        var note = SignedNote.Parse(Receipt.Parse(receipt).Value.Checkpoint).Value;
        var line = note.Signatures.Single(s => s.Name == sm2.Name && note.Signatures.ToList().IndexOf(s) == 1);
        var wrong = line with { Signature = [.. line.Signature[..^1], (byte)(line.Signature[^1] ^ 1)] };
        Assert.False(ExchangeModule.VerifyReceipt(receipt.Replace(line.ToString(), wrong.ToString(), StringComparison.Ordinal), directory).Holds);
        var without = ExchangeModule.VerifyReceipt(receipt.Replace(line + "\n", "", StringComparison.Ordinal), directory);
        Assert.Contains(without.Steps, s => s.Step == "sm2" && s.Words.En.Contains("no SM2", StringComparison.Ordinal));
        // What anybody is shown carries it as well, and tools that know Ed25519 alone take it.
        using var http = new HttpClient();
        var shown = await http.GetStringAsync(new Uri(region.Url(Anhui) + "/log/checkpoint"), Ct);
        Assert.True(Checkpoint.Verify(shown, NoteKey.Parse(log.VKey).Value).Ok);
        Assert.True(SignedNote.Parse(shown).Value.HoldsFor(sm2));
    }

    [Fact]
    public async Task A_key_for_messages_gives_no_consent()
    {
        await using var region = await TwoNodes.Start(messages: SignatureSuites.Sm2);
        var secret = await region.Secret(await region.Consent(Husband));
        var book = region.Get<ConsentBook>(Anhui);
        var artefact = book.Verify(secret.Token).Value;

        Assert.True(book.Verify(artefact.Sign(region.Keys(Shanghai).Signing)).Ok);
        Assert.False(book.Verify(artefact.Sign(region.Keys(Shanghai).Messages)).Ok);
    }

    [Fact]
    public async Task A_region_changes_to_SM2_with_a_directory_that_its_members_signed()
    {
        await using var region = await TwoNodes.Start();
        Assert.True((await region.Ask(Question(await region.Consent(Husband)))).Ok);
        foreach (var id in new[] { Anhui, Shanghai })
            await region.Stop(id);

        var prepared = ExchangeModule.PrepareRegion(region.RegionNodes, Node.SharedData.Folder, region.Clock, SignatureSuites.Sm2);
        Assert.Equal(2, prepared.DirectoryVersion);
        Assert.Equal(2, ExchangeModule.PrepareRegion(region.RegionNodes, Node.SharedData.Folder, region.Clock).DirectoryVersion);
        region.Agree();
        foreach (var id in new[] { Anhui, Shanghai })
            await region.Run(id);

        Assert.Equal("sm2-sm3", region.Get<RegionDirectory>(Anhui).Key(region.Keys(Shanghai).Messages.Kid)!.Key.Suite.Name);
        var answer = await region.Ask(Question(await region.Consent(Husband, caseReference: "D2")) with { CaseReference = "D2" });
        Assert.True(answer.Ok, answer.Error?.DetailEn);
    }

    /// <summary>A query by hand, signed with the given key; the code of the refusal.</summary>
    static async Task<string?> Send(TwoNodes region, NodeKey key, bool change = false)
    {
        var body = region.Message(await region.Secret(await region.Consent(Husband))).ToJson();
        using var request = new HttpRequestMessage(HttpMethod.Post, region.Url(Anhui) + "/peer/query") { Content = new ByteArrayContent(body) };
        Assert.True(MessageSigner.SignRequest(request, body, key, region.Clock.GetUtcNow()).Ok);
        Assert.Contains($"alg=\"{key.Suite.Name}\"", request.Headers.GetValues("Signature-Input").Single());
        if (change)
        {
            var signature = request.Headers.GetValues("Signature").Single();
            request.Headers.Remove("Signature");
            request.Headers.TryAddWithoutValidation("Signature", signature.Replace("tb=:", "tb=:AAAA", StringComparison.Ordinal).Remove(8, 4));
        }
        using var http = new HttpClient();
        using var response = await http.SendAsync(request, Ct);
        Assert.Contains("alg=\"sm2-sm3\"", response.Headers.GetValues("Signature-Input").Single());
        return response.IsSuccessStatusCode ? null : (await response.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("title").GetString();
    }
}
