namespace Tongban.Trust;

/// <summary>
/// The marks of the latest leaves of this run, so that what looks over every leaf a few seconds after it was logged (acknowledgements) reads no
/// database for it. Only durable leaves are here, without a gap. Safe for concurrent use; some 100 bytes a leaf.
/// </summary>
sealed class RecentLeaves
{
    const int Chunk = 1024;
    const int Chunks = 256;

    readonly Lock gate = new();
    readonly Queue<MarkedLeaf[]> chunks = new();
    MarkedLeaf[]? last;
    long first;
    long next = -1;

    /// <summary>They follow one another, and those before.</summary>
    public void Add(IReadOnlyList<NewLeaf> leaves)
    {
        lock (gate)
        {
            foreach (var leaf in leaves)
            {
                if (next < 0)
                    first = next = leaf.Index;
                var at = (int)((next - first) % Chunk);
                if (at == 0)
                    chunks.Enqueue(last = new MarkedLeaf[Chunk]);
                last![at] = new(leaf.Index, leaf.At, leaf.Entry.Mark);
                next++;
            }
            while (chunks.Count > Chunks)
            {
                chunks.Dequeue();
                first += Chunk;
            }
        }
    }

    /// <summary>When the writer does not know what of the latest was stored.</summary>
    public void Forget()
    {
        lock (gate)
        {
            chunks.Clear();
            (last, next) = (null, -1);
        }
    }

    /// <summary>Null when it begins before what is here.</summary>
    public IReadOnlyList<MarkedLeaf>? From(long index, int count)
    {
        lock (gate)
        {
            if (next < 0 || index < first)
                return null;
            var found = new List<MarkedLeaf>((int)Math.Clamp(next - index, 0, count));
            var (skip, place) = ((int)((index - first) / Chunk), (int)((index - first) % Chunk));
            foreach (var chunk in chunks.Skip(skip))
            {
                for (; place < Chunk && found.Count < count && index < next; place++, index++)
                    found.Add(chunk[place]);
                place = 0;
                if (found.Count == count || index >= next)
                    break;
            }
            return found;
        }
    }
}
