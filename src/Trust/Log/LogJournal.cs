namespace Tongban.Trust;

/// <summary>
/// The entries of one group in one piece: what a group commit writes on SQLite, where every row of every table and index would be a
/// page of its own. They are moved to their tables in large batches (<see cref="ILogStore.Settle"/>).
/// </summary>
static class LogJournal
{
    const byte Version = 1;

    public static void Write(BinaryWriter to, IReadOnlyList<NewLeaf> leaves)
    {
        to.Write(Version);
        to.Write7BitEncodedInt(leaves.Count);
        foreach (var (_, hash, entry, _) in leaves)
        {
            to.Write(hash);
            Bytes(to, entry.Data);
            to.Write(entry.Reference);
            to.Write(entry.Nonce is not null);
            if (entry.Nonce is { } nonce)
            {
                to.Write(nonce.KeyId);
                to.Write(nonce.Nonce);
                to.Write(nonce.KeepUntil);
            }
            Bytes(to, LogSalts.Write(entry.Salts) ?? []);
            to.Write(entry.Metering is not null);
            if (entry.Metering is { } metering)
                Metering(to, metering);
            to.Write7BitEncodedInt(entry.Subjects.Count);
            foreach (var subject in entry.Subjects)
                to.Write(subject);
        }
    }

    /// <summary>Throws <see cref="InvalidDataException"/> when these are not what <see cref="Write"/> made.</summary>
    public static List<NewLeaf> Read(long first, long at, byte[] entries)
    {
        try
        {
            using var from = new BinaryReader(new MemoryStream(entries));
            if (from.ReadByte() != Version)
                throw new InvalidDataException($"The journal of the log, at leaf {first}, is of another version");
            var count = from.Read7BitEncodedInt();
            var leaves = new List<NewLeaf>();
            for (var i = 0; i < count; i++)
                leaves.Add(new NewLeaf(first + i, from.ReadBytes(Merkle.HashSize), Entry(from), at));
            return leaves;
        }
        catch (Exception broken) when (broken is IOException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"The journal of the log, at leaf {first}, cannot be read", broken);
        }
    }

    static LogEntry Entry(BinaryReader from)
    {
        var data = Bytes(from);
        var reference = from.ReadString();
        var nonce = from.ReadBoolean() ? new UsedNonce(from.ReadString(), from.ReadString(), from.ReadInt64()) : null;
        var salts = LogSalts.Read(Bytes(from)) ?? throw new InvalidDataException("Salts in the journal cannot be read");
        var metering = from.ReadBoolean() ? Metering(from) : null;
        var subjects = new List<string>();
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
            subjects.Add(from.ReadString());
        return new LogEntry(reference, data) { Nonce = nonce, Salts = salts, Metering = metering, Subjects = subjects };
    }

    static void Metering(BinaryWriter to, Metering metering)
    {
        to.Write(metering.Agreement);
        to.Write(metering.Resource);
        to.Write(metering.Consumer);
        to.Write(metering.Provider);
        to.Write(metering.Purpose);
        to.Write(metering.Units);
        to.Write(metering.At);
        to.Write(metering.Outcome);
    }

    static Metering Metering(BinaryReader from) => new(
        from.ReadString(), from.ReadString(), from.ReadString(), from.ReadString(), from.ReadString(), from.ReadInt64(), from.ReadInt64(), from.ReadString());

    static void Bytes(BinaryWriter to, byte[] bytes)
    {
        to.Write7BitEncodedInt(bytes.Length);
        to.Write(bytes);
    }

    static byte[] Bytes(BinaryReader from)
    {
        var size = from.Read7BitEncodedInt();
        var bytes = from.ReadBytes(size);
        return bytes.Length == size ? bytes : throw new EndOfStreamException();
    }
}
