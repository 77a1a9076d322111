using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Trust;

namespace Tongban.Exchange;

public static partial class ExchangeModule
{
    /// <summary>How long a key rests after its successor was made, before it may be retired.</summary>
    public static readonly TimeSpan KeyRest = TimeSpan.FromMinutes(15);

    /// <summary>How long a new key of the blind index waits before rows are written with it: longer than any replica takes to read the keystore again.</summary>
    public static readonly TimeSpan IndexWait = TimeSpan.FromMinutes(1);

    static IServiceCollection AddKeys(this IServiceCollection services) => services
        .AddSingleton<Reseal>()
        .AddSingleton<Reindex>()
        .AddHostedService<ResealOld>();

    /// <summary>The keys of a node and how much is sealed with each, line by line.</summary>
    public static async Task<IReadOnlyList<Words>> ShowKeys(IServiceProvider services, CancellationToken ct)
    {
        var keys = services.GetRequiredService<Keystore>();
        var counts = await services.GetRequiredService<Reseal>().Count(ct);
        var (indexes, indexed) = (keys.Vault.Indexes, await services.GetRequiredService<Reindex>().Count(ct));
        return
        [
            .. keys.Held.Select(k => new Words($"{k.Use}  {k.Key}{(k.InToken ? "  （在密码设备中）" : "")}", $"{k.Use}  {k.Key}{(k.InToken ? "  (in the token)" : "")}")),
            .. keys.Envelopes.Select(e => (e.Id, e.Cipher, Sealed: counts.Where(c => c.Key == e.Id).Sum(c => c.Count))).Select(e => new Words(
                $"{e.Id}  {e.Cipher}  封存 {e.Sealed} 个值{(e.Id == keys.Vault.KeyId ? "，当前使用" : "")}", $"{e.Id}  {e.Cipher}  seals {e.Sealed} values{(e.Id == keys.Vault.KeyId ? ", in use" : "")}")),
            .. Enumerable.Range(indexes.Oldest, indexes.Newest - indexes.Oldest + 1).Select(n => (Id: $"i{n}", Count: indexed.Where(i => i.Key == $"i{n}").Sum(i => i.Count), InUse: n == indexes.Newest)).Select(i => new Words(
                $"{i.Id}  盲索引  {i.Count} 个索引{(i.InUse ? "，当前使用" : "")}", $"{i.Id}  blind index  {i.Count} indexes{(i.InUse ? ", in use" : "")}")),
        ];
    }

    /// <summary>Seals all that is there with the newest envelope key; the number of values that were sealed anew.</summary>
    /// <param name="log">Told how the log's part went: a running node does that itself.</param>
    public static async Task<long> ResealAll(IServiceProvider services, Action<string, long> progress, Action<Words> log, CancellationToken ct)
    {
        var (reseal, keys) = (services.GetRequiredService<Reseal>(), services.GetRequiredService<Keystore>());
        var done = await reseal.Run(progress, ct);
        return keys.Vault.Replaced && (await services.GetRequiredService<Reindex>().UnderKeys(ct)).Sealed.Keys.Any(k => k != keys.Vault.KeyId)
            ? done + await InLog(services, open => open.Reseal(keys.Vault, ct), log)
            : done;
    }

    /// <summary>Brings all blind indexes under their newest key; the number that were made anew.</summary>
    /// <param name="log"><inheritdoc cref="ResealAll" path="/param[@name='log']"/></param>
    public static async Task<long> ReindexAll(IServiceProvider services, Action<string, long> progress, Action<Words> log, CancellationToken ct)
    {
        var (reindex, keys) = (services.GetRequiredService<Reindex>(), services.GetRequiredService<Keystore>());
        keys.Refresh();
        if (keys.Vault.Replaced && keys.Vault.Indexes.From - TimeProvider.System.GetUtcNow() is { Ticks: > 0 } left)
        {
            var seconds = (int)Math.Ceiling(left.TotalSeconds);
            log(new Words($"i{keys.Vault.Indexes.Newest} 在 {seconds} 秒后启用，届时再运行", $"i{keys.Vault.Indexes.Newest} is in use in {seconds} seconds; run this again then"));
            return 0;
        }
        var (done, again) = (0L, 0L);
        // Until a whole round finds nothing: what came amid the first may have been behind it.
        do
            done += again = await reindex.Rows(progress, ct);
        while (again > 0);
        return keys.Vault.Replaced && await reindex.AnyOlder(ct)
            // What leads to the log comes after it.
            ? done + await InLog(services, open => reindex.Log(open, progress, ct), log) + await reindex.Rows(progress, ct)
            : done;
    }

    static async Task<long> InLog(IServiceProvider services, Func<TransparencyLog, Task<Result<long>>> act, Action<Words> say)
    {
        var opened = await TryOpenLog(services);
        if (!opened.Ok)
        {
            var keys = services.GetRequiredService<Keystore>();
            say(opened.Error.Code != "log.in-use" ? new Words(opened.Error.Detail, opened.Error.DetailEn)
                : keys.Vault.Changing || keys.Envelopes.Count > 1 ? new Words("日志由正在运行的节点自己更换，一分钟内开始", "The running node does its log by itself, within a minute")
                // What is under a key that was retired, the job of a running node does not look for.
                : new Words("节点正在运行，日志没有更换：请停止节点后再运行一次", "The node is running, so its log was not done: stop it and run this again"));
            return 0;
        }
        await using var log = opened.Value;
        var done = await act(log);
        if (!done.Ok)
            say(new Words(done.Error.Detail, done.Error.DetailEn));
        return done.Ok ? done.Value : 0;
    }

    /// <param name="id">An envelope key, such as <c>k1</c>, or one of the blind index, such as <c>i1</c>.</param>
    public static Task<Result<Done>> RetireKey(IServiceProvider services, string id, TimeSpan rest, CancellationToken ct) => id.StartsWith('i')
        ? services.GetRequiredService<Reindex>().Retire(id, rest, ct)
        : services.GetRequiredService<Reseal>().Retire(id, rest, ct);

    /// <summary>The table of sealed columns and blind indexes, as docs/keys.md has it.</summary>
    public static string ColumnsTable(IModel model) => string.Concat(
        "| table | column | sealed | found by |\n|---|---|---|---|\n",
        string.Concat(
            Columns.Sealed(model).Select(c => (c.Table, c.Column, Sealed: $"`{c.Context}`", Found: "opened only"))
                .Concat(Columns.Blind(model).Select(c => (c.Table, c.Column, Sealed: "", Found: $"exact blind index: {c.Mark.Of}")))
                .OrderBy(c => c.Table, StringComparer.Ordinal).ThenBy(c => c.Column, StringComparer.Ordinal)
                .Select(c => $"| {c.Table} | {c.Column} | {c.Sealed} | {c.Found} |\n")));
}
