using System.Diagnostics;
using System.Net;
using System.Text;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>What another node answered, its signature verified and bound to the request.</summary>
/// <param name="IsUnsigned">It carries no signature, because its sender's log is to seal it: nothing of it is verified yet.</param>
/// <param name="OnTheWay">Microseconds until it came, the time left out that the other node says it took; negative when it does not say.</param>
sealed record PeerAnswer(int Status, byte[] Body, bool IsUnsigned = false, long OnTheWay = -1)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>
/// Signed requests to other nodes over kept connections. An answer counts only when that very node signed it, for this very
/// request; an answer that is not signed is treated as no answer.
/// </summary>
sealed class PeerClient(RegionDirectory directory, Keystore keys, ExchangeOptions options, TimeProvider clock) : IPeerCalls, IDisposable
{
    public const string NotTrusted = "peer.answer-not-trusted";

    const int LargestAnswer = 16 * 1024 * 1024;

    readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        // A peer that moved is found again by name after this time.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        MaxConnectionsPerServer = 64,
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
    });

    public async Task<Result<string>> Get(string nodeId, string path, CancellationToken ct)
    {
        var answer = await Send(nodeId, HttpMethod.Get, path, default, ct);
        return answer.Ok ? answer.Value.Text : answer.Error;
    }

    /// <summary>What a node shows everyone, with no signature either way: for documents that prove themselves.</summary>
    public async Task<Result<string>> GetOpen(string nodeId, string path, CancellationToken ct)
    {
        if (directory.Entry(nodeId) is not { } member)
            return NotAMember(nodeId);
        using var request = new HttpRequestMessage(HttpMethod.Get, member.Endpoint + path) { Version = HttpVersion.Version11 };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.PeerTimeout);
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            return response.StatusCode == HttpStatusCode.OK && await Content(response, limit.Token) is { } content ? Encoding.UTF8.GetString(content) : Unreachable(member);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Unreachable(member);
        }
    }

    /// <param name="key">Another key of this node's than the one it signs messages with.</param>
    /// <param name="orSealed">An answer without a signature comes back as it is, <see cref="PeerAnswer.IsUnsigned"/>: the caller verifies its seal.</param>
    /// <param name="unless">Entity tag of what is held: where it is still so, the answer is 304 without content.</param>
    /// <summary>An answer with an error status comes back as the <see cref="Error"/> that the other node signed.</summary>
    public async Task<Result<PeerAnswer>> Send(
        string nodeId, HttpMethod method, string path, ReadOnlyMemory<byte> body, CancellationToken ct, string contentType = "application/json", NodeKey? key = null, bool orSealed = false, string? unless = null)
    {
        if (directory.Entry(nodeId) is not { } member)
            return NotAMember(nodeId);
        if (directory.Stale(nodeId, path) is { } stale)
            return stale;
        using var request = new HttpRequestMessage(method, member.Endpoint + path) { Version = HttpVersion.Version11 };
        if (!body.IsEmpty)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        if (unless is not null)
            request.Headers.TryAddWithoutValidation(Profile.IfNoneMatch, unless);
        var signed = MessageSigner.SignRequest(request, body, key ?? keys.Messages, clock.GetUtcNow());
        if (!signed.Ok)
            return signed.Error;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.PeerTimeout);
        var sent = Stopwatch.GetTimestamp();
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            var content = await Content(response, limit.Token);
            if (content is null)
                return Unreachable(member);
            var took = Durations.Microseconds(sent, Stopwatch.GetTimestamp());
            return orSealed && response.StatusCode == HttpStatusCode.OK && !response.Headers.Contains("Signature")
                ? new PeerAnswer(200, content, IsUnsigned: true, OnTheWay(response, took))
                : Judge(member, response, signed.Value, content, unless is not null, took);
        }
        catch (HttpRequestException)
        {
            return Unreachable(member);
        }
        catch (IOException)
        {
            return Unreachable(member);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Unreachable(member);
        }
    }

    Result<PeerAnswer> Judge(MemberEntry member, HttpResponseMessage response, ClientRequestView request, byte[] content, bool conditional, long took)
    {
        var verified = MessageVerifier.Verify(
            new ClientResponseView(response, request, content),
            Profile.Label,
            kid => directory.Key(kid) is { } key && key.Member.NodeId == member.NodeId ? key.Key : null,
            clock.GetUtcNow(),
            Profile.Response);
        if (!verified.Ok)
        {
            return Error.Unavailable(NotTrusted,
                $"{member.Name.Zh}的回答没有通过签名验证（{verified.Error.Code}），未采用", $"The answer of {member.Name.En} did not pass verification ({verified.Error.Code}) and was not used",
                "请稍后再试；如一直出现，请通知数据管理员", "Try again later; if it persists, tell the data steward");
        }
        var status = (int)response.StatusCode;
        return status is >= 200 and < 300 || (conditional && status == 304) ? new PeerAnswer(status, content, OnTheWay: OnTheWay(response, took)) : PeerProblem.Read(status, content);
    }

    static long OnTheWay(HttpResponseMessage response, long took) => ServerTiming.Read(response) is { } there ? Math.Max(0, took - there) : -1;

    /// <summary>Null when it is larger than anything a node sends.</summary>
    static async Task<byte[]?> Content(HttpResponseMessage response, CancellationToken ct)
    {
        if (response.Content.Headers.ContentLength is { } length)
        {
            if (length > LargestAnswer)
                return null;
            var exact = new byte[length];
            await using var whole = await response.Content.ReadAsStreamAsync(ct);
            await whole.ReadExactlyAsync(exact, ct);
            return exact;
        }
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var buffer = new MemoryStream();
        var block = new byte[8192];
        for (int read; (read = await stream.ReadAsync(block, ct)) > 0;)
        {
            if (buffer.Length + read > LargestAnswer)
                return null;
            buffer.Write(block, 0, read);
        }
        return buffer.ToArray();
    }

    public Error Unreachable(string nodeId) => directory.Entry(nodeId) is { } member ? Unreachable(member) : NotAMember(nodeId);

    static Error NotAMember(string nodeId) => Error.NotFound("directory.not-a-member", $"{nodeId} 不是区域成员", $"{nodeId} is not a member of the region");

    static Error Unreachable(MemberEntry member) => Error.Unavailable(
        "peer.unreachable", $"{member.Name.Zh}的系统暂时联系不上", $"{member.Name.En} cannot be reached now",
        "请稍后再试，或自行上传材料；您填写的内容已保存", "Try again later, or upload the document; what you entered is kept");

    public void Dispose() => http.Dispose();
}
