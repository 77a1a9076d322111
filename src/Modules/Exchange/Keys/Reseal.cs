using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>How much of one place is sealed with which key.</summary>
/// <param name="Place">Table and column, or a kind of files.</param>
sealed record SealedWith(string Place, string Key, long Count);

/// <summary>Brings all that is sealed under the newest envelope key: every sealed column of the model, then the rooms' files. The log, which only the process that has it open may change, is brought by that one.</summary>
sealed class Reseal(IServiceScopeFactory scopes, Keystore keys, IEnumerable<ISealedFiles> files, Reindex indexes)
{
    /// <summary>Places with how many values were sealed anew, as they come. Safe to run again, and beside another run.</summary>
    public async Task<long> Run(Action<string, long> progress, CancellationToken ct)
    {
        keys.Refresh();
        var done = 0L;
        foreach (var column in await With(db => Task.FromResult(Columns.Sealed(db.Model)), ct))
            done += await With(db => ResealRows.Run(db, keys.Vault, column, n => progress($"{column.Table}.{column.Column}", n), ct), ct);
        foreach (var room in files)
            done += await Files(room, progress, ct);
        return done;
    }

    async Task<long> Files(ISealedFiles room, Action<string, long> progress, CancellationToken ct)
    {
        var done = 0L;
        foreach (var path in room.Paths())
        {
            if (KeyOf(path) is not { } key || key == keys.Vault.KeyId)
                continue;
            // The same way as it came there: beside its place, forced to disk, then renamed. Its age is what it was.
            var (beside, age) = ($"{path}.{Guid.CreateVersion7():N}", File.GetLastWriteTimeUtc(path));
            try
            {
                using var plain = new MemoryStream();
                await using (var from = File.OpenRead(path))
                {
                    if (await keys.Vault.Open(from, plain, room.ContextOf(path), ct) is { Ok: false } wrong)
                        throw new System.Security.Cryptography.CryptographicException($"A stored file of {room.Name} does not open: {wrong.Error.Code}");
                }
                plain.Position = 0;
                await using (var to = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
                {
                    await keys.Vault.Seal(plain, to, room.ContextOf(path), ct);
                    to.Flush(flushToDisk: true);
                }
                File.SetLastWriteTimeUtc(beside, age);
                File.Move(beside, path, overwrite: true);
            }
            catch (FileNotFoundException)
            {
                // Nobody used it any more and it was removed meanwhile.
                continue;
            }
            finally
            {
                File.Delete(beside);
            }
            progress(room.Name, ++done);
        }
        return done;
    }

    /// <summary>
    /// What is sealed with which key, over every column of text or bytes that there is, whatever the rooms say of them: an old key is
    /// retired only when nothing anywhere names it.
    /// </summary>
    public async Task<IReadOnlyList<SealedWith>> Count(CancellationToken ct)
    {
        var counted = new List<SealedWith>();
        var old = keys.Envelopes.Select(e => e.Id).ToList();
        await With(async db =>
        {
            foreach (var (table, column, bytes) in Columns.Any(db.Model))
            {
                foreach (var id in old)
                {
                    if (await ColumnWalk.CountBeginningWith(db, table, column, Beginning(id, bytes), ct) is > 0 and var count)
                        counted.Add(new($"{table}.{column}", id, count));
                }
            }
            return counted;
        }, ct);
        foreach (var room in files)
            counted.AddRange(room.Paths().GroupBy(p => KeyOf(p) ?? "?").Select(g => new SealedWith(room.Name, g.Key, g.LongCount())));
        // Beside leaves something is sealed only since the index's key was replaced.
        if (keys.Vault.Replaced)
            counted.AddRange((await indexes.UnderKeys(ct)).Sealed.Select(s => new SealedWith("log", s.Key, s.Value)));
        return counted;
    }

    static object Beginning(string id, bool bytes) => bytes ? (byte[])[1, (byte)id.Length, .. System.Text.Encoding.ASCII.GetBytes(id)] : $"v1.{id}.";

    /// <summary>
    /// Forgets an old key, once nothing is sealed with it any more. Fails with <c>keys.still-sealed</c>, saying where, or as
    /// <see cref="Keystore.RetireEnvelope"/>.
    /// </summary>
    public async Task<Result<Done>> Retire(string id, TimeSpan rest, CancellationToken ct)
    {
        keys.Refresh();
        var left = (await Count(ct)).Where(c => c.Key == id).ToList();
        return left.Count == 0
            ? keys.RetireEnvelope(id, rest)
            : Error.Conflict("keys.still-sealed", $"还有 {left.Sum(l => l.Count)} 个值用 {id} 封存：{string.Join("、", left.Select(l => l.Place))}",
                $"{left.Sum(l => l.Count)} values are still sealed with {id}: {string.Join(", ", left.Select(l => l.Place))}", "请先运行 tongban keys reseal", "Run tongban keys reseal first");
    }

    static string? KeyOf(string path)
    {
        try
        {
            Span<byte> start = stackalloc byte[2 + 15];
            using var file = File.OpenRead(path);
            return Vault.KeyOf(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    async Task<T> With<T>(Func<NodeDb, Task<T>> act, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        await using var scope = scopes.AsNode("keys");
        return await act(scope.ServiceProvider.GetRequiredService<NodeDb>());
    }
}
