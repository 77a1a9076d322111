using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Exchange;

/// <summary>
/// The same in the shape of X-Road's message protocol for REST, version r1: <c>/r1/{instance}/{class}/{member}/{subsystem}/{service}</c>.
/// Instance is the region, class GOV, member the provider's division, subsystem the department's kind, service the resource. A request that
/// names a person is a POST with its parameters in the body: addresses end up in logs.
/// </summary>
static class XRoadQuery
{
    const string Client = "X-Road-Client";
    const string Issue = "X-Road-Issue";
    const string UserId = "X-Road-UserId";
    const string Represented = "X-Road-Represented-Party";
    const string MessageId = "X-Road-Id";

    sealed record Body(IReadOnlyDictionary<string, string>? Parameters, IReadOnlyList<string>? Fields, string? Purpose, string? ConsentId);

    public static async Task<IResult> Handle(
        string instance, string memberClass, string member, string subsystem, string service, HttpContext http, LegacyDoor door, RegionDirectory directory, NodeIdentity node, CancellationToken ct)
    {
        var request = http.Request;
        var id = request.Headers[MessageId].ToString() is { Length: > 0 and <= 255 } given && given.All(c => c is > ' ' and < '\u007f') ? given : Guid.NewGuid().ToString();
        http.Response.Headers[MessageId] = id;
        http.Response.Headers["X-Road-Service"] = string.Join('/', new[] { instance, memberClass, member, subsystem, service }.Select(Uri.EscapeDataString));
        var client = await door.Admit(request, ct);
        if (!client.Ok)
            return Refuse(http, client.Error);
        var region = node.Id[..node.Id.IndexOf('/', StringComparison.Ordinal)];
        // The caller says who it is, as everywhere in X-Road; here its secret has to agree.
        if (request.Headers[Client].ToString() != $"{region}/{node.Class}/{NodeIds.CodeOf(node.Id)}/{client.Value.Id}")
            return Refuse(http, Error.Forbidden("client.header", $"{Client} 与登记的系统不符", $"{Client} is not the registered system: it should be {region}/{node.Class}/{NodeIds.CodeOf(node.Id)}/{client.Value.Id}"));
        var represented = request.Headers[Represented].ToString();
        if (represented.Length > 0 && represented.Split('/').Length is not (2 or 3))
            return Refuse(http, Error.Invalid("client.represented-party", $"{Represented} 应为 类别/代码", $"{Represented} should be class/code", Represented));
        if (instance != region || memberClass is not (NodeIds.Government or NodeIds.Organisation or NodeIds.Company) || directory.Entry(memberClass == NodeIds.Government ? $"{region}/{member}" : $"{region}/{memberClass}/{member}") is not { IsHub: false } provider || !service.StartsWith(subsystem + ".", StringComparison.Ordinal))
            return Refuse(http, Error.NotFound("xroad.unknown-service", "没有这个服务", "There is no such service"));
        var body = Array.Empty<byte>();
        LegacyQuestion question;
        var (issue, user) = (request.Headers[Issue].ToString(), request.Headers[UserId].ToString());
        if (HttpMethods.IsGet(request.Method))
        {
            if (request.Query.Count > 0)
                return Refuse(http, Error.Invalid("xroad.parameters-in-address", "查询条件请用 POST 放在请求体中，网址会进入各种日志", "Send parameters in the body of a POST: addresses end up in logs", "query"));
            question = new(provider.NodeId, service, null, new Dictionary<string, string>(), null, issue, null, user, represented);
        }
        else
        {
            var read = await GatewayQuery.Read(request, ct);
            if (!read.Ok)
                return Refuse(http, read.Error);
            body = read.Value;
            if (GatewayQuery.Parse<Body>(body) is not { } asked)
                return Refuse(http, GatewayQuery.Malformed);
            question = new(provider.NodeId, service, asked.Fields, asked.Parameters ?? new Dictionary<string, string>(), asked.Purpose, issue, asked.ConsentId, user, represented);
        }
        var answer = await door.Ask(client.Value, question, ct);
        if (!answer.Ok)
            return Refuse(http, answer.Error);
        http.Response.Headers[Client] = request.Headers[Client];
        http.Response.Headers["X-Road-Request-Id"] = answer.Value.ExchangeId;
        http.Response.Headers["X-Road-Request-Hash"] = Hash(request, id, body);
        if (answer.Value.DeleteAt is { } until)
            http.Response.Headers["Tongban-Delete-At"] = until.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        if (answer.Value.Withheld is { } withheld)
            http.Response.Headers["Tongban-Withheld"] = withheld.OrMore ? $"{withheld.Groups}+" : $"{withheld.Groups}";
        return Results.Json(answer.Value.Rows, DirectoryDocument.Json);
    }

    /// <summary>SHA-512, base64, over the request line, the X-Road headers in order of their names, and the body: as docs/exchange.md says.</summary>
    static string Hash(HttpRequest request, string id, byte[] body)
    {
        var head = new StringBuilder($"{request.Method} {request.Path.Value}\n");
        foreach (var name in new[] { Client, MessageId, Issue, Represented, UserId })
        {
            var value = name == MessageId ? id : request.Headers[name].ToString();
            if (value.Length > 0)
                head.Append(name.ToLowerInvariant()).Append(": ").Append(value).Append('\n');
        }
        return Convert.ToBase64String(SHA512.HashData([.. Encoding.UTF8.GetBytes(head.Append('\n').ToString()), .. body]));
    }

    /// <summary>As X-Road tells errors: a fault code in a header, and type, message and detail in the body.</summary>
    static IResult Refuse(HttpContext http, Error error)
    {
        var ours = error.Kind is ErrorKind.Unavailable;
        var type = $"{(ours ? "Server.ServerProxy" : "Client")}.{(error.Kind switch { ErrorKind.Forbidden => "AccessDenied", ErrorKind.NotFound => "UnknownService", ErrorKind.Unavailable => "ServiceFailed", _ => "InvalidRequest" })}";
        http.Response.Headers["X-Road-Error"] = type;
        return Results.Json(new { type, message = error.DetailEn, detail = error.Code, messageZh = error.Detail }, DirectoryDocument.Json, statusCode: ErrorResult.Status(error.Kind));
    }
}
