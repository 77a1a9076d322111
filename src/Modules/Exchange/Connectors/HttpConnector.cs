using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Asks a department's web service, named in <see cref="NamedSources"/>, for JSON (<see cref="HttpBinding"/>). Each attempt has its time; a GET
/// that failed is tried twice more; a service that keeps failing is left alone for ten seconds. No redirect is followed, no cookie kept.
/// </summary>
sealed class HttpConnector(NamedSources named) : ISource, IDisposable
{
    const int LargestAnswer = 4 * 1024 * 1024;
    const int Retries = 2;

    static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    readonly ConcurrentDictionary<string, Service> services = new(StringComparer.Ordinal);

    sealed record Service(HttpClient Http, NamedSources.Source Source, ResiliencePipeline<HttpResponseMessage> Get, ResiliencePipeline<HttpResponseMessage> Post);

    /// <summary>Of one question or one whole; a service that goes on for longer goes in a circle.</summary>
    const int MostPages = 100_000;

    public async ValueTask<Result<List<string?[]>>> Read(ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, CancellationToken ct)
    {
        var found = new List<string?[]>();
        var read = await Each(resource, source, parameters, fields, whole: false, row =>
        {
            found.Add(row);
            return ValueTask.FromResult<Error?>(found.Count > Sources.MostRows ? Enough : null);
        }, ct);
        return read is { } error && error != Enough ? error : found;
    }

    /// <summary>Only where the binding says how the service goes on: one answer is never taken for the whole.</summary>
    public async ValueTask<Result<Done>> Stream(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, Func<string?[], ValueTask<Error?>> put, CancellationToken ct) =>
        await Each(resource, source, parameters, fields, whole: true, put, ct) is { } error ? error : Done.It;

    static readonly Error Enough = Error.Unavailable("connector.enough", "", "");

