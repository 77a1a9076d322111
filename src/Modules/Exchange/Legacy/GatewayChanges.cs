using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// What a subscription of this node brought, for a connected system: <c>GET /gateway/changes?subscription=ID&amp;after=N&amp;limit=L</c>. Read in order of
/// the offsets, and as often as wanted from any of them on: where a system stands is its own to know. Of what another department began it hears nothing.
/// </summary>
static class GatewayChanges
{
    const int MostAtOnce = 100;

    public static async Task<IResult> Handle(HttpContext http, LegacyDoor door, LocalCodes codes, ConsentBook consents, NodeIdentity node, IVault vault, TimeProvider clock, IServiceScopeFactory scopes, CancellationToken ct)
    {
        var client = await door.Admit(http.Request, ct);
        if (!client.Ok)
            return client.Error.AsResult();
        var query = http.Request.Query;
        if (Number(query["after"], 0) is not { } after)
            return Wrong("after", "after 应为已读到的序号（从 0 开始的整数）", "after is the offset that was read last (a whole number from 0)").AsResult();
        if (Number(query["limit"], MostAtOnce) is not (>= 1 and <= MostAtOnce and var limit))
            return Wrong("limit", $"limit 应为 1–{MostAtOnce} 的整数", $"limit is a whole number of 1 to {MostAtOnce}").AsResult();
        await using var scope = scopes.AsNode("gateway");
        var db = scope.ServiceProvider.GetRequiredService<NodeDb>();
        var id = query["subscription"].ToString();
        if (await db.Set<SubscriptionRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == id && s.Department == client.Value.Department, ct) is not { } row)
            return Subscribe.None.AsResult();
        var offer = await door.MayRead(client.Value, row.AgreementId, row.Resource, ct);
        if (!offer.Ok)
            return offer.Error.AsResult();
        if (row.ConsentId is { } consent && consents.IsRevoked(node.Id, consent))
            return ConsentArtefact.Revoked.AsResult();
        if (after > row.Offset)
            return Wrong("after", $"这项订阅只收到第 {row.Offset} 项变化", $"This subscription has come to offset {row.Offset}").AsResult();
        // What is to be deleted by now is read no more, whether or not it is gone already.
        var now = clock.NowMs();
        var held = await db.Set<TakenChangeRow>().AsNoTracking().Where(c => c.SubscriptionId == id && c.Offset > after && (c.DeleteAt == null || c.DeleteAt > now)).OrderBy(c => c.Offset).Take((int)limit).ToListAsync(ct);
        var changes = new List<object>(held.Count);
        foreach (var change in held)
        {
            var answer = QueryAnswer.Parse(vault.TryOpen(change.Answer, TakenChangeRow.SealContext).Value).Value;
            var rows = codes.Answered(client.Value.Department, offer.Value, answer.Rows);
            if (!rows.Ok)
                return rows.Error.AsResult();
            changes.Add(new { offset = change.Offset, exchangeId = answer.ExchangeId, asOf = answer.AsOf, deleteAt = change.DeleteAt, rows = rows.Value, withheld = answer.Withheld?.Groups, withheldOrMore = answer.Withheld?.OrMore });
        }
        if (changes.Count > 0)
            await door.Record(client.Value, row.SubjectKey, new Words("订阅收到的变化", "changes received by a subscription"), row.Purpose, row.CaseReference, offer.Value, ct);
        return Results.Json(new { subscription = row.Id, provider = row.Provider, resource = row.Resource, offset = row.Offset, more = held.Count > 0 && held[^1].Offset < row.Offset, ended = row.Code, changes }, DirectoryDocument.Json);
    }

    static long? Number(string? text, long otherwise) =>
        string.IsNullOrEmpty(text) ? otherwise : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static Error Wrong(string where, string zh, string en) => Error.Invalid("gateway.offset", zh, en, where, "改正后重试", "Correct it and try again");
}
