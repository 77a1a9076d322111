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
        if (await Asked(http) is { } asked)
            Answer(http, await http.RequestServices.GetRequiredService<AnswerQuery>().AnswerMessages(http.Peer().From.NodeId, asked, http.Answering(), http.RequestAborted));
    }

    /// <summary>The same question, answered under the seal of this node's log and without a signature of its own; signed where one was refused.</summary>
    public static async Task HandleSealed(HttpContext http)
    {
        if (await Asked(http) is not { } asked)
            return;
        var (seal, otherwise) = await http.RequestServices.GetRequiredService<AnswerQuery>().Seal(http.Peer().From.NodeId, asked, http.Answering(), http.RequestAborted);
        if (seal is null)
        {
            Answer(http, otherwise);
            return;
        }
        http.Response.ContentType = "application/json";
        http.AnswerPeer(seal.ToJson(), isSealed: true);
    }

    static void Answer(HttpContext http, Result<byte[]>[] answers)
    {
        http.Response.ContentType = "application/json";
        http.AnswerPeer(AnswersMessage.Write(answers));
    }

    /// <summary>Null when it was answered already: it is no list of queries.</summary>
    static async Task<AnswerQuery.Asked[]?> Asked(HttpContext http)
    {
        var peer = http.Peer();
        var queries = QueriesMessage.Parse(peer.Body);
        if (queries.Ok)
            return [.. queries.Value.Select((query, i) => new AnswerQuery.Asked(query, Nonce(peer.Nonce, i)))];
        var spent = await http.RequestServices.GetRequiredService<TransparencyLog>().Spend(peer.Nonce, http.RequestAborted);
        await (spent.Error ?? queries.Error).AsResult().ExecuteAsync(http);
        return null;
    }

    /// <summary>Each query spends a nonce of its own, so that none of a message sent again is answered, whatever became of its neighbours.</summary>
    static UsedNonce Nonce(UsedNonce message, int index) => message with { Nonce = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{message.Nonce}.{index}") };
}
