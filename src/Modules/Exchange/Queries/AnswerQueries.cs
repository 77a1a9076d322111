using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// Several queries of one node in one message. Each is checked, logged and metered like one that came alone, and one that is refused
/// says nothing about its neighbours; they become durable in one group.
/// </summary>
static class AnswerQueries
{
    public static async Task Handle(HttpContext http)
    {
        var peer = http.Peer();
        var queries = QueriesMessage.Parse(peer.Body);
        if (!queries.Ok)
        {
            var spent = await http.RequestServices.GetRequiredService<TransparencyLog>().Spend(peer.Nonce, http.RequestAborted);
            await (spent.Error ?? queries.Error).AsResult().ExecuteAsync(http);
            return;
        }
        var answer = http.RequestServices.GetRequiredService<AnswerQuery>();
        var answers = await answer.AnswerMessages(peer.From.NodeId, [.. queries.Value.Select((query, i) => new AnswerQuery.Asked(query, Nonce(peer.Nonce, i)))], http.RequestAborted);
        http.Response.ContentType = "application/json";
        http.AnswerPeer(AnswersMessage.Write(answers));
    }

    /// <summary>Each query spends a nonce of its own, so that none of a message sent again is answered, whatever became of its neighbours.</summary>
    static UsedNonce Nonce(UsedNonce message, int index) => message with { Nonce = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{message.Nonce}.{index}") };
}