    /// <summary>Page after page; one is in memory at a time.</summary>
    async ValueTask<Error?> Each(
        ResourceDefinition resource, SourceBinding source, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> fields, bool whole, Func<string?[], ValueTask<Error?>> put, CancellationToken ct)
    {
        var (found, read) = (Of(source.Database), HttpBinding.Read(source.Select, resource.Fields, resource.Parameters));
        if ((found.Error ?? read.Error) is { } unfit)
            return unfit;
        var (service, binding) = (found.Value, read.Value);
        if (whole && !binding.IsPaged)
            return Sources.NotWhole;
        if (binding.With(parameters, resource.Parameters) is not { } path)
            return Error.Invalid("resource.parameter", "查询条件不正确", "A parameter is not right", "parameters");
        var asked = fields.Select(name => resource.Fields.First(f => f.Name == name)).ToList();
        var pages = new HttpPages(service.Source.Url!, binding, path);
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await Ask(service, binding, pages, resource, parameters, ct);
            if (!answer.Ok)
                return answer.Error;
            using var document = answer.Value.Document;
            if (document is null)
                return pages.End();
            if (binding.Rows(document.RootElement) is not { } rows)
                return Sources.Drift("rows", "在答复里没有", "are not in the answer");
            foreach (var row in rows)
            {
                var values = new string?[asked.Count];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = binding.Value(row, asked[i], out var there);
                    if (!there)
                        return Sources.Drift(asked[i].Name, "在答复里没有", "is not in the answer");
                    if (Sources.Wrong(asked[i], values[i]) is { } wrong)
                        return wrong;
                }
                if (await put(values) is { } stopped)
                    return stopped;
            }
            if (pages.Turn(document.RootElement, rows.Count, answer.Value.Bytes) is { } lost)
                return lost;
            if (pages.IsLast)
                return pages.End();
        }
        return HttpPages.Circle;
    }

    /// <summary>A service is asked about somebody or not at all: what is entered is checked, and with the first query what it gives.</summary>
    public ValueTask<Error?> Check(ResourceDefinition resource, SourceBinding source, CancellationToken ct)
    {
        var read = HttpBinding.Read(source.Select, resource.Fields, resource.Parameters);
        // Which groups are small is decided over all of them.
        return ValueTask.FromResult(Of(source.Database).Error ?? read.Error ?? (resource.Aggregate is not null && !read.Value.IsPaged ? Sources.NotWhole with { Where = "select" } : null));
    }

    public DateTimeOffset? WrittenAt(SourceBinding source) => null;

    /// <summary>Null when the service says that there is nothing (204, 404).</summary>
    static async Task<Result<(JsonDocument? Document, byte[] Bytes)>> Ask(Service service, HttpBinding binding, HttpPages pages, ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters, CancellationToken ct)
    {
        try
        {
            using var answer = await (binding.IsPost ? service.Post : service.Get).ExecuteAsync(async cancel => await service.Http.SendAsync(Request(service.Source, binding, pages, resource, parameters), cancel), ct);
            if (answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotFound)
                return (null, Array.Empty<byte>());
            if (answer.StatusCode != HttpStatusCode.OK)
                return Sources.Unavailable($"HTTP {(int)answer.StatusCode}");
            var bytes = await answer.Content.ReadAsByteArrayAsync(ct);
            return (JsonDocument.Parse(bytes), bytes);
        }
        catch (BrokenCircuitException)
        {
            return Sources.Unavailable("resting after failures");
        }
        catch (JsonException)
        {
            return Sources.Unavailable("no JSON");
        }
        catch (TimeoutRejectedException)
        {
            return Sources.Unavailable("time-out");
        }
        catch (HttpRequestException e)
        {
            // Its message may name the address, and an address may name a person.
            return Sources.Unavailable($"HTTP, {e.HttpRequestError}");
        }
    }

    static HttpRequestMessage Request(NamedSources.Source source, HttpBinding binding, HttpPages pages, ResourceDefinition resource, IReadOnlyDictionary<string, string> parameters)
    {
        var request = new HttpRequestMessage(binding.IsPost ? HttpMethod.Post : HttpMethod.Get, pages.Address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        foreach (var (name, value) in source.Headers ?? new Dictionary<string, string>())
            request.Headers.TryAddWithoutValidation(name, value);
        if (binding.IsPost)
        {
            var given = resource.Parameters.Where(p => parameters.GetValueOrDefault(p.Name) is { Length: > 0 }).ToDictionary(p => p.Name, p => (object)parameters[p.Name]);
            if (binding.Page is { } counter)
                given[counter.Name] = pages.Number;
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(given, DirectoryDocument.Json)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }
        return request;
    }

    Result<Service> Of(string name)
    {
        var found = named.Find(name);
        if (!found.Ok)
            return found.Error;
        if (found.Value.Url is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            return Error.Invalid("resource.source", $"接入点“{name}”没有有效的网址", $"The source '{name}' has no valid URL", "database", "请系统管理员改正后再试", "Have an administrator correct it, then try again");
        return services.GetOrAdd(name, _ => Build(found.Value));
    }

    static Service Build(NamedSources.Source source)
    {
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), ActivityHeadersPropagator = null })
        {
            MaxResponseContentBufferSize = LargestAnswer,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var failed = new PredicateBuilder<HttpResponseMessage>().Handle<HttpRequestException>().Handle<TimeoutRejectedException>().HandleResult(r => (int)r.StatusCode >= 500);
        var breaker = new CircuitBreakerStrategyOptions<HttpResponseMessage> { ShouldHandle = failed, FailureRatio = 0.5, MinimumThroughput = 6, SamplingDuration = TimeSpan.FromSeconds(10), BreakDuration = Rest };
        // One breaker for both: it is the service that fails.
        var state = new ResiliencePipelineBuilder<HttpResponseMessage>().AddCircuitBreaker(breaker).AddTimeout(TimeSpan.FromMilliseconds(source.TimeoutMs)).Build();
        var retry = new RetryStrategyOptions<HttpResponseMessage> { ShouldHandle = failed, MaxRetryAttempts = Retries, Delay = TimeSpan.FromMilliseconds(100), BackoffType = DelayBackoffType.Exponential, UseJitter = true };
        return new(http, source, new ResiliencePipelineBuilder<HttpResponseMessage>().AddRetry(retry).AddPipeline(state).Build(), state);
    }

    public void Dispose()
    {
        foreach (var service in services.Values)
            service.Http.Dispose();
        services.Clear();
    }
}
