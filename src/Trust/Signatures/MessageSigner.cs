using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>The two header values of a signature, to be set (or joined with <c>", "</c> to those of other signatures).</summary>
public readonly record struct SignatureHeaders(string SignatureInput, string Signature);

/// <summary>Signs HTTP messages (RFC 9421, section 3.1).</summary>
public static class MessageSigner
{
    /// <summary>
    /// Content-Digest, if covered, must already be set. Fails with <c>signature.component-unavailable</c> when the
    /// message has no such component, and with <c>field.unwritable</c> when a parameter has characters a field cannot carry.
    /// </summary>
    public static Result<SignatureHeaders> Sign(MessageView message, SignatureParameters parameters, NodeKey key)
    {
        var field = PlainForm.Write(parameters) is { } plain ? plain : StructuredField.Write(parameters.ToField());
        if (!field.Ok)
            return field.Error;
        var text = SignatureBase.Build(message, parameters.Components, field.Value);
        if (!text.Ok)
            return text.Error;
        Span<byte> signature = stackalloc byte[key.Suite.SignatureLength];
        key.Sign(text.Value.Span, signature);
        return new SignatureHeaders(
            string.Concat(parameters.Label, "=", field.Value),
            string.Concat(parameters.Label, "=:", Convert.ToBase64String(signature), ":"));
    }

    /// <summary>Sets Content-Digest and both signature headers on a request of the client, under <see cref="Profile.Request"/>; with If-None-Match, under <see cref="Profile.IfChanged"/>.</summary>
    /// <param name="body">Exactly the bytes the request's content will send.</param>
    /// <returns>The view of the signed request, needed to verify the answer.</returns>
    public static Result<ClientRequestView> SignRequest(HttpRequestMessage request, ReadOnlyMemory<byte> body, NodeKey key, DateTimeOffset now)
    {
        var view = new ClientRequestView(request, body);
        if (body.Length > 0)
            request.Headers.TryAddWithoutValidation(ContentDigest.Header, ContentDigest.Of(body.Span));
        var profile = request.Headers.Contains(Profile.IfNoneMatch) ? Profile.IfChanged : Profile.Request;
        var signed = Sign(view, profile.For(key, now, body.Length > 0), key);
        if (!signed.Ok)
            return signed.Error;
        request.Headers.TryAddWithoutValidation("Signature-Input", signed.Value.SignatureInput);
        request.Headers.TryAddWithoutValidation("Signature", signed.Value.Signature);
        return view;
    }

    /// <summary>Sets Content-Digest and both signature headers on a response of the server, under <see cref="Profile.Response"/>. Status must be final.</summary>
    /// <param name="request">The view of the request it answers.</param>
    public static Result<Done> SignResponse(Microsoft.AspNetCore.Http.HttpResponse response, MessageView request, ReadOnlyMemory<byte> body, NodeKey key, DateTimeOffset now)
    {
        var view = new ServerResponseView(response, request, body);
        if (body.Length > 0)
            response.Headers[ContentDigest.Header] = ContentDigest.Of(body.Span);
        var signed = Sign(view, Profile.Response.For(key, now, body.Length > 0), key);
        if (!signed.Ok)
            return signed.Error;
        response.Headers["Signature-Input"] = signed.Value.SignatureInput;
        response.Headers["Signature"] = signed.Value.Signature;
        return Done.It;
    }
}
