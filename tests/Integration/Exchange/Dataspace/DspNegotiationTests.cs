using Xunit;

namespace Tongban.Tests.Integration.Exchange;

/// <summary>The published kit's cases (dsp-tck, CN) for a provider, under their names.</summary>
public class DspNegotiationProviderTests(ProviderNegotiations kit) : IClassFixture<ProviderNegotiations>
{
    [Theory]
    [InlineData("CN:01-01: Verify contract request, offer received, consumer terminated", "> request, < offer, = OFFERED, > terminated, = TERMINATED")]
    [InlineData("CN:01-02: Verify contract request, offer received, consumer counter-offer, provider terminated", "> request, < offer, = OFFERED, > counter, = REQUESTED, < terminated, = TERMINATED")]
    [InlineData("CN:01-03: Verify contract request, offer received, consumer accepted, provider agreement, consumer verified, provider finalized", "> request, < offer, = OFFERED, > accepted, = ACCEPTED, < agreement, = AGREED, > verified, = VERIFIED, < finalized, = FINALIZED")]
    [InlineData("CN:01-04: Verify contract request, provider agreement, consumer verified, provider finalized", "> request, < agreement, = AGREED, > verified, < finalized, = FINALIZED")]
    [InlineData("CN:02-01: Verify contract request, provider terminated", "> request, < terminated, = TERMINATED")]
    [InlineData("CN:02-02: Verify contract request, consumer terminated", "> request, > terminated, = TERMINATED")]
    [InlineData("CN:02-03: Verify contract request, provider agreement, consumer terminated", "> request, < agreement, = AGREED, > terminated, = TERMINATED")]
    [InlineData("CN:02-04: Verify contract request, offer received, consumer terminated", "> request, < offer, = OFFERED, > terminated, = TERMINATED")]
    [InlineData("CN:02-05: Verify contract request, offer received, provider terminated", "> request, < offer, = OFFERED, < terminated, = TERMINATED")]
    [InlineData("CN:02-06: Verify contract request, offer received, consumer accepted, provider terminated", "> request, < offer, = OFFERED, > accepted, < terminated, = TERMINATED")]
    [InlineData("CN:02-07: Verify contract request, provider agreement, consumer verified, provider terminated", "> request, < agreement, = AGREED, > verified, < terminated, = TERMINATED")]
    [InlineData("CN:03-01: Verify contract request, provider agreement, consumer verified, provider finalized, invalid consumer terminated", "> request, < agreement, = AGREED, > verified, < finalized, = FINALIZED, ! terminated, = FINALIZED")]
    [InlineData("CN:03-02: Verify contract request, offer received, invalid consumer verified", "> request, < offer, = OFFERED, ! verified, = OFFERED")]
    [InlineData("CN:03-03: Verify contract request, offer received, consumer accepted, illegal consumer verified", "> request, < offer, = OFFERED, > accepted, ! verified, = ACCEPTED")]
    [InlineData("CN:03-04: Verify contract request, offer received, consumer counter-offer (x2), provider terminated", "> request, < offer, = OFFERED, > counter, ! counter, = REQUESTED")]
    public Task CN(string name, string steps) => kit.Play(name, steps);
}

/// <summary>The published kit's cases (dsp-tck, CN_C) for a consumer, under their names.</summary>
public class DspNegotiationConsumerTests(ConsumerNegotiations kit) : IClassFixture<ConsumerNegotiations>
{
    [Theory]
    [InlineData("CN_C:01-01: Verify contract request, offer received, consumer accepted, provider agreed, consumer verified, provider finalized", "< request, = REQUESTED, > offer, < accepted, = ACCEPTED, > agreement, < verified, = VERIFIED, > finalized, = FINALIZED")]
    [InlineData("CN_C:01-02: Verify contract request, offer received, consumer counter-offer, provider terminated", "< request, > offer, < counter, = REQUESTED, > terminated, = TERMINATED")]
    [InlineData("CN_C:01-03: Verify contract request, offer received, consumer terminated", "< request, > offer, < terminated, = TERMINATED")]
    [InlineData("CN_C:01-04: Verify contract request, provider agreement, consumer verified, provider finalized", "< request, > agreement, < verified, = VERIFIED, > finalized, = FINALIZED")]
    [InlineData("CN_C:02-01: Verify contract request, provider terminated", "< request, = REQUESTED, > terminated, = TERMINATED")]
    [InlineData("CN_C:02-02: Verify contract request, consumer terminated", "< request, = REQUESTED, < terminated, = TERMINATED")]
    [InlineData("CN_C:02-03: Verify contract request, provider agreement, consumer terminated", "< request, > agreement, < terminated, = TERMINATED")]
    [InlineData("CN_C:02-04: Verify contract request, offer received, provider terminated", "< request, > offer, = OFFERED, > terminated, = TERMINATED")]
    [InlineData("CN_C:02-05: Verify contract request, offer received, consumer accepted, provider terminated", "< request, > offer, < accepted, = ACCEPTED, > terminated, = TERMINATED")]
    [InlineData("CN_C:02-06: Verify contract request, provider agreement, consumer verified, provider terminated", "< request, > agreement, < verified, = VERIFIED, > terminated, = TERMINATED")]
    [InlineData("CN_C:03-01: Verify contract request, invalid provider finalized", "< request, = REQUESTED, ! finalized, = REQUESTED")]
    [InlineData("CN_C:03-02: Verify contract request, offer received, invalid provider agreed", "< request, > offer, = OFFERED, ! agreement, = OFFERED")]
    [InlineData("CN_C:03-03: Verify contract request, offer received, invalid provider finalized", "< request, > offer, = OFFERED, ! finalized, = OFFERED")]
    [InlineData("CN_C:03-04: Verify contract request, offer received, consumer accepted, invalid provider finalized", "< request, > offer, < accepted, = ACCEPTED, ! finalized, = ACCEPTED")]
    [InlineData("CN_C:03-05: Verify contract request, offer received, consumer accepted, invalid provider offer", "< request, > offer, < accepted, = ACCEPTED, ! offer, = ACCEPTED")]
    [InlineData("CN_C:03-06: Verify contract request, offer received, consumer accepted, provider agreed, invalid provider finalized", "< request, > offer, < accepted, = ACCEPTED, > agreement, = AGREED, ! finalized, = AGREED")]
    public Task CN_C(string name, string steps) => kit.Play(name, steps);
}
