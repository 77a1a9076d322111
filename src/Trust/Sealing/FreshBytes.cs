using System.Security.Cryptography;

namespace Tongban.Trust;

/// <summary>
/// Random bytes for salts and nonces: drawn from the system's generator in larger pieces by each thread, for a draw costs more than what
/// is drawn. Bytes that were handed out are wiped here.
/// </summary>
static class FreshBytes
{
    const int Drawn = 2048;

    [ThreadStatic]
    static byte[]? mine;

    [ThreadStatic]
    static int used;

    public static void Fill(Span<byte> into)
    {
        if (into.Length > Drawn)
        {
            RandomNumberGenerator.Fill(into);
            return;
        }
        var bytes = mine ??= New();
        if (used + into.Length > Drawn)
        {
            RandomNumberGenerator.Fill(bytes);
            used = 0;
        }
        var taken = bytes.AsSpan(used, into.Length);
        taken.CopyTo(into);
        taken.Clear();
        used += into.Length;
    }

    public static byte[] Get(int count)
    {
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    static byte[] New()
    {
        used = Drawn;
        return new byte[Drawn];
    }
}
