using System.Collections.Concurrent;

namespace Tongban.Trust;

/// <summary>
/// Native key objects whose documentation does not promise concurrent use. One is rented for one operation;
/// never more exist than operations ran at once, and at most <see cref="Kept"/> are kept.
/// </summary>
sealed class Pool<T>(Func<T> create) where T : class, IDisposable
{
    static readonly int Kept = Environment.ProcessorCount * 2;

    readonly ConcurrentBag<T> idle = [];

    public T Rent() => idle.TryTake(out var item) ? item : create();

    public void Return(T item)
    {
        if (idle.Count < Kept)
            idle.Add(item);
        else
            item.Dispose();
    }
}
