using Xunit;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>The published kit's cases (dsp-tck, TP) for a provider, under their names.</summary>
public class DspTransferProviderTests(ProviderTransfers kit) : IClassFixture<ProviderTransfers>
{
    [Theory]
    [InlineData("TP:01-01: Verify transfer request, provider started, provider terminated", "> request, < started, = STARTED, < terminated, = TERMINATED")]
    [InlineData("TP:01-02: Verify transfer request, provider started, provider completed", "> request, < started, = STARTED, < completed, = COMPLETED")]
    [InlineData("TP:01-03: Verify transfer request, provider started, provider suspended, provider terminated", "> request, < started, = STARTED, < suspended, = SUSPENDED, < terminated, = TERMINATED")]
    [InlineData("TP:01-04: Verify transfer request, provider started, provider suspended, provider started, provider completed", "> request, < started, = STARTED, < suspended, = SUSPENDED, < started, = STARTED, < completed, = COMPLETED")]
    [InlineData("TP:01-05: Verify transfer request, provider terminated", "> request, < terminated, = TERMINATED")]
    [InlineData("TP:02-01: Verify transfer request, provider started, consumer terminated", "> request, < started, = STARTED, > terminated, = TERMINATED")]
    [InlineData("TP:02-02: Verify transfer request, provider started, consumer completed", "> request, < started, = STARTED, > completed, = COMPLETED")]
    [InlineData("TP:02-03: Verify transfer request, provider started, consumer suspended, consumer terminated", "> request, < started, = STARTED, > suspended, = SUSPENDED, > terminated, = TERMINATED")]
    [InlineData("TP:02-04: Verify transfer request, provider started, consumer suspended, consumer started, consumer completed", "> request, < started, = STARTED, > suspended, = SUSPENDED, > started, = STARTED, > completed, = COMPLETED")]
    [InlineData("TP:02-05: Verify transfer request, consumer terminated", "> request, = REQUESTED, > terminated, = TERMINATED")]
    [InlineData("TP:03-01: Verify transfer request, consumer completed", "> request, = REQUESTED, ! completed, = REQUESTED, > terminated")]
    [InlineData("TP:03-02: Verify transfer request, consumer suspended", "> request, = REQUESTED, ! suspended, = REQUESTED, > terminated")]
    [InlineData("TP:03-03: Verify transfer request, provider started, consumer suspended, consumer completed", "> request, < started, = STARTED, > suspended, = SUSPENDED, ! completed, = SUSPENDED, > terminated")]
    [InlineData("TP:03-04: Verify transfer request, provider started, consumer terminated, consumer started", "> request, < started, = STARTED, > terminated, = TERMINATED, ! started, = TERMINATED")]
    [InlineData("TP:03-05: Verify transfer request, provider started, consumer terminated, consumer suspended", "> request, < started, = STARTED, > terminated, = TERMINATED, ! suspended, = TERMINATED")]
    [InlineData("TP:03-06: Verify transfer request, provider started, consumer terminated, consumer completed", "> request, < started, = STARTED, > terminated, = TERMINATED, ! completed, = TERMINATED")]
    public Task TP(string name, string steps) => kit.Play(name, steps);
}

/// <summary>The published kit's cases (dsp-tck, TP_C) for a consumer, under their names.</summary>
public class DspTransferConsumerTests(ConsumerTransfers kit) : IClassFixture<ConsumerTransfers>
{
    [Theory]
    [InlineData("TP_C:01-01: Verify transfer request, provider started, provider terminated", "< request, > started, = STARTED, > terminated, = TERMINATED")]
    [InlineData("TP_C:01-02: Verify transfer request, provider started, provider completed", "< request, > started, = STARTED, > completed, = COMPLETED")]
    [InlineData("TP_C:01-03: Verify transfer request, provider started, provider suspended, provider terminated", "< request, > started, = STARTED, > suspended, = SUSPENDED, > terminated, = TERMINATED")]
    [InlineData("TP_C:01-04: Verify transfer request, provider started, provider suspended, provider started, provider completed", "< request, > started, = STARTED, > suspended, = SUSPENDED, > started, = STARTED, > completed, = COMPLETED")]
    [InlineData("TP_C:01-05: Verify transfer request, provider terminated", "< request, = REQUESTED, > terminated, = TERMINATED")]
    [InlineData("TP_C:02-01: Verify transfer request, provider started, consumer terminated", "< request, > started, = STARTED, < terminated, = TERMINATED")]
    [InlineData("TP_C:02-02: Verify transfer request, provider started, consumer completed", "< request, > started, = STARTED, < completed, = COMPLETED")]
    [InlineData("TP_C:02-03: Verify transfer request, provider started, consumer suspended, consumer terminated", "< request, > started, = STARTED, < suspended, = SUSPENDED, < terminated, = TERMINATED")]
    [InlineData("TP_C:02-04: Verify transfer request, provider started, consumer suspended, consumer started, consumer completed", "< request, > started, = STARTED, < suspended, = SUSPENDED, < started, = STARTED, < completed, = COMPLETED")]
    [InlineData("TP_C:02-05: Verify transfer request, consumer terminated", "< request, = REQUESTED, < terminated, = TERMINATED")]
    [InlineData("TP_C:03-01: Verify transfer request, provider completed", "< request, = REQUESTED, ! completed, = REQUESTED, > terminated")]
    [InlineData("TP_C:03-02: Verify transfer request, provider suspended", "< request, = REQUESTED, ! suspended, = REQUESTED, > terminated")]
    [InlineData("TP_C:03-03: Verify transfer request, provider started, provider suspended, provider completed", "< request, > started, = STARTED, > suspended, = SUSPENDED, ! completed, = SUSPENDED, > terminated")]
    [InlineData("TP_C:03-04: Verify transfer request, provider started, provider terminated, provider started", "< request, > started, = STARTED, > terminated, = TERMINATED, ! started, = TERMINATED")]
    [InlineData("TP_C:03-05: Verify transfer request, provider started, provider terminated, provider suspended", "< request, > started, = STARTED, > terminated, = TERMINATED, ! suspended, = TERMINATED")]
    [InlineData("TP_C:03-06: Verify transfer request, provider started, provider terminated, provider completed", "< request, > started, = STARTED, > terminated, = TERMINATED, ! completed, = TERMINATED")]
    public Task TP_C(string name, string steps) => kit.Play(name, steps);
}
