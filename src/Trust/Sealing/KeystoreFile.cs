using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// The file: <c>TBKEYS1\n</c>, iterations (4 bytes, big-endian), salt 16, nonce 12, AES-256-GCM ciphertext, tag 16, SHA-256 of all before.
/// The header is associated data. The closing hash is what tells a damaged file from a wrong passphrase.
/// </summary>
static class KeystoreFile
{
    const int Salt = 16;
    const int Nonce = 12;
    const int Tag = 16;
    const int Digest = 32;

    static ReadOnlySpan<byte> Magic => "TBKEYS1\n"u8;

    static int Header => Magic.Length + 4 + Salt;

    /// <summary>The stretched passphrase, kept so that a change of content costs no second stretching.</summary>
    public sealed record Lid(int Iterations, byte[] Salt, byte[] Key)
    {
        public override string ToString() => "Lid";
    }

    public static Lid NewLid(string passphrase, int iterations) => Stretch(passphrase, RandomNumberGenerator.GetBytes(Salt), iterations);

    public static byte[] Write(Lid lid, KeystoreContent content)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(content);
        var file = new byte[Header + Nonce + plain.Length + Tag + Digest];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(Magic.Length), lid.Iterations);
        lid.Salt.CopyTo(file, Magic.Length + 4);
        var box = file.AsSpan(Header, Nonce + plain.Length + Tag);
        RandomNumberGenerator.Fill(box[..Nonce]);
        using var cipher = new AesGcm(lid.Key, Tag);
        cipher.Encrypt(box[..Nonce], plain, box[Nonce..^Tag], box[^Tag..], file.AsSpan(0, Header));
        SHA256.HashData(file.AsSpan(0, file.Length - Digest), file.AsSpan(file.Length - Digest));
        CryptographicOperations.ZeroMemory(plain);
        return file;
    }

    public static Result<(Lid Lid, KeystoreContent Content)> Read(byte[] file, string passphrase) =>
        Whole(file) is { } iterations ? Open(file, Stretch(passphrase, file[(Magic.Length + 4)..Header], iterations)) : Damaged();

    /// <summary>Reads a file again whose lid is known. Fails as if the passphrase were wrong when the passphrase has been changed since.</summary>
    public static Result<(Lid Lid, KeystoreContent Content)> Read(byte[] file, Lid lid) => Whole(file) is null ? Damaged() : Open(file, lid);

    /// <summary>Iterations of a file that is whole; null of any other.</summary>
    static int? Whole(byte[] file)
    {
        if (file.Length < Header + Nonce + Tag + Digest || !file.AsSpan().StartsWith(Magic))
            return null;
        if (!SHA256.HashData(file.AsSpan(0, file.Length - Digest)).AsSpan().SequenceEqual(file.AsSpan(file.Length - Digest)))
            return null;
        return BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(Magic.Length)) is > 0 and <= 100_000_000 and var iterations ? iterations : null;
    }

    static Result<(Lid Lid, KeystoreContent Content)> Open(byte[] file, Lid lid)
    {
        var box = file.AsSpan(Header, file.Length - Header - Digest);
        var plain = new byte[box.Length - Nonce - Tag];
        try
        {
            using var cipher = new AesGcm(lid.Key, Tag);
            cipher.Decrypt(box[..Nonce], box[Nonce..^Tag], box[^Tag..], plain, file.AsSpan(0, Header));
        }
        catch (AuthenticationTagMismatchException)
        {
            return Error.Forbidden("keystore.passphrase-wrong", "密钥库口令不正确", "The keystore's passphrase is wrong", "请核对口令；忘记口令只能用备份恢复", "Check it; a forgotten passphrase cannot be reset, only a backup helps");
        }
        var content = JsonSerializer.Deserialize<KeystoreContent>(plain)!;
        CryptographicOperations.ZeroMemory(plain);
        return (lid, content);
    }

    static Lid Stretch(string passphrase, byte[] salt, int iterations) =>
        new(iterations, salt, Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, iterations, HashAlgorithmName.SHA256, 32));

    static Error Damaged() => Error.Invalid(
        "keystore.damaged", "密钥库文件已损坏", "The keystore file is damaged", "keystore", "请从备份恢复该文件", "Restore the file from a backup");
}
