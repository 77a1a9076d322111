using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Tongban.Exchange;
using Tongban.Kernel;

namespace Tongban.Node;

/// <summary>
/// Sends the times of exchanges to an OpenTelemetry collector (OTLP over HTTP, protobuf): histograms every minute, a share of exchanges as
/// traces. Off unless <see cref="NodeSettings.Otlp"/> or <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to. A collector that is away holds nothing up.
/// </summary>
sealed class SendTelemetry(NodeIdentity node, NodeSettings settings) : IHostedService, IDisposable
{
    /// <summary>How long a stop waits for the collector.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    MeterProvider? metrics;
    TracerProvider? traces;

    /// <summary>Null when nothing is to be sent; throws when what is set is no address, before anything of the node runs.</summary>
    public static string? Address(NodeSettings settings)
    {
        if ((settings.Otlp?.Endpoint ?? Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")) is not { Length: > 0 } endpoint)
            return null;
        return Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out var collector) && collector.Scheme is ("http" or "https")
            ? collector.AbsoluteUri.TrimEnd('/')
            : throw new NodeUnfitException(Error.Invalid("node.otlp-endpoint", $"OTLP 地址 {endpoint} 无法使用", $"The OTLP endpoint {endpoint} cannot be used", "otlp.endpoint", "请写成 http://主机:4318", "Write it as http://host:4318"));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Address(settings) is not { } address)
            return Task.CompletedTask;
        metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(Named).AddMeter(ExchangeModule.TelemetryName(node)).AddOtlpExporter(o => To(o, address + "/v1/metrics")).Build();
        var tracing = Sdk.CreateTracerProviderBuilder().ConfigureResource(Named).AddSource(ExchangeModule.TelemetryName(node)).AddOtlpExporter(o => To(o, address + "/v1/traces"));
        // Whoever sets the standard's own variable means it.
        if (Environment.GetEnvironmentVariable("OTEL_TRACES_SAMPLER") is null)
            tracing = tracing.SetSampler(new TraceIdRatioBasedSampler(Math.Clamp(settings.Otlp?.Traces ?? 0.01, 0, 1)));
        traces = tracing.Build();
        return Task.CompletedTask;
    }

    void Named(ResourceBuilder resource) => resource.AddService("tongban", serviceInstanceId: node.Id);

    static void To(OtlpExporterOptions options, string address)
    {
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = new Uri(address);
    }

    /// <summary>What was measured since the last time still goes, where the collector takes it soon.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAny(Task.Run(Dispose, CancellationToken.None), Task.Delay(Patience, cancellationToken));

    /// <summary>Once: what the stop did not wait for is not waited for again.</summary>
    public void Dispose()
    {
        var (measured, traced) = (Interlocked.Exchange(ref metrics, null), Interlocked.Exchange(ref traces, null));
        measured?.Dispose();
        traced?.Dispose();
    }
}
