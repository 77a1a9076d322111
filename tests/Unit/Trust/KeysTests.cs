using System.Text;
using System.Text.Json;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

public sealed class KeysTests
{
    public static TheoryData<string> Suites => [.. SignatureSuites.All.Select(suite => suite.Name)];

    [Theory, MemberData(nameof(Suites))]
    public void A_signature_holds_for_its_data_and_key_only(string name)
    {
        var suite = SignatureSuites.ByName(name)!;
        var (key, other) = (suite.Generate(), suite.Generate());
        var signature = key.Sign("data"u8);
        Assert.Equal(suite.SignatureLength, signature.Length);
        Assert.True(key.Public.Verify("data"u8, signature));
        Assert.False(key.Public.Verify("Data"u8, signature));
        Assert.False(other.Public.Verify("data"u8, signature));
        Assert.False(key.Public.Verify("data"u8, signature.AsSpan(1)));
        for (var at = 0; at < signature.Length; at += 7)
        {
            var changed = signature.ToArray();
            changed[at] ^= 1;
            Assert.False(key.Public.Verify("data"u8, changed));
        }
    }

    [Theory, MemberData(nameof(Suites))]
    public void A_key_survives_its_JWK(string name)
    {
        var key = SignatureSuites.ByName(name)!.Generate();
        var read = NodeKey.Read(JsonSerializer.Deserialize<Jwk>(JsonSerializer.Serialize(key.Secret))!).Value;
        Assert.Equal(key.Kid, read.Kid);
        Assert.True(key.Public.Verify("data"u8, read.Sign("data"u8)));
        var open = JsonSerializer.Serialize(key.Public.Jwk);
        Assert.DoesNotContain("\"d\"", open, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Secret.D!, key.Secret.ToString(), StringComparison.Ordinal);
        Assert.True(PublicKey.Read(JsonSerializer.Deserialize<Jwk>(open)!).Value.Verify("data"u8, key.Sign("data"u8)));
    }

    [Theory, MemberData(nameof(Suites))]
    public void A_private_part_of_another_key_is_refused(string name)
    {
        var suite = SignatureSuites.ByName(name)!;
        Assert.Equal("key.malformed", NodeKey.Read(suite.Generate().Secret with { D = suite.Generate().Secret.D }).Error?.Code);
    }

    [Fact]
    public void Wrong_JWKs_are_refused()
    {
        var good = SignatureSuites.EcdsaP256.Generate().Public.Jwk;
        Assert.Equal("key.malformed", PublicKey.Read(good with { Y = good.X }).Error?.Code);
        Assert.Equal("key.malformed", PublicKey.Read(good with { X = good.X[1..] }).Error?.Code);
        Assert.Equal("key.malformed", PublicKey.Read(good with { X = "!" + good.X[1..] }).Error?.Code);
        Assert.Equal("key.malformed", PublicKey.Read(good with { Y = null }).Error?.Code);
        Assert.Equal("key.unsupported", PublicKey.Read(good with { Crv = "P-521" }).Error?.Code);
    }

    [Fact]
    public void RFC_8037_A3_thumbprint_of_an_Ed25519_key() =>
        Assert.Equal("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", new Jwk("OKP", "Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").Thumbprint());

    [Fact]
    public void RFC_8032_7_1_Ed25519_test_2()
    {
        var key = ((Ed25519Suite)SignatureSuites.Ed25519).FromSeed(Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        Assert.Equal("3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C", Convert.ToHexString(Ed25519Suite.Raw(key.Public)));
        Assert.Equal(
            "92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA085AC1E43E15996E458F3613D0F11D8C387B2EAEB4302AEEB00D291612BB0C00",
            Convert.ToHexString(key.Sign([0x72])));
    }

    [Theory, MemberData(nameof(Suites))]
    public async Task Keys_are_safe_for_concurrent_use(string name)
    {
        var key = SignatureSuites.ByName(name)!.Generate();
        var wrong = 0;
        await Parallel.ForAsync(0, 16, TestContext.Current.CancellationToken, (worker, _) =>
        {
            for (var i = 0; i < 50; i++)
            {
                var data = Encoding.UTF8.GetBytes($"{worker}/{i}");
                if (!key.Public.Verify(data, key.Sign(data)))
                    Interlocked.Increment(ref wrong);
            }
            return ValueTask.CompletedTask;
        });
        Assert.Equal(0, wrong);
    }
}
