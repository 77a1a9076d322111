using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tongban.Trust;

/// <summary>
/// The keys of the blind index, oldest first. An index is HMAC-SHA-256 under the first; each later key hashes what came of the one before
/// once more. So a new key needs no opened value, only what is stored, and an older one that leaked says nothing about what stands under a newer.
/// </summary>
/// <remarks>
/// Forms: 43 characters of base64url under the first key, <c>i{n}.</c> and 43 characters under the n-th. The older keys stay for ever, as
/// the inner part of the newest form. At most two forms are stored at once: <see cref="Oldest"/> and <see cref="Newest"/>.
/// </remarks>
public sealed class IndexChain
{
    const int Digest = 43;

    readonly byte[] first;
    readonly IReadOnlyList<Link> links;

    /// <param name="From">When rows begin to be written with it: by then every replica knows it.</param>
    public sealed record Link(byte[] Key, DateTimeOffset From)
    {
        public override string ToString() => $"Link from {From:O}";
    }

    /// <param name="first">32 bytes.</param>
    /// <param name="links">The later keys.</param>
    /// <param name="oldest">Number of the oldest key whose form may still be stored; the newest when not given.</param>
    public IndexChain(byte[] first, IReadOnlyList<Link>? links = null, int? oldest = null)
    {
        (this.first, this.links) = (first, links ?? []);
        Oldest = oldest ?? Newest;
    }

    /// <summary>From 1.</summary>
    public int Newest => links.Count + 1;

    public int Oldest { get; }

    public bool Changing => Oldest < Newest;

    /// <summary>When rows begin to be written in the newest form.</summary>
    public DateTimeOffset From => links.Count == 0 ? DateTimeOffset.MinValue : links[^1].From;

    public string First(string context, string value)
    {
        // The length of the context comes first, so that no (context, value) pair runs into another.
        var size = Encoding.UTF8.GetByteCount(context);
        var input = new byte[4 + size + Encoding.UTF8.GetByteCount(value)];
        BinaryPrimitives.WriteInt32BigEndian(input, size);
        Encoding.UTF8.GetBytes(context, input.AsSpan(4));
        Encoding.UTF8.GetBytes(value, input.AsSpan(4 + size));
        return Base64Url.EncodeToString(HMACSHA256.HashData(first, input));
    }

    /// <summary>The oldest form that may be stored: all others follow from it.</summary>
    public string Of(string context, string value) => Under(First(context, value), Oldest);

    public IReadOnlyList<string> Forms(string index)
    {
        if (NumberOf(index) is not (> 0 and var number))
            return [index];
        var forms = new List<string> { Under(index, Math.Max(number, Oldest)) };
        for (var next = Math.Max(number, Oldest) + 1; next <= Newest; next++)
            forms.Add(Under(forms[^1], next));
        return forms;
    }

    public string Written(string index, DateTimeOffset now) => Under(index, Changing && now < From ? Newest - 1 : Newest);

    public string Last(string index) => Under(index, Newest);

    public bool Same(string one, string other) => one == other || Last(one) == Last(other);

    /// <summary>Which key an index was made with last: 0 of what is no index.</summary>
    public static int NumberOf(string index)
    {
        if (index.Length == Digest)
            return IsDigest(index) ? 1 : 0;
        return index.Length > Digest + 2 && index[0] == 'i' && index[^(Digest + 1)] == '.' && IsDigest(index.AsSpan(index.Length - Digest))
            && int.TryParse(index.AsSpan(1, index.Length - Digest - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 1 ? number : 0;
    }

    /// <summary>What an index made with the n-th key begins with, and how long it is: by these it is counted in a database.</summary>
    public static (string Beginning, int Length) Looks(int number) => number == 1 ? ("", Digest) : ($"i{number}.", $"i{number}.".Length + Digest);

    /// <summary>An index under a later key. One that is there already, or was made with a key that this process does not know yet, stays.</summary>
    string Under(string index, int number)
    {
        for (var at = NumberOf(index); at > 0 && at < number; at++)
            index = $"i{at + 1}.{Base64Url.EncodeToString(HMACSHA256.HashData(links[at - 1].Key, Encoding.ASCII.GetBytes(index[^Digest..])))}";
        return index;
    }

    static bool IsDigest(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return false;
        }
        return true;
    }
}
