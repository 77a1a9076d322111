using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// A long value sealed in chunks, in the manner of the STREAM construction (Hoang et al. 2015): each stream has a key of its own
/// (derived from the envelope key, a random salt and the context); a chunk's nonce is its number and whether it is the last, so that
/// chunks cannot be reordered, dropped, repeated or cut off.
/// Layout after the vault's header: salt 32 bytes, then chunks of up to 64 KiB each followed by the cipher's tag.
/// </summary>
static class SealedStream
{
    const int Chunk = 64 * 1024;
    const int Salt = 32;

    public static async Task Write(EnvelopeKey envelope, Stream plain, Stream @sealed, string context, CancellationToken cancel)
    {
        var salt = RandomNumberGenerator.GetBytes(Salt);
        await @sealed.WriteAsync(salt, cancel);
        using var cipher = envelope.Cipher.Box(envelope.Cipher.StreamKey(envelope.Key, salt, context));
        var tag = envelope.Cipher.Tag;
        using var buffers = new Buffers();
        var now = buffers.Rent(Chunk);
        var next = buffers.Rent(Chunk);
        var box = buffers.Rent(Chunk + tag);
        var length = await Fill(plain, now, cancel);
        for (var number = 0L; ; number++)
        {
            var following = length == Chunk ? await Fill(plain, next, cancel) : 0;
            var last = following == 0;
            cipher.Encrypt(Nonce(number, last), now.Span[..length], box.Span[..length], box.Span.Slice(length, tag), []);
            await @sealed.WriteAsync(box[..(length + tag)], cancel);
            if (last)
                return;
            (now, next, length) = (next, now, following);
        }
    }

    public static async Task<Result<Done>> Read(EnvelopeKey envelope, Stream @sealed, Stream plain, string context, CancellationToken cancel)
    {
        var salt = new byte[Salt];
        if (await Fill(@sealed, salt, cancel) < Salt)
            return Vault.Wrong();
        using var cipher = envelope.Cipher.Box(envelope.Cipher.StreamKey(envelope.Key, salt, context));
        var tag = envelope.Cipher.Tag;
        using var buffers = new Buffers();
        var now = buffers.Rent(Chunk + tag);
        var next = buffers.Rent(Chunk + tag);
        var clear = buffers.Rent(Chunk);
        var length = await Fill(@sealed, now, cancel);
        for (var number = 0L; ; number++)
        {
            var following = length == now.Length ? await Fill(@sealed, next, cancel) : 0;
            var last = following == 0;
            if (length < tag)
                return Vault.Wrong();
            if (!cipher.Decrypt(Nonce(number, last), now.Span[..(length - tag)], now.Span.Slice(length - tag, tag), clear.Span[..(length - tag)], []))
                return Vault.Wrong();
            await plain.WriteAsync(clear[..(length - tag)], cancel);
            if (last)
                return Done.It;
            (now, next, length) = (next, now, following);
        }
    }

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
