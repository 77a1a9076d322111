using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Identity.Accounts;
using Tongban.Identity.People;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.Sessions;

/// <summary>
/// Opens, finds and ends sessions. A found session is kept in memory for some seconds; ending one takes effect at once
/// on this replica and within <see cref="IdentityOptions.SessionCache"/> on others.
/// </summary>
sealed class Sessions(IServiceScopeFactory scopes, IVault vault, IdentityOptions options, TimeProvider clock, SessionCookie cookie)
{
    const int Kept = 20_000;
    const long SeenEveryMs = 60_000;

    readonly ConcurrentDictionary<string, Known> known = new();

    sealed class Known(SignedIn session, long readAt, long seenAt)
    {
        public SignedIn Session => session;

        public long ReadAt => readAt;

        public long SeenAt = seenAt;
    }

    /// <summary>
    /// Adds a session to the caller's unit of work and gives the browser its secret. A session the browser had before is
    /// ended: a secret never survives a change of rights.
    /// </summary>
    public SessionRow Open(NodeDb db, HttpContext http, AccountRow account, int level, SessionRow? continues = null)
    {
        var now = clock.NowMs();
        var secret = Secrets.New();
        var roles = account.RoleList;
        var row = new SessionRow
        {
            Hash = Secrets.Hash(secret),
            PublicId = Guid.CreateVersion7().ToString("N"),
            AccountId = account.Id,
            Step = account.MustChange ? SessionStep.NewPassword : roles.Count > 1 ? SessionStep.ChooseRole : SessionStep.Ready,
            Role = account.Kind == AccountRow.Staff ? (roles.Count == 1 ? roles[0] : Role.None) : Role.Resident,
            Level = level,
            Device = Devices.Name(http.Request.Headers.UserAgent.ToString()),
            SignedInAt = continues?.SignedInAt ?? now,
            SeenAt = now,
            EndsAt = continues?.EndsAt ?? now + (long)options.SessionLife.TotalMilliseconds,
        };
        db.Add(row);
        if (continues is not null)
        {
            continues.EndedAt = now;
            known.TryRemove(continues.Hash, out _);
        }
        cookie.Write(http.Response, secret);
        return row;
    }

    public async Task<SignedIn?> Find(string secret, CancellationToken ct)
    {
        if (secret.Length != 43)
            return null;
        var hash = Secrets.Hash(secret);
        var now = clock.NowMs();
        if (!known.TryGetValue(hash, out var found) || now - found.ReadAt > options.SessionCache.TotalMilliseconds)
        {
            found = await Load(hash, now, ct);
            if (found is null)
                return null;
            if (known.Count > Kept)
                known.Clear();
            known[hash] = found;
        }
        if (now >= found.Session.EndsAt || now - found.SeenAt > Idle(found.Session).TotalMilliseconds)
            return null;
        if (now - found.SeenAt > SeenEveryMs)
            await Seen(hash, found, now, ct);
        return found.Session;
    }

    TimeSpan Idle(SignedIn session) => session.IsStaff ? options.StaffIdle : options.PersonIdle;

    public void Forget(string hash) => known.TryRemove(hash, out _);

    /// <summary>Ends sessions of an account, all or all but one, and the tokens given under them.</summary>
    public async Task EndAll(NodeDb db, string accountId, string? butHash, CancellationToken ct)
    {
        var now = clock.NowMs();
        var rows = await db.Set<SessionRow>().Where(s => s.AccountId == accountId && s.EndedAt == null && s.Hash != (butHash ?? "")).ToListAsync(ct);
        foreach (var row in rows)
        {
            row.EndedAt = now;
            known.TryRemove(row.Hash, out _);
        }
        // A reader may have put a session back between our reading it and the caller's commit.
        db.Committed += () => rows.ForEach(r => known.TryRemove(r.Hash, out _));
    }

