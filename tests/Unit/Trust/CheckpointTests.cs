using System.Security.Cryptography;
using System.Buffers.Text;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tongban.Trust;

namespace Tongban.Tests.Unit.Trust;

public sealed class CheckpointTests
{
    // The example of the Go note package's documentation, which C2SP signed-note refers to.
    const string NeumannKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    const string Neumann =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    static readonly NodeKey Log = ((Ed25519Suite)SignatureSuites.Ed25519).FromSeed(new byte[32]);
    static readonly NodeKey Other = SignatureSuites.Ed25519.Generate();

    [Fact]
    public void C2SP_signed_note_published_example_holds()
    {
        var key = NoteKey.Parse(NeumannKey).Value;
        var note = SignedNote.Parse(Neumann).Value;
        Assert.True(note.HoldsFor(key));
        Assert.Equal(Neumann, note.ToString());
        Assert.Equal(NeumannKey, key.Text);
        Assert.False(SignedNote.Parse(Neumann.Replace("answer", "Answer")).Value.HoldsFor(key));
    }

    [Fact]
    public void C2SP_vkey_of_a_public_log_is_read()
    {
        Assert.True(NoteKey.Parse("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8").Ok);
        Assert.Equal("vkey.malformed", NoteKey.Parse("sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8").Error?.Code);
        Assert.Equal("vkey.malformed", NoteKey.Parse("a+b").Error?.Code);
        Assert.Equal("vkey.malformed", NoteKey.Parse("").Error?.Code);
    }

    [Fact]
    public void C2SP_tlog_checkpoint_golden_text()
    {
        var checkpoint = new Checkpoint("CN-YRD/340000/log", 0, Merkle.EmptyRoot);
        Assert.Equal("CN-YRD/340000/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", checkpoint.Text);
        // Ed25519 signs deterministically: key and text give this one line, for ever.
        Assert.Equal(
            "CN-YRD/340000/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n" + GoldenLine + "\n",
            checkpoint.Sign(Log).ToString());
    }

    // Made with Node's crypto over the same text and the all-zero seed.
    const string GoldenLine = "— CN-YRD/340000/log 5b6Ik8olYpycGZAj1J96JS40Jf8EpMHg+NLfBI2n8GdbCD0+WQPRzkxkfi6jPS1O2T5AlGg8KuwaSHmjt6QV4rTqXgw=";

    [Fact]
    public void Checkpoints_of_another_log_or_key_are_refused()
    {
        var note = new Checkpoint("a/log", 3, Merkle.EmptyRoot).Sign(Log).ToString();
        Assert.True(Checkpoint.Verify(note, NoteKey.Of("a/log", Log.Public)).Ok);
        Assert.Equal("checkpoint.origin", Checkpoint.Verify(note, NoteKey.Of("b/log", Log.Public)).Error?.Code);
        Assert.Equal("checkpoint.signature", Checkpoint.Verify(note, NoteKey.Of("a/log", Other.Public)).Error?.Code);
        Assert.Equal("checkpoint.signature", Checkpoint.Verify(note.Replace("\n3\n", "\n4\n"), NoteKey.Of("a/log", Log.Public)).Error?.Code);
    }

