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

    static IServiceCollection AddKeys(this IServiceCollection services) => services
        .AddSingleton<Reseal>()
        .AddHostedService<ResealOld>();

    /// <summary>The keys of a node and how much is sealed with each, line by line.</summary>
    public static async Task<IReadOnlyList<Words>> ShowKeys(IServiceProvider services, CancellationToken ct)
    {
        var keys = services.GetRequiredService<Keystore>();
        var counts = await services.GetRequiredService<Reseal>().Count(ct);
        return
        [
            .. keys.Held.Select(k => new Words($"{k.Use}  {k.Key}{(k.InToken ? "  （在密码设备中）" : "")}", $"{k.Use}  {k.Key}{(k.InToken ? "  (in the token)" : "")}")),
            .. keys.Envelopes.Select(e => (e.Id, e.Cipher, Sealed: counts.Where(c => c.Key == e.Id).Sum(c => c.Count))).Select(e => new Words(
                $"{e.Id}  {e.Cipher}  封存 {e.Sealed} 个值{(e.Id == keys.Vault.KeyId ? "，当前使用" : "")}", $"{e.Id}  {e.Cipher}  seals {e.Sealed} values{(e.Id == keys.Vault.KeyId ? ", in use" : "")}")),
        ];
    }

    /// <summary>Seals all that is there with the newest envelope key; the number of values that were sealed anew.</summary>
    public static Task<long> ResealAll(IServiceProvider services, Action<string, long> progress, CancellationToken ct) => services.GetRequiredService<Reseal>().Run(progress, ct);

    public static Task<Result<Done>> RetireKey(IServiceProvider services, string id, TimeSpan rest, CancellationToken ct) => services.GetRequiredService<Reseal>().Retire(id, rest, ct);

    /// <summary>The table of sealed columns and blind indexes, as docs/keys.md has it.</summary>
    public static string ColumnsTable(IModel model) => string.Concat(
        "| table | column | sealed | found by |\n|---|---|---|---|\n",
        string.Concat(
            Columns.Sealed(model).Select(c => (c.Table, c.Column, Sealed: $"`{c.Context}`", Found: "opened only"))
                .Concat(Columns.Blind(model).Select(c => (c.Table, c.Column, Sealed: "", Found: $"exact blind index: {c.Of}")))
                .OrderBy(c => c.Table, StringComparer.Ordinal).ThenBy(c => c.Column, StringComparer.Ordinal)
                .Select(c => $"| {c.Table} | {c.Column} | {c.Sealed} | {c.Found} |\n")));
}
