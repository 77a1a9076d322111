using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Tongban.Exchange;
using Tongban.Kernel.Access;
using Tongban.Kernel.Http;
using Tongban.Tests.Support;
using Tongban.Trust;
using Tongban.Web;
using Xunit;

namespace Tongban.Tests.Integration.Fuzz;

/// <summary>
/// Every route of a province's node and of the hub's, taken from their own tables, gets what is nearly right: as anybody, as
/// somebody who may call it, as a member that signs well. It is answered in words or taken, never by an error of ours.
/// </summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RouteFuzzTests(FuzzRegion region, ITestOutputHelper output) : IClassFixture<FuzzRegion>
{
    const string Name = "fuzz of routes";

    static readonly int Times = FuzzRun.Full ? 40 : 1;

    static bool IsRead(string method) => method is "GET" or "HEAD" or "OPTIONS";

    static IEnumerable<(FuzzDoor Door, RouteEndpoint Route, string Method)> Routes(FuzzDoor door) =>
        from route in door.Routes
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]
        select (door, route, method);

    static bool OfPeers(RouteEndpoint route) => route.Metadata.GetMetadata<RouteRule>() == Allow.Peer;

    /// <summary>Writes that take a body of their own, not a form; a new one has to be given a sample here.</summary>
    static string? Body(string pattern) => FuzzBodies.Of(pattern);

    static bool TakesBody(RouteEndpoint route) => OfPeers(route) || FormTokens.RuleOf(route).Proof != WriteProof.FormToken;

    [Fact]
    public void Every_route_that_takes_a_body_has_a_sample()
    {
        var without = region.Doors.SelectMany(Routes).Where(r => !IsRead(r.Method) && TakesBody(r.Route) && Body(r.Route.RoutePattern.RawText!) is null).Select(r => $"{r.Method} {r.Route.RoutePattern.RawText}").Distinct();
        Assert.True(!without.Any(), string.Join('\n', without));
    }

    /// <summary>Thousands together, each route by turns.</summary>
    [Theory]
    [InlineData("pages and files", 14)]
    [InlineData("forms", 24)]
    [InlineData("programs", 60)]
    [InlineData("peers", 40)]
    public async Task Every_route_answers_whatever_is_sent(string kind, int each)
    {
        // What ends sessions or locks accounts comes last.
        bool Late(RouteEndpoint route) => FuzzBodies.EndsSessions(route.RoutePattern.RawText!);
        var routes = region.Doors.SelectMany(Routes).Where(r => (OfPeers(r.Route) ? "peers" : IsRead(r.Method) ? "pages and files" : TakesBody(r.Route) ? "programs" : "forms") == kind).ToList();
        Assert.NotEmpty(routes);
        var seen = new SortedDictionary<int, int>();
        var wrong = new SortedDictionary<string, string>();
        var reached = new HashSet<string>();
        foreach (var late in new[] { false, true })
        {
            var now = routes.Where(r => Late(r.Route) == late).OrderBy(r => FuzzBodies.HowLate(r.Route.RoutePattern.RawText!)).ToList();
            if (now.Count == 0)
                continue;
            var stopped = await FuzzRun.Of(now.Count * each * Times, async (seed, ct) =>
            {
                // By turns; what ends sessions one after another, so that the next find theirs.
                var (door, route, method) = now[late ? seed / (each * Times) : seed % now.Count];
                var random = new Random(seed);
                var role = RoleFor(door, route, random);
                using var request = Make(door, route, method, role, new Mutations(seed), random);
                using var answer = await door.Http.SendAsync(request, ct);
                var text = await answer.Content.ReadAsStringAsync(ct);
                var status = (int)answer.StatusCode;
                seen[status] = seen.GetValueOrDefault(status) + 1;
                if (late && role is { } gone && (text.Contains("access.sign-in", StringComparison.Ordinal) || answer.Headers.Location?.OriginalString.Contains("signin", StringComparison.Ordinal) == true))
                    await door.SignInAgain(gone);
                if (!text.Contains("access.role", StringComparison.Ordinal) && !text.Contains("access.sign-in", StringComparison.Ordinal))
                    reached.Add($"{method} {route.RoutePattern.RawText}");
                // 503 says what is away, by name; 500 is ours.
                if (status >= 500 && (status != 503 || text.Contains("web.broken", StringComparison.Ordinal)))
                    wrong.TryAdd($"{method} {route.RoutePattern.RawText}", $"seed {seed}: {status} {method} {request.RequestUri}\n{(request.Content is null ? "" : Short(await Sent(request)))}\n{Short(text)}\n{Short(region.TakeErrors().LastOrDefault() ?? "")}");
                return null;
            });
            if (stopped is not null)
                wrong["stopped"] = stopped;
        }
        output.WriteLine($"{kind}: {routes.Count} routes, {seen.Values.Sum()} inputs: {string.Join(", ", seen.Select(s => $"{s.Value} × {s.Key}"))}");
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong.Select(w => $"{w.Key}\n{w.Value}")));
        // Past the doors: the guard of routes did not turn away all who came to one. So few come in the short run that chance may send all of
        // them without a session.
        if (FuzzRun.Full)
            Assert.Empty(routes.Where(r => !FuzzBodies.OfEnterprises(r.Route.RoutePattern.RawText!)).Select(r => $"{r.Method} {r.Route.RoutePattern.RawText}").Except(reached));
        Assert.Empty(region.TakeErrors());
    }

    static string Short(string text) => text.Length > 1500 ? text[..1500] : text;

    static async Task<string> Sent(HttpRequestMessage request)
    {
        try
        {
            return await request.Content!.ReadAsStringAsync();
        }
        catch (ObjectDisposedException)
        {
            return "(sent)";
        }
    }

    /// <summary>Mostly somebody who may call it; now and then nobody.</summary>
    static Role? RoleFor(FuzzDoor door, RouteEndpoint route, Random random)
    {
        var roles = Enum.GetValues<Role>().Where(r => door.Has(r) && route.Metadata.GetRequiredMetadata<RouteRule>().Admits(House.ActAs.Of(r))).ToList();
        return roles.Count > 0 && random.Next(12) > 0 ? roles[random.Next(roles.Count)] : null;
    }

    static HttpRequestMessage Make(FuzzDoor door, RouteEndpoint route, string method, Role? role, Mutations mutations, Random random)
    {
        var pattern = route.RoutePattern.RawText!;
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(door.Url + Address(door, route, mutations, random)));
        if (OfPeers(route))
        {
            byte[] body = IsRead(method) ? [] : Encoding.UTF8.GetBytes(mutations.Json(Body(pattern) ?? "{}"));
            if (body.Length > 0)
                request.Content = new ByteArrayContent(body);
            Assert.True(MessageSigner.SignRequest(request, body, door.Peer, DateTimeOffset.UtcNow).Ok);
            return request;
        }
        var session = role is { } one ? door.Session(one) : default;
        if (session.Cookie is not null)
            request.Headers.Add("Cookie", session.Cookie);
        request.Headers.TryAddWithoutValidation("Accept", random.Next(3) == 0 ? "application/json" : "text/html");
        if (IsRead(method))
            return request;
        request.Headers.Add(OnceFilter.Header, Guid.NewGuid().ToString("N"));
        if (TakesBody(route))
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(mutations.Json(Body(pattern) ?? "{}")));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            foreach (var (name, value) in FuzzBodies.Headers(pattern))
                request.Headers.TryAddWithoutValidation(name, random.Next(4) == 0 ? Line(mutations.Text(value)) : value);
            return request;
        }
        request.Content = Form(door, route, session, mutations, random);
        return request;
    }

    /// <summary>What a header can hold.</summary>
    static string Line(string text) => new([.. text.Where(c => c is >= ' ' and < '\u007f')]);

    /// <summary>An address of a page that was seen, or one made up; then bent a little.</summary>
    static string Address(FuzzDoor door, RouteEndpoint route, Mutations mutations, Random random)
    {
        var seen = door.Seen(route);
        var address = seen.Count > 0 && random.Next(4) > 0 ? seen[random.Next(seen.Count)] : "/" + string.Join('/', route.RoutePattern.RawText!.Trim('/').Split('/').Select(part =>
            !part.StartsWith('{') ? part : part.Contains(":int", StringComparison.Ordinal) || part.Contains(":long", StringComparison.Ordinal) ? FuzzBodies.Numbers[random.Next(FuzzBodies.Numbers.Length)] : FuzzBodies.Ids[random.Next(FuzzBodies.Ids.Length)]));
        var (path, query) = address.Split('?') is [var p, var q] ? (p, q) : (address, "");
        if (random.Next(3) == 0)
        {
            // One part that stands for something, changed.
            var parts = path.Split('/');
            var shape = route.RoutePattern.RawText!.Trim('/').Split('/');
            var at = Enumerable.Range(1, Math.Min(parts.Length - 1, shape.Length)).Where(i => shape[i - 1].StartsWith('{')).ToList();
            if (at.Count > 0)
            {
                var i = at[random.Next(at.Count)];
                parts[i] = Uri.EscapeDataString(Cut(mutations.Text(Uri.UnescapeDataString(parts[i])), 200));
                path = string.Join('/', parts.Select(part => part.Length == 0 && part != parts[0] ? "x" : part));
            }
        }
        var asked = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=')).Select(one => (Name: Uri.UnescapeDataString(one[0]), Value: one.Length > 1 ? Uri.UnescapeDataString(one[1].Replace('+', ' ')) : "")).ToList();
        for (var more = random.Next(3); more > 0; more--)
            asked.Add((FuzzBodies.Names[random.Next(FuzzBodies.Names.Length)], FuzzBodies.Values[random.Next(FuzzBodies.Values.Length)]));
        var sent = asked.Select(one => $"{Uri.EscapeDataString(one.Name)}={Uri.EscapeDataString(random.Next(2) == 0 ? one.Value : Cut(mutations.Text(one.Value), 500))}");
        return asked.Count == 0 ? path : $"{path}?{string.Join('&', sent)}";
    }

    /// <summary>So short that the address is still read, and not refused for its length.</summary>
    static string Cut(string text, int most) => FuzzRun.AsSent(text.Length > most ? text[..most] : text);

    static HttpContent Form(FuzzDoor door, RouteEndpoint route, (string Cookie, string TokenName, string Token) session, Mutations mutations, Random random)
    {
        var known = door.Forms(route);
        var fields = known.Count > 0 && random.Next(5) > 0 ? new Dictionary<string, string>(known[random.Next(known.Count)]) : [];
        foreach (var name in fields.Keys.ToList())
        {
            if (fields[name].Length == 0)
                fields[name] = FuzzBodies.Values[random.Next(FuzzBodies.Values.Length)];
            switch (random.Next(5))
            {
                case 0:
                    fields[name] = FuzzRun.AsSent(mutations.Text(fields[name]));
                    break;
                case 1:
                    fields[name] = FuzzBodies.Values[random.Next(FuzzBodies.Values.Length)];
                    break;
                case 2 when random.Next(3) == 0:
                    fields.Remove(name);
                    break;
            }
        }
        for (var more = random.Next(4); more > 0; more--)
            fields[FuzzBodies.FieldNames[random.Next(FuzzBodies.FieldNames.Length)]] = FuzzBodies.Values[random.Next(FuzzBodies.Values.Length)];
        fields.TryAdd("revision", random.Next(3).ToString(CultureInfo.InvariantCulture));
        fields.Remove(OnceFilter.Header);
        foreach (var name in fields.Keys.Where(k => k.StartsWith("__", StringComparison.Ordinal)).ToList())
            fields.Remove(name);
        if (session.Cookie is not null)
            fields[session.TokenName] = session.Token;
        if (random.Next(4) > 0)
            return new FormUrlEncodedContent(fields);
        var parts = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            parts.Add(new StringContent(value), $"\"{Line(name).Replace("\"", "", StringComparison.Ordinal)}\"");
        parts.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(mutations.Text("%PDF-1.4\n%%EOF\n"))), random.Next(2) == 0 ? "file" : "upload.insurance", "a.pdf");
        return parts;
    }
}
