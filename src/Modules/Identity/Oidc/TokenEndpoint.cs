using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.Sessions;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Identity.Oidc;

/// <summary>Exchanges a code, or a refresh token, for tokens (RFC 6749 4.1.3 and 6; OpenID Connect Core 3.1.3).</summary>
static class TokenEndpoint
{
    static readonly TimeSpan AccessLife = TimeSpan.FromMinutes(10);

    public static async Task<IResult> Post(HttpContext http, Clients clients, ClientProof proof, NodeDb db, Tokens tokens, Claims claims, TimeProvider clock, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!http.Request.HasFormContentType)
            return Wrong("invalid_request", "The body must be application/x-www-form-urlencoded");
        var form = await http.Request.ReadFormAsync(ct);
        var client = await proof.Check(http.Request, form, clients, ct);
        if (!client.Ok)
        {
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"oidc\"";
            return Wrong("invalid_client", client.Error.DetailEn, 401);
        }
        return form["grant_type"].ToString() switch
        {
            "authorization_code" => await Code(form, client.Value, db, tokens, claims, clock, ct),
            "refresh_token" => await Refresh(form, client.Value, db, tokens, claims, clock, ct),
            _ => Wrong("unsupported_grant_type", "Only authorization_code and refresh_token"),
        };
    }

    static async Task<IResult> Code(IFormCollection form, Client client, NodeDb db, Tokens tokens, Claims claims, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.NowMs();
        var hash = Secrets.Hash(form["code"].ToString());
        var grant = await db.Set<GrantRow>().SingleOrDefaultAsync(g => g.CodeHash == hash, ct);
        if (grant is null || grant.ClientId != client.Id)
            return NoGrant();
        if (grant.CodeUsedAt is not null)
        {
            // RFC 6749 4.1.2: whoever shows it second, somebody has stolen it.
            return await Revoke(db, grant, now, ct);
        }
        grant.CodeUsedAt = now;
        grant.Revision++;
        if (now >= grant.CodeExpiresAt || grant.RedirectUri != form["redirect_uri"] || !ProvesKey(grant, form["code_verifier"].ToString()))
        {
            grant.RevokedAt = now;
            await db.TrySave(ct);
            return NoGrant();
        }
        return await Issue(grant, db, tokens, claims, clock, ct);
    }

    static bool ProvesKey(GrantRow grant, string verifier) =>
        grant.Challenge is null ? verifier.Length == 0 : verifier.Length is >= 43 and <= 128 && Secrets.Same(Tokens.Challenge(verifier), grant.Challenge);

    static async Task<IResult> Refresh(IFormCollection form, Client client, NodeDb db, Tokens tokens, Claims claims, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.NowMs();
        var hash = Secrets.Hash(form["refresh_token"].ToString());
        var token = await db.Set<TokenRow>().SingleOrDefaultAsync(t => t.Hash == hash && t.Kind == "refresh", ct);
        var grant = token is null ? null : await db.Set<GrantRow>().SingleAsync(g => g.Id == token.GrantId, ct);
        if (token is null || grant is null || grant.ClientId != client.Id || grant.RevokedAt is not null || now >= token.ExpiresAt)
            return NoGrant();
        if (token.UsedAt is not null)
            return await Revoke(db, grant, now, ct);
        token.UsedAt = now;
        grant.Revision++;
        return await Issue(grant, db, tokens, claims, clock, ct);
    }

    static async Task<IResult> Issue(GrantRow grant, NodeDb db, Tokens tokens, Claims claims, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var session = await Live.Session(db, grant, now.ToUnixTimeMilliseconds(), ct);
        if (session is null)
            return await Revoke(db, grant, now.ToUnixTimeMilliseconds(), ct);
        var access = Secrets.New();
        db.Add(new TokenRow { Hash = Secrets.Hash(access), GrantId = grant.Id, Kind = "access", ExpiresAt = now.Add(AccessLife).ToUnixTimeMilliseconds() });
        var answer = new Dictionary<string, object>
        {
            ["access_token"] = access,
            ["token_type"] = "Bearer",
            ["expires_in"] = (long)AccessLife.TotalSeconds,
            ["scope"] = grant.Scope,
            ["id_token"] = tokens.Sign(claims.IdToken(grant, session.PublicId, access, now)),
        };
        if (grant.Scope.Split(' ').Contains(Scope.Offline))
        {
            var refresh = Secrets.New();
            db.Add(new TokenRow { Hash = Secrets.Hash(refresh), GrantId = grant.Id, Kind = "refresh", ExpiresAt = session.EndsAt });
            answer["refresh_token"] = refresh;
        }
        // The grant's revision makes the code work once even when two requests show it at the same moment.
        if (await db.TrySave(ct) == SaveOutcome.Saved)
            return Results.Json(answer);
        db.ChangeTracker.Clear();
        return await Revoke(db, await db.Set<GrantRow>().SingleAsync(g => g.Id == grant.Id, ct), now.ToUnixTimeMilliseconds(), ct);
    }

    static async Task<IResult> Revoke(NodeDb db, GrantRow grant, long now, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await db.InTransaction(() => db.Set<GrantRow>().Where(g => g.Id == grant.Id).ExecuteUpdateAsync(s => s.SetProperty(g => g.RevokedAt, now), ct), ct);
        return NoGrant();
    }

    static IResult NoGrant() => Wrong("invalid_grant", "The code or token is not valid, was used, or has expired");

    static IResult Wrong(string error, string description, int status = 400) =>
        Results.Json(new { error, error_description = description }, statusCode: status);
}

/// <summary>Whether what a grant stands on still holds.</summary>
static class Live
{
    public static async Task<SessionRow?> Session(NodeDb db, GrantRow grant, long now, CancellationToken ct)
    {
        if (grant.RevokedAt is not null || !await db.Set<AccountRow>().ByProvenKey().AnyAsync(a => a.Id == grant.AccountId && !a.Disabled, ct))
            return null;
        return await db.Set<SessionRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Hash == grant.SessionHash && s.EndedAt == null && s.EndsAt > now, ct);
    }
}
