using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>A request of another node whose signature held.</summary>
/// <param name="Nonce">Still to be spent by a handler that said it does so itself; spent otherwise.</param>
sealed record PeerRequest(MemberEntry From, ReadOnlyMemory<byte> Body, UsedNonce Nonce);

/// <summary>Marks a route whose handler spends the nonce itself, in the same transaction as what it logs.</summary>
sealed class SpendsNonce
{
    public static readonly SpendsNonce Itself = new();
}

/// <summary>
/// The door for other nodes: everything below <c>/peer</c> and <c>/dsp</c>. The signature is verified before anything is taken in or done, the nonce is
/// spent durably, the actor becomes the sending node; whatever is answered, refusals included, is signed and bound to the request.
/// </summary>
sealed class PeerGate(RequestDelegate next, NodeIdentity node, RegionDirectory directory, Keystore keys, TransparencyLog log, LogStanding standing, ExchangeTimes times, TimeProvider clock)
{
    const int LargestBody = 16 * 1024 * 1024;

    readonly Uri publicBase = new(node.PublicUrl);

    public async Task InvokeAsync(HttpContext http)
    {
        if (!PeerPaths.Are(http.Request.Path))
        {
            await next(http);
            return;
        }
        var arrived = Stopwatch.GetTimestamp();
        var view = new ServerRequestView(http.Request, default, publicBase);
        var original = http.Response.Body;
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        try
        {
            var refused = await Admit(http, view);
            if (refused is null)
                await next(http);
            else
                await Refuse(http, refused).ExecuteAsync(http);
        }
        finally
        {
            http.Response.Body = original;
        }
        var given = http.Features.Get<PeerContent>();
        var content = given?.Bytes ?? answer.GetBuffer().AsMemory(0, (int)answer.Length);
        if (given is not { IsSealed: true })
            Sign(http, view, content);
        var exchanges = http.Features.Get<AnsweredExchanges>();
        if (exchanges is not null)
            http.Response.Headers[ServerTiming.Header] = ServerTiming.Write(Durations.Microseconds(arrived, Stopwatch.GetTimestamp()));
        // An answer without content (204) may not even say that its length is 0.
        if (content.IsEmpty)
            return;
        http.Response.ContentLength = content.Length;
        await http.Response.Body.WriteAsync(content, http.RequestAborted);
        if (exchanges is not null)
            exchanges.Tell(times, http.Peer().From.NodeId, Durations.Microseconds(arrived, Stopwatch.GetTimestamp()));
    }

    void Sign(HttpContext http, ServerRequestView view, ReadOnlyMemory<byte> content)
    {
        var signed = MessageSigner.SignResponse(http.Response, view, content, keys.Messages, clock.GetUtcNow());
        if (!signed.Ok && http.Response.StatusCode < 400)
            throw new InvalidOperationException($"An answer could not be signed: {signed.Error.Code}");
    }

    /// <summary>Null when the request may go on. Nothing of its content is kept before a member is known to have sent it.</summary>
    async ValueTask<Error?> Admit(HttpContext http, ServerRequestView view)
    {
        if (http.Request.ContentLength > LargestBody)
            return TooLarge;
        MemberEntry? from = null;
        var verified = MessageVerifier.VerifyHead(view, HasContent(http.Request), Profile.Label, kid =>
        {
            var key = directory.Key(kid);
            from = key?.Member;
            return key?.Key;
        }, clock.GetUtcNow(), Profile.Request);
        if (!verified.Ok)
            return verified.Error;
        var read = HasContent(http.Request) ? await Body(http) : Array.Empty<byte>();
        if (!read.Ok)
            return read.Error;
        var body = read.Value;
        if (MessageVerifier.Differs(verified.Value, view, body, Profile.Request) is { } differs)
            return differs;
        if (verified.Value.Parameters.Created * 1000 < standing.Since)
            return Error.Conflict("signature.before-epoch", "报文早于本节点日志的恢复时刻，无法判断是否已处理过", "The message is older than the recovery of this node's log, which cannot tell whether it had it before", "请重新签名后再发", "Sign it again and send it");
        if (from!.IsSociety && http.GetEndpoint()?.Metadata.GetMetadata<OpenToSociety>() is null)
            return OpenToSociety.No;
        if (directory.Stale(from.NodeId, http.Request.Path) is { } stale)
            return stale;
        var nonce = UsedNonce.Of(verified.Value, Profile.Request)!;
        if (http.GetEndpoint()?.Metadata.GetMetadata<SpendsNonce>() is null && await log.Spend(nonce, http.RequestAborted) is { Ok: false } spent)
            return spent.Error;
        // Whoever stands between may not say what the sender holds.
        if (!verified.Value.Parameters.Components.Any(c => c.Name == Profile.IfNoneMatch))
            http.Request.Headers.Remove(Profile.IfNoneMatch);
        // The digest is over what is sent: nothing behind this may recode it.
        http.Request.Headers.Remove("Accept-Encoding");
        http.Features.Set(new PeerRequest(from, body, nonce));
        http.RequestServices.GetRequiredService<CurrentActor>().Become(Actor.PeerNode(from.NodeId));
        return null;
    }

