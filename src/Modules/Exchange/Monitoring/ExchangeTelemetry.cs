using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// The same times for whoever collects them by OpenTelemetry: names of nodes, of the resource, and how it ended; nothing of a person, a case or
/// what was asked. While nobody listens it costs a look at a flag.
/// </summary>
sealed class ExchangeTelemetry : IDisposable
{
    readonly Meter meter;
    readonly ActivitySource activities;
    readonly Histogram<double> consumer;
    readonly Histogram<double> network;
    readonly Histogram<double> provider;
    readonly Histogram<double> source;

    // Several nodes may run in one process: each has a name of its own, so that each exports what is its own.
    public ExchangeTelemetry(NodeIdentity node)
    {
        meter = new Meter(ExchangeModule.TelemetryName(node));
        activities = new ActivitySource(ExchangeModule.TelemetryName(node));
        consumer = Seconds("tongban.exchange.consumer.duration", "From the question to the answer that may be handed on, at the consumer");
        network = Seconds("tongban.exchange.network.duration", "Of that on the way, the provider's own time left out");
        provider = Seconds("tongban.exchange.provider.duration", "From the request to its signed answer, at the provider");
        source = Seconds("tongban.exchange.source.duration", "Of that in the department's own system");
    }

    Histogram<double> Seconds(string name, string description) => meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double>
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    });

    public void Obtained(string by, string from, string resource, ExchangeOutcome outcome, long total, long onTheWay)
    {
        if (consumer.Enabled)
            Record(consumer, total, by, from, resource, outcome);
        if (onTheWay >= 0 && network.Enabled)
            Record(network, onTheWay, by, from, resource, outcome);
        if (activities.HasListeners())
            Trace("exchange.query", ActivityKind.Client, by, from, resource, outcome, total);
    }

    public void Provided(string to, string by, string resource, ExchangeOutcome outcome, long total, long inSource)
    {
        if (provider.Enabled)
            Record(provider, total, to, by, resource, outcome);
        if (inSource >= 0 && source.Enabled)
            Record(source, inSource, to, by, resource, outcome);
        if (activities.HasListeners())
            Trace("exchange.answer", ActivityKind.Server, to, by, resource, outcome, total);
    }

    static void Record(Histogram<double> histogram, long microseconds, string consumer, string provider, string resource, ExchangeOutcome outcome)
    {
        var tags = new TagList { { "tongban.consumer", consumer }, { "tongban.provider", provider }, { "tongban.resource", resource }, { "tongban.outcome", Said(outcome) } };
        histogram.Record(microseconds / 1e6, tags);
    }

    void Trace(string name, ActivityKind kind, string consumer, string provider, string resource, ExchangeOutcome outcome, long microseconds)
    {
        // It is over by now: what is told is when it began, and how long it took.
        var began = DateTimeOffset.UtcNow.AddMicroseconds(-microseconds);
        using var activity = activities.StartActivity(name, kind, default(ActivityContext), startTime: began);
        activity?.SetTag("tongban.consumer", consumer).SetTag("tongban.provider", provider).SetTag("tongban.resource", resource).SetTag("tongban.outcome", Said(outcome))
            .SetStatus(outcome == ExchangeOutcome.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
    }

    static string Said(ExchangeOutcome outcome) => outcome switch
    {
        ExchangeOutcome.Answered => "answered",
        ExchangeOutcome.Refused => "refused",
        _ => "failed",
    };

    public void Dispose()
    {
        meter.Dispose();
        activities.Dispose();
    }
}