    /// <summary>
    /// Ends the sessions that act under a mandate. They do not fall back to the person: what was begun for the other would
    /// be sent as the person's own.
    /// </summary>
    public async Task EndUnder(NodeDb db, string mandateId, CancellationToken ct)
    {
        var now = clock.NowMs();
        foreach (var row in await db.Set<SessionRow>().Where(s => s.MandateId == mandateId && s.EndedAt == null).ToListAsync(ct))
            row.EndedAt = now;
        db.Committed += () =>
        {
            foreach (var (hash, found) in known)
            {
                if (found.Session.Actor.MandateId == mandateId)
                    known.TryRemove(hash, out _);
            }
        };
    }

    public void End(NodeDb db, SessionRow row)
    {
        row.EndedAt = clock.NowMs();
        known.TryRemove(row.Hash, out _);
        db.Committed += () => known.TryRemove(row.Hash, out _);
    }

    /// <summary>Ends the session the browser has now, if any: a new sign-in never leaves the old one behind.</summary>
    public async Task EndPresent(NodeDb db, HttpContext http, CancellationToken ct)
    {
        if (http.Session() is { } present && await db.Set<SessionRow>().SingleOrDefaultAsync(s => s.Hash == present.Hash, ct) is { } row)
            End(db, row);
    }

    async Task<Known?> Load(string hash, long now, CancellationToken ct)
    {
        await using var scope = scopes.AsNode("sessions");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var row = await db.Set<SessionRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Hash == hash && s.EndedAt == null && s.EndsAt > now, ct);
        if (row is null)
            return null;
        var account = await db.Set<AccountRow>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == row.AccountId && !a.Disabled, ct);
        if (account is null)
            return null;
        var own = await OwnKey(db, account, ct);
        var actor = row.Step != SessionStep.Ready
            ? Actor.Nobody
            : account.Kind == AccountRow.Staff
                ? StaffActor(account, row)
                : await PersonActor(db, account, own, row, ct);
        return new Known(
            new SignedIn(row.Hash, row.PublicId, account.Id, account.Kind, row.Step, account.RoleList, actor, own, row.Level, row.SignedInAt, row.EndsAt),
            now,
            row.SeenAt);
    }

    Actor StaffActor(AccountRow account, SessionRow row) => account.RoleList.Contains(row.Role)
        ? new Actor(row.Role, account.Id, vault.Open(account.NameSealed, AccountNames.Context), account.Division, account.Department.Length == 0 ? null : account.Department)
        : Actor.Nobody;

    /// <summary>The person's own key; while the index's key is being replaced, in the form from which all rows of theirs are found.</summary>
    async Task<string> OwnKey(NodeDb db, AccountRow account, CancellationToken ct) =>
        vault.Changing && account.PersonId is { } id && await db.Set<PersonRow>().AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct) is { } person
            ? People.People.KeyOf(vault, person)
            : account.SubjectKey;

    async Task<Actor> PersonActor(NodeDb db, AccountRow account, string key, SessionRow row, CancellationToken ct)
    {
        var own = new Actor(Role.Resident, account.Id, vault.Open(account.NameSealed, AccountNames.Context), SubjectKey: key, Level: row.Level);
        if (row.MandateId is null)
            return own;
        // A mandate that ended while somebody was acting under it takes them back to themselves.
        var mandate = await db.Set<MandateRow>().AsNoTracking().SingleOrDefaultAsync(m => m.Id == row.MandateId, ct);
        if (mandate is null || !vault.Same(mandate.SubjectKey, account.SubjectKey) || !mandate.HoldsOn(clock.Today()))
            return own;
        var keys = vault.Forms(mandate.ForKey);
        var whom = await db.Set<PersonRow>().AsNoTracking().SingleAsync(p => keys.Contains(p.SubjectKey), ct);
        return own with
        {
            Role = whom.Kind == PersonRow.Enterprise ? Role.EnterpriseStaff : Role.Resident,
            SubjectKey = People.People.KeyOf(vault, whom),
            ActingForName = vault.Open(whom.NameSealed, PersonFields.Name),
            MandateId = mandate.Id,
        };
    }

    async Task Seen(string hash, Known found, long now, CancellationToken ct)
    {
        found.SeenAt = now;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        await db.InTransaction(() => db.Set<SessionRow>().Where(s => s.Hash == hash).ExecuteUpdateAsync(s => s.SetProperty(r => r.SeenAt, now), ct), ct);
    }
}