    [Theory]
    [InlineData("a\n03\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("a\n+3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("a\n-3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("a\n3\n47DEQpj8\n")]
    [InlineData("a\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData("a b\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("a\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("")]
    public void Malformed_checkpoints_are_refused(string text) => Assert.Equal("checkpoint.malformed", Checkpoint.Parse(text).Error?.Code);

    [Fact]
    public void C2SP_signed_note_type_0xff_an_SM2_line_stands_beside_the_Ed25519_one()
    {
        var second = SignatureSuites.Sm2.Generate();
        var note = new Checkpoint("a/log", 3, Merkle.EmptyRoot).Sign(Log);
        var both = SignedNote.Parse(note.With(SignedNote.Sign(note.Text, "a/log", second)).ToString()).Value;
        var key = NoteKey.Of("a/log", second.Public, NoteKeyKind.Sm2);
        // Whoever knows only Ed25519 verifies it as before, for lines of other keys are passed over.
        Assert.True(Checkpoint.Verify(both.ToString(), NoteKey.Of("a/log", Log.Public)).Ok);
        Assert.True(both.HoldsFor(key));
        Assert.False(note.HoldsFor(key));
        Assert.False(note.Carries(key));
        Assert.False((both with { Text = both.Text.Replace("3", "4", StringComparison.Ordinal) }).HoldsFor(key));
        Assert.False(both.HoldsFor(NoteKey.Of("a/log", SignatureSuites.Sm2.Generate().Public, NoteKeyKind.Sm2)));
        // The key's id: name, newline, 0xff, a type of its own, x and y.
        byte[] typed = [0xff, .. "tongban/sm2-sm3/v1"u8, .. Base64Url.DecodeFromChars(second.Public.Jwk.X), .. Base64Url.DecodeFromChars(second.Public.Jwk.Y)];
        Assert.Equal($"a/log+{Convert.ToHexStringLower(SHA256.HashData([.. "a/log\n"u8, .. typed])[..4])}+{Convert.ToBase64String(typed)}", key.Text);
        var read = NoteKey.Parse(key.Text).Value;
        Assert.Equal((NoteKeyKind.Sm2, "a/log"), (read.Kind, read.Name));
        Assert.True(both.HoldsFor(read));
        Assert.Equal("vkey.malformed", NoteKey.Parse("a/log+00000000+" + Convert.ToBase64String(typed)).Error?.Code);
        typed[^1] ^= 1;
        Assert.Equal("vkey.malformed", NoteKey.Parse($"a/log+{Convert.ToHexStringLower(SHA256.HashData([.. "a/log\n"u8, .. typed])[..4])}+{Convert.ToBase64String(typed)}").Error?.Code);
        Assert.Throws<ArgumentException>(() => NoteKey.Of("a/log", second.Public));
        Assert.Throws<ArgumentException>(() => NoteKey.Of("a/log", Log.Public, NoteKeyKind.Sm2));
    }

    [Fact]
    public void C2SP_tlog_cosignature_states_and_signs_its_time()
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
        var note = new Checkpoint("a/log", 3, Merkle.EmptyRoot).Sign(Log);
        var line = SignedNote.Cosign(note.Text, "hub/witness", Other, at);
        var key = NoteKey.Of("hub/witness", Other.Public, NoteKeyKind.CosignatureV1);
        var cosigned = SignedNote.Parse(note.With(line).ToString()).Value;
        Assert.True(cosigned.HoldsFor(key));
        Assert.True(cosigned.HoldsFor(NoteKey.Of("a/log", Log.Public)));
        Assert.Equal(at, cosigned.CosignedAt(key));
        Assert.False(note.HoldsFor(key));

        var later = line.Signature.ToArray();
        later[7] ^= 1;
        Assert.False(note.With(line with { Signature = later }).HoldsFor(key));
        // The same key as a log's own line has another hash, so neither passes for the other.
        Assert.False(cosigned.HoldsFor(NoteKey.Of("hub/witness", Other.Public)));
        Assert.True(key.Key.Verify(Encoding.UTF8.GetBytes($"cosignature/v1\ntime 1790000000\n{note.Text}"), line.Signature.AsSpan(8)));
    }

    [Fact]
    public void No_text_makes_the_note_parser_throw()
    {
        Prop.ForAll<string>(text => !SignedNote.Parse(text ?? "").Ok).QuickCheckThrowOnFailure();
        for (var at = 0; at < Neumann.Length; at++)
        {
            var cut = SignedNote.Parse(Neumann[..at]);
            Assert.False(cut.Ok && cut.Value.HoldsFor(NoteKey.Parse(NeumannKey).Value), $"cut at {at}");
        }
    }
}
