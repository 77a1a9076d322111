using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tongban.Identity.Accounts;
using Tongban.Identity.Oidc;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Identity.Sessions;

/// <summary>Removes what has expired: sessions, codes, grants, tokens, messages. A day is kept for questions about a sign-in.</summary>
sealed partial class Sweep(IServiceScopeFactory scopes, TimeProvider clock, ILogger<Sweep> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMinutes(10);
    const long KeptMs = 24 * 3_600_000L;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Once(stoppingToken);
            }
            catch (Exception e) when (e is DbUpdateException or System.Data.Common.DbException)
            {
                // The next round tries again; what has expired is refused whether or not its row is gone.
                Failed(e);
            }
        }
    }

    internal async Task Once(CancellationToken ct)
    {
        await using var scope = scopes.AsNode("identity-sweep");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var before = clock.NowMs() - KeptMs;
        await db.InTransaction(async () =>
        {
            await db.Set<TokenRow>().Where(t => t.ExpiresAt < before).ExecuteDeleteAsync(ct);
            // A grant must outlive its refresh tokens, or a stolen one could not end the family.
            await db.Set<GrantRow>().Where(g => g.CodeExpiresAt < before && !db.Set<TokenRow>().Any(t => t.GrantId == g.Id)).ExecuteDeleteAsync(ct);
            await db.Set<SessionRow>().Where(s => s.EndsAt < before).ExecuteDeleteAsync(ct);
            await db.Set<CodeRow>().Where(c => c.ExpiresAt < before).ExecuteDeleteAsync(ct);
            return await db.Set<LocalMessageRow>().Where(m => m.ExpiresAt < before).ExecuteDeleteAsync(ct);
        }, ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired sign-ins were not removed")]
    partial void Failed(Exception e);
}
