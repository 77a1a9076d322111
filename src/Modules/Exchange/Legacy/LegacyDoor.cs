using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>What a system of this government asks, in whichever shape it came.</summary>
/// <param name="Fields">Null for all that the agreement grants.</param>
sealed record LegacyQuestion(
    string ProviderNode, string Resource, IReadOnlyList<string>? Fields, IReadOnlyDictionary<string, string> Parameters, string? Purpose, string CaseReference, string? ConsentId, string? UserId = null, string? RepresentedParty = null);

/// <summary>
/// Lets registered systems of this government ask through the node: it knows them by their secret, bounds them, and asks as any
/// other question of this node is asked — under an agreement, for a case, with consent where one is needed, logged with the system's name.
/// </summary>
sealed class LegacyDoor(IServiceScopeFactory scopes, IExchange exchange, AgreementBook agreements, NodeIdentity node, IVault vault, Catalogues catalogues, LocalCodes codes, IAccessRecords records, TimeProvider clock)
{
    const string Scheme = "Bearer ";

    /// <summary>How the log names them.</summary>
    public const string Actors = "client:";

    readonly ConcurrentDictionary<string, (long Minute, long Used)> minutes = new(StringComparer.Ordinal);

    /// <summary>Who calls, by <c>Authorization: Bearer ID:SECRET</c>. Whoever it is not hears nothing of which half was wrong.</summary>
    public async Task<Result<LegacyClientRow>> Admit(HttpRequest request, CancellationToken ct)
    {
        var given = request.Headers.Authorization.ToString();
        var parts = given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && given.Length < 256 ? given[Scheme.Length..].Split(':', 2) : [];
        if (parts is not [var id, var secret])
            return Unknown;
        await using var scope = scopes.AsNode("gateway");
        var client = await scope.ServiceProvider.GetRequiredService<NodeDb>().Set<LegacyClientRow>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id && c.RevokedAt == null, ct);
        if (client is null || !client.Knows(secret))
            return Unknown;
        var minute = clock.NowMs() / 60_000;
        var counter = minutes.AddOrUpdate(client.Id, _ => (minute, 1), (_, c) => c.Minute == minute ? (minute, c.Used + 1) : (minute, 1));
        return counter.Used <= client.PerMinute ? client : TooFast;
    }

    /// <summary>Whether this system has to do with a resource at all.</summary>
    public static Error? Refuses(LegacyClientRow client, string resource) => client.MayAsk(resource)
        ? null
        : Error.Forbidden("client.resource", $"本系统未获准查询 {resource}", $"This system may not ask for {resource}", "请联系本单位数据管理员", "Ask the data steward");

    public async Task<Result<ExchangeAnswer>> Ask(LegacyClientRow client, LegacyQuestion asked, CancellationToken ct)
    {
        // JSON has a null where the types have none.
        if (asked.Parameters.Any(p => p.Value is null) || asked.Fields?.Any(f => f is null) == true)
            return GatewayQuery.Malformed;
        if (Refuses(client, asked.Resource) is { } foreign)
            return foreign;
        if (asked.UserId is { Length: > 64 } || asked.RepresentedParty is { Length: > 128 } || asked.CaseReference.Length > 64)
            return Error.Invalid("client.header", "编号过长", "An id is too long", "X-Road-Issue");
        var purpose = asked.Purpose is { Length: > 0 } named ? named : client.Purpose;
        if (purpose.Length == 0)
            return Error.Invalid("client.purpose", "请注明用途（事项基本编码）", "Name the purpose (base code of an item)", "purpose");
        var fields = asked.Fields ?? agreements.All.FirstOrDefault(a =>
            a.Terms.Provider == asked.ProviderNode && a.Terms.Consumer == node.Id && a.Terms.Resource == asked.Resource && a.Inactive(clock.NowMs()) is null && a.Terms.Basis.IsConsent == (asked.ConsentId is not null))?.Terms.Fields ?? [];
        var described = await Described(asked, fields, purpose, ct);
        if (!described.Ok)
            return described.Error;
        var offer = described.Value;
        var inRegion = codes.Asked(client.Department, offer, asked.Parameters);
        if (!inRegion.Ok)
            return inRegion.Error;
        // Whom it is about, for the tracker; by the parameter that the resource asks by.
        var about = ResourceParameter.SubjectOf(offer.Parameters) is { } subject && asked.Parameters.TryGetValue(subject.Name, out var number) && number.Length > 0
            ? vault.BlindIndex(AnswerQuery.PersonContext, number)
            : "";
        var answer = await exchange.Query(new ExchangeQuestion(
            asked.ProviderNode, asked.Resource, inRegion.Value, fields, purpose, asked.CaseReference, about, asked.ConsentId, Actors + client.Id)
        { UserId = asked.UserId, RepresentedParty = asked.RepresentedParty }, ct);
        return answer.Then(given => codes.Answered(client.Department, offer, given.Rows).Map(rows => given with { Rows = rows }));
    }

    /// <summary>
    /// What was obtained before, read by a system: the agreement that it came under still allows it, and its provider's catalogue says what it is.
    /// Handing it over is recorded by <see cref="Record"/>.
    /// </summary>
    public async Task<Result<ResourceOffer>> MayRead(LegacyClientRow client, string agreementId, string resource, CancellationToken ct)
    {
        if (Refuses(client, resource) is { } foreign)
            return foreign;
        if (agreements.Find(agreementId) is not { } agreement)
            return AskProvider.NoAgreement;
        return agreement.Inactive(clock.NowMs()) is { } inactive ? inactive : await catalogues.Offer(agreement.Terms, ct);
    }

    /// <summary>Durable in the log before anything is handed over.</summary>
    public Task Record(LegacyClientRow client, string subject, Words what, string purpose, string caseReference, ResourceOffer offer, CancellationToken ct) =>
        records.Record(new AccessRecord(subject, Actors + client.Id, client.Department, what, purpose, caseReference, offer.Name), ct);

    /// <summary>
    /// The version of the resource that it will be asked under, as its provider's catalogue says. Without it nobody knows whom the question is
    /// about, nor which codes it is in, so it is not asked.
    /// </summary>
    async Task<Result<ResourceOffer>> Described(LegacyQuestion asked, IReadOnlyList<string> fields, string purpose, CancellationToken ct)
    {
        var use = new AgreementUse(node.Id, asked.Resource, 0, fields, purpose, asked.CaseReference, clock.NowMs());
        var agreement = agreements.ToAsk(asked.ProviderNode, use, asked.ConsentId is not null);
        if (agreement is null)
        {
            // One that was signed a moment ago at another replica may not be in memory yet.
            await agreements.Refresh(ct);
            agreement = agreements.ToAsk(asked.ProviderNode, use, asked.ConsentId is not null);
        }
        if (agreement is null)
            return AskProvider.NoAgreement;
        return await catalogues.Offer(agreement.Terms, ct);
    }

    public static readonly Error Unknown = Error.Forbidden("client.unknown", "没有登记的系统，或口令不对", "No such registered system, or not its secret",
        "请在请求头 Authorization 中给出登记的编号和口令", "Send Authorization: Bearer ID:SECRET as it was registered");

    static readonly Error TooFast = Error.Unavailable("client.rate", "本系统这一分钟的调用已达上限", "The calls of this system have reached this minute's bound", "请稍等一分钟再试", "Wait a minute and try again");
}
