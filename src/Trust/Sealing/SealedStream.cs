using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// A long value sealed in chunks, in the manner of the STREAM construction (Hoang et al. 2015): each stream has a key of its own
/// (HKDF of the envelope key and a random salt); a chunk's nonce is its number and whether it is the last, so that
/// chunks cannot be reordered, dropped, repeated or cut off.
/// Layout after the vault's header: salt 32 bytes, then chunks of up to 64 KiB each followed by a 16-byte tag.
/// </summary>
static class SealedStream
{
    const int Chunk = 64 * 1024;
    const int Tag = 16;
    const int Salt = 32;

    public static async Task Write(byte[] envelope, Stream plain, Stream @sealed, string context, CancellationToken cancel)
    {
        var salt = RandomNumberGenerator.GetBytes(Salt);
        await @sealed.WriteAsync(salt, cancel);
        using var cipher = Cipher(envelope, salt, context);
        using var buffers = new Buffers();
        var now = buffers.Rent(Chunk);
        var next = buffers.Rent(Chunk);
        var box = buffers.Rent(Chunk + Tag);
        var length = await Fill(plain, now, cancel);
        for (var number = 0L; ; number++)
        {
            var following = length == Chunk ? await Fill(plain, next, cancel) : 0;
            var last = following == 0;
            cipher.Encrypt(Nonce(number, last), now.Span[..length], box.Span[..length], box.Span.Slice(length, Tag));
            await @sealed.WriteAsync(box[..(length + Tag)], cancel);
            if (last)
                return;
            (now, next, length) = (next, now, following);
        }
    }

    public static async Task<Result<Done>> Read(byte[] envelope, Stream @sealed, Stream plain, string context, CancellationToken cancel)
    {
        var salt = new byte[Salt];
        if (await Fill(@sealed, salt, cancel) < Salt)
            return Vault.Wrong();
        using var cipher = Cipher(envelope, salt, context);
        using var buffers = new Buffers();
        var now = buffers.Rent(Chunk + Tag);
        var next = buffers.Rent(Chunk + Tag);
        var clear = buffers.Rent(Chunk);
        var length = await Fill(@sealed, now, cancel);
        for (var number = 0L; ; number++)
        {
            var following = length == now.Length ? await Fill(@sealed, next, cancel) : 0;
            var last = following == 0;
            if (length < Tag)
                return Vault.Wrong();
            try
            {
                cipher.Decrypt(Nonce(number, last), now.Span[..(length - Tag)], now.Span.Slice(length - Tag, Tag), clear.Span[..(length - Tag)]);
            }
            catch (AuthenticationTagMismatchException)
            {
                return Vault.Wrong();
            }
            await plain.WriteAsync(clear[..(length - Tag)], cancel);
            if (last)
                return Done.It;
            (now, next, length) = (next, now, following);
        }
    }

    static AesGcm Cipher(byte[] envelope, byte[] salt, string context) =>
        new(HKDF.DeriveKey(HashAlgorithmName.SHA256, envelope, 32, salt, Encoding.UTF8.GetBytes("tongban stream " + context)), Tag);

    static byte[] Nonce(long number, bool last)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(3), number);
        nonce[11] = last ? (byte)1 : (byte)0;
        return nonce;
    }

    static async Task<int> Fill(Stream from, Memory<byte> buffer, CancellationToken cancel) =>
        await from.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);

    /// <summary>Buffers of the shared pool, wiped when they go back: they held what is sealed.</summary>
    sealed class Buffers : IDisposable
    {
        readonly List<byte[]> rented = [];

        public Memory<byte> Rent(int length)
        {
            rented.Add(ArrayPool<byte>.Shared.Rent(length));
            return rented[^1].AsMemory(0, length);
        }

        public void Dispose() => rented.ForEach(b => ArrayPool<byte>.Shared.Return(b, clearArray: true));
    }
}
