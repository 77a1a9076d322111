using System.Diagnostics;
using System.Text.Json.Nodes;
using Tongban.Certificates;
using Tongban.Exchange;
using Tongban.Kernel;

namespace Tongban.Node.Walk;

/// <summary>What can be shown to anyone afterwards: receipts and certificates, verified offline with nothing but the directory.</summary>
static class Proofs
{
    public static async Task<Result<Done>> Receipts(JsonNode filing, Visitor person, string directory, CancellationToken ct)
    {
        foreach (var met in filing["requirements"]!.AsArray().Where(r => r!["evidence"] is not null))
        {
            var id = met!["evidence"]!["exchangeId"]!.ToString();
            var verdict = await Witnessed(id, person, directory, ct);
            if (!verdict.Ok)
                return verdict.Error;
            Console.WriteLine($"   receipt of exchange {id} / 回执：");
            foreach (var step in verdict.Value.Steps)
                Console.WriteLine($"     {(step.Ok ? "✓" : "✗")} {step.Words.En}");
            if (!verdict.Value.Holds)
                return Error.Invalid("walk.receipt", "回执没有通过核验", "The receipt does not hold");
        }
        return Done.It;
    }

    /// <summary>Witnesses cosign some seconds after the answer; until then a receipt says that it is pending.</summary>
    static async Task<Result<Trust.ReceiptVerdict>> Witnessed(string exchangeId, Visitor person, string directory, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var receipt = await person.GetText($"/my/receipts/{exchangeId}", ct);
            if (receipt.Ok)
            {
                var verdict = ExchangeModule.VerifyReceipt(receipt.Value, directory);
                if (verdict.Holds || watch.Elapsed > TimeSpan.FromSeconds(40))
                    return verdict;
            }
            else if (watch.Elapsed > TimeSpan.FromSeconds(40))
            {
                return receipt.Error;
            }
            await Task.Delay(200, ct);
        }
    }

    public static async Task<Result<Done>> Certificate(JsonNode filing, Visitor person, string directory, CancellationToken ct)
    {
        var number = filing["summary"]!["certificateId"]?.ToString();
        if (string.IsNullOrEmpty(number))
            return Error.Invalid("walk.no-certificate", "没有电子证照", "There is no certificate");
        var token = await person.GetText($"/my/certificates/by-number/{number}/file", ct);
        if (!token.Ok)
            return token.Error;
        var issuers = ExchangeModule.Issuers(directory);
        if (!issuers.Ok)
            return issuers.Error;
        Console.WriteLine($"   certificate {number} / 电子证照：");
        var (holds, findings) = CertificatesModule.Verify(token.Value, issuers.Value, null, TimeProvider.System.GetUtcNow());
        foreach (var finding in findings)
            Console.WriteLine($"     {finding}");
        return holds ? Done.It : Error.Invalid("walk.certificate", "证照没有通过核验", "The certificate does not hold");
    }
}