    /// <summary>The Dataspace Protocol tells whoever is not authorised no more than that there is nothing.</summary>
    static IResult Refuse(HttpContext http, Error refused) =>
        http.Request.Path.StartsWithSegments(PeerPaths.Dataspace, StringComparison.OrdinalIgnoreCase) && refused.Kind == ErrorKind.Forbidden
            ? new ErrorResult(refused with { Kind = ErrorKind.NotFound })
            : refused.AsResult();

    static bool HasContent(HttpRequest request) => request.ContentLength > 0 || (request.ContentLength is null && request.Headers.ContainsKey("Transfer-Encoding"));

    static async ValueTask<Result<byte[]>> Body(HttpContext http)
    {
        var request = http.Request;
        if (request.ContentLength is { } length)
        {
            var exact = new byte[length];
            var read = await request.Body.ReadAtLeastAsync(exact, exact.Length, throwOnEndOfStream: false, http.RequestAborted);
            return Replay(request, read == exact.Length ? exact : exact[..read]);
        }
        using var buffer = new MemoryStream();
        var block = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(block, http.RequestAborted)) > 0;)
        {
            if (buffer.Length + read > LargestBody)
                return TooLarge;
            buffer.Write(block, 0, read);
        }
        return Replay(request, buffer.ToArray());
    }

    static byte[] Replay(HttpRequest request, byte[] body)
    {
        request.Body = new MemoryStream(body, writable: false);
        return body;
    }

    static readonly Error TooLarge = Error.Invalid("peer.body-too-large", "报文过大", "The message is too large");
}

/// <summary>An answer that its handler has whole: it is signed and sent as it is, without a way through a stream.</summary>
/// <param name="IsSealed">The log's seal is in it and stands for the signature.</param>
sealed record PeerContent(ReadOnlyMemory<byte> Bytes, bool IsSealed);

/// <summary>The exchanges that one message answers, so that each is counted with the time at which the answer has left.</summary>
sealed class AnsweredExchanges
{
    readonly List<(string Resource, ExchangeOutcome Outcome, long InSource)> all = new(1);

    public void Add(string resource, ExchangeOutcome outcome, long inSource) => all.Add((resource, outcome, inSource));

    public void Tell(ExchangeTimes times, string consumer, long total)
    {
        foreach (var (resource, outcome, inSource) in all)
            times.Provided(consumer, resource, outcome, total, inSource);
    }
}

static class PeerGates
{
    /// <summary>The request that is being handled answers exchanges: they are counted when the answer has left.</summary>
    public static AnsweredExchanges Answering(this HttpContext http)
    {
        var exchanges = new AnsweredExchanges();
        http.Features.Set(exchanges);
        return exchanges;
    }

    public static void AnswerPeer(this HttpContext http, ReadOnlyMemory<byte> content, bool isSealed = false) => http.Features.Set(new PeerContent(content, isSealed));

    /// <summary>The verified request that is being handled.</summary>
    public static PeerRequest Peer(this HttpContext http) => http.Features.GetRequiredFeature<PeerRequest>();
}
