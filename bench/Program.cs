using Tongban.Bench;

var benches = new Dictionary<string, (string What, Func<string[], Task<int>> Run)>
{
    ["exchange"] = ("full exchange ÷ plain call, one hop, HTTP/1.1, 32 callers, 1 KB answers", ExchangeBench.Run),
    ["negotiation"] = ("from a wish to the first answer: an agreement negotiated by the Dataspace Protocol, and the first query under it", NegotiationBench.Run),
    ["subscription"] = ("changes pushed to 100 subscribers: loss, and lag from the department's write to the subscriber's store; --subscribers N --changes N", SubscriptionBench.Run),
    ["bulk"] = ("a register of hundreds of megabytes from one node to another: rate, and growth of memory; --megabytes N", BulkBench.Run),
    ["exchange-parts"] = ("processor time of the parts of a full exchange", ExchangePartsBench.Run),
    ["start"] = ("second start of the sample region, memory, bytes of a first visit, page times", StartBench.Run),
    ["cases"] = ("whole cases over HTTP on one node: two documents, accepted, two steps, decided; the same with two facts from another node and a certificate; --database sqlite or postgres", CasesBench.Run),
    ["catalogue"] = ("search in a region's catalogues of 32,000 resources: time to index, memory, p50 and p95 of a search (p95 at most 30 ms); --resources N", CatalogueBench.Run),
    ["metering"] = ("a log with a million metering records: the sums that pages ask for; --records N", MeteringBench.Run),
    ["log"] = ("a log that grows large: durable appends beside the disk's syncs, memory (flat: at most 8 bytes a leaf over 16 MB), start, proofs, audit; --leaves N", LogBench.Run),
};

if (args.Length == 0 || !benches.TryGetValue(args[0], out var bench))
{
    foreach (var (name, entry) in benches)
        Console.WriteLine($"{name,-12} {entry.What}");
    return args.Length == 0 ? 0 : 2;
}
return await bench.Run(args[1..]);
