using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Tongban.Trust;

/// <summary>A message given by its parts: for tests, command-line tools and stored exchanges.</summary>
public sealed class PlainMessage : MessageView
{
    readonly Dictionary<string, StringValues> headers = new(StringComparer.OrdinalIgnoreCase);

    PlainMessage(string? method, RequestTarget? target, int? status, MessageView? request, ReadOnlyMemory<byte> body) =>
        (Method, Target, Status, Request, Body) = (method, target, status, request, body);

    public override string? Method { get; }

    public override RequestTarget? Target { get; }

    public override int? Status { get; }

    public override MessageView? Request { get; }

    public override ReadOnlyMemory<byte> Body { get; }

    public IReadOnlyDictionary<string, StringValues> Headers => headers;

    public static PlainMessage OfRequest(string method, Uri target, ReadOnlyMemory<byte> body = default) =>
        new(method, RequestTarget.Of(target), null, null, body);

    public static PlainMessage OfResponse(int status, MessageView? request = null, ReadOnlyMemory<byte> body = default) =>
        new(null, null, status, request, body);

    /// <summary>Adds a field line.</summary>
    public PlainMessage With(string name, string value)
    {
        headers[name] = StringValues.Concat(Header(name), value);
        return this;
    }

    /// <summary>Replaces all lines of a field.</summary>
    public PlainMessage Set(string name, string value)
    {
        headers[name] = value;
        return this;
    }

    public override StringValues Header(string name) => headers.TryGetValue(name, out var values) ? values : StringValues.Empty;
}

/// <summary>A request as the client sends it. The body is passed apart, for it is read once.</summary>
public sealed class ClientRequestView(HttpRequestMessage request, ReadOnlyMemory<byte> body) : MessageView
{
    public override string Method => request.Method.Method;

    public override RequestTarget Target { get; } = RequestTarget.Of(
        request.RequestUri is { IsAbsoluteUri: true } uri ? uri : throw new InvalidOperationException("A request is signed with its absolute URI"));

    public override ReadOnlyMemory<byte> Body => body;

    public override StringValues Header(string name) => ClientHeaders.Read(name, request.Headers, request.Content?.Headers);
}

/// <summary>A response as the client received it.</summary>
public sealed class ClientResponseView(HttpResponseMessage response, MessageView request, ReadOnlyMemory<byte> body) : MessageView
{
    public override int? Status => (int)response.StatusCode;

    public override MessageView Request => request;

    public override ReadOnlyMemory<byte> Body => body;

    public override StringValues Header(string name) => ClientHeaders.Read(name, response.Headers, response.Content.Headers);
}

static class ClientHeaders
{
    /// <summary>Content fields live apart in this client; which collection holds one is the client's own business.</summary>
    public static StringValues Read(string name, HttpHeaders message, HttpHeaders? content)
    {
        if (message.NonValidated.TryGetValues(name, out var values) || (content is not null && content.NonValidated.TryGetValues(name, out values)))
            return values.Count == 1 ? values.ToString() : values.ToArray();
        return StringValues.Empty;
    }
}

/// <summary>A request as the server received it. The raw target is used where the server gives it: decoding and encoding again is not the identity.</summary>
public sealed class ServerRequestView : MessageView
{
    readonly HttpRequest request;

    /// <param name="publicBase">Scheme and authority under which clients know this node, when a proxy stands in front; null to take them from the request.</param>
    public ServerRequestView(HttpRequest request, ReadOnlyMemory<byte> body, Uri? publicBase = null)
    {
        this.request = request;
        Body = body;
        var raw = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        var pathAndQuery = raw is { Length: > 0 } && raw[0] == '/'
            ? raw
            : request.PathBase.ToUriComponent() + request.Path.ToUriComponent() + request.QueryString.ToUriComponent();
        Target = publicBase is null
            ? RequestTarget.Of(request.Scheme, request.Host.ToUriComponent(), pathAndQuery)
            : RequestTarget.Of(publicBase.Scheme, publicBase.Authority, pathAndQuery);
    }

    public override string Method => request.Method;

    public override RequestTarget Target { get; }

    public override ReadOnlyMemory<byte> Body { get; }

    public override StringValues Header(string name) => request.Headers[name];
}

/// <summary>A response that the server is about to send: status and headers must be final.</summary>
public sealed class ServerResponseView(HttpResponse response, MessageView request, ReadOnlyMemory<byte> body) : MessageView
{
    public override int? Status => response.StatusCode;

    public override MessageView Request => request;

    public override ReadOnlyMemory<byte> Body => body;

    public override StringValues Header(string name) => response.Headers[name];
}
