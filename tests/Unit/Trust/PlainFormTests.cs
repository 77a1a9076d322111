using Tongban.Trust;
using Xunit;

namespace Tongban.Tests.Unit.Trust;

/// <summary>The quick reader of signature headers must never read what the general parser refuses, nor read it otherwise.</summary>
public class PlainFormTests
{
    static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
    static readonly NodeKey Key = SignatureSuites.EcdsaP256.Generate();

    [Fact]
    public void What_this_system_writes_is_read_like_the_general_parser_does()
    {
        var (input, signature) = Signed();
        var plain = PlainForm.Read(input, signature, Profile.Label);
        Assert.NotNull(plain);
        Assert.True(Agrees(input, signature));
        Assert.NotNull(plain.Value.Parameters.Nonce);
        Assert.Equal(Key.Kid, plain.Value.Parameters.KeyId);
    }

    [Fact]
    public void A_hundred_thousand_damaged_headers_are_read_alike_or_left_to_the_general_parser()
    {
        var (input, signature) = Signed();
        var random = new Random(20261122);
        const string Alphabet = "\"\\();:=,. \t0123456789abcAZ-_*%\u00e9\u0000";
        var read = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var damaged = Damage(input, random, Alphabet);
            var other = random.Next(3) == 0 ? Damage(signature, random, Alphabet) : signature;
            if (PlainForm.Read(damaged, other, Profile.Label) is null)
                continue;
            read++;
            Assert.True(Agrees(damaged, other), $"{damaged} | {other}");
        }
        Assert.InRange(read, 1_000, 99_000);
    }

    [Fact]
    public void What_it_writes_is_what_the_general_writer_writes()
    {
        var random = new Random(20261122);
        string?[] texts = [null, "", "plain", "with \"quote\"", "back\\slash", "tab\t", "~ !#%", "\u00e9", new string('x', 600)];
        long?[] numbers = [null, -1, 0, 1, 1_790_000_000, 999_999_999_999_999, 1_000_000_000_000_000];
        var written = 0;
        for (var i = 0; i < 5_000; i++)
        {
            string? Text() => texts[random.Next(texts.Length)];
            var parameters = new SignatureParameters("tb", random.Next(2) == 0 ? Profile.Response.Required : [])
            {
                Created = numbers[random.Next(numbers.Length)],
                Expires = numbers[random.Next(numbers.Length)],
                Nonce = Text(),
                Algorithm = Text(),
                KeyId = Text(),
                Tag = Text(),
            };
            if (PlainForm.Write(parameters) is not { } plain)
                continue;
            written++;
            Assert.Equal(StructuredField.Write(parameters.ToField()).Value, plain);
        }
        Assert.InRange(written, 100, 4_900);
    }

    static (string Input, string Signature) Signed()
    {
        var message = PlainMessage.OfRequest("POST", new Uri("https://example.com/peer/query"), "{}"u8.ToArray()).With("Content-Digest", ContentDigest.Of("{}"u8));
        var headers = MessageSigner.Sign(message, Profile.Request.For(Key, Now, hasContent: true), Key).Value;
        message.Set("Signature-Input", headers.SignatureInput).Set("Signature", headers.Signature);
        Assert.True(MessageVerifier.Verify(message, Profile.Label, _ => Key.Public, Now, Profile.Request).Ok);
        return (headers.SignatureInput, headers.Signature);
    }

    static string Damage(string text, Random random, string alphabet)
    {
        var at = random.Next(text.Length);
        return random.Next(4) switch
        {
            0 => text.Remove(at, 1),
            1 => text.Insert(at, alphabet[random.Next(alphabet.Length)].ToString()),
            2 => text[..at] + alphabet[random.Next(alphabet.Length)] + text[(at + 1)..],
            _ => text.Insert(at, text[at..Math.Min(text.Length, at + random.Next(1, 30))]),
        };
    }

    static bool Agrees(string input, string signature)
    {
        var plain = PlainForm.Read(input, signature, Profile.Label)!.Value;
        if (StructuredField.ParseDictionary(input) is not { Ok: true } inputs || !inputs.Value.TryGet(Profile.Label, out var stated)
            || StructuredField.ParseDictionary(signature) is not { Ok: true } signatures || !signatures.Value.TryGet(Profile.Label, out var made)
            || SignatureParameters.From(Profile.Label, stated) is not { } general || made is not FieldItem { Value.AsBinary: { } bytes })
            return false;
        return plain.Parameters == general with { Components = plain.Parameters.Components }
            && plain.Parameters.Components.Select(c => c.Text).SequenceEqual(general.Components.Select(c => c.Text))
            && plain.Field == StructuredField.Write(stated).Value
            && plain.Signature.AsSpan().SequenceEqual(bytes);
    }
}
