using System.CommandLine;
using Tongban.Certificates;
using Tongban.Exchange;
using Tongban.Kernel;

namespace Tongban.Node.Commands;

/// <summary><c>tongban certificate FILE --directory FILE</c>: verifies a certificate offline.</summary>
static class CertificateCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("certificate") { Description = "Certificate file (.sdjwt)" };
        var directory = new Option<string>("--directory") { Description = "The region's signed directory: a file saved from a node's /directory", Required = true };
        var status = new Option<string?>("--status") { Description = "A status list saved from the issuer, to see whether it was revoked" };
        var command = new Command("certificate", "Verify a certificate offline") { file, directory, status };
        command.SetAction(parsed =>
        {
            var files = Files.Read(parsed.GetValue(file)!).Then(c => Files.Read(parsed.GetValue(directory)!).Map(d => (Certificate: c, Directory: d)));
            if (!files.Ok)
                return Say.Error(files.Error);
            var list = parsed.GetValue(status) is { } path ? Files.Read(path) : (Result<string>?)null;
            if (list is { Ok: false, Error: { } unreadable })
                return Say.Error(unreadable);
            var issuers = ExchangeModule.Issuers(files.Value.Directory);
            if (!issuers.Ok)
                return Say.Error(issuers.Error);
            var (holds, findings) = CertificatesModule.Verify(files.Value.Certificate, issuers.Value, list?.Value, TimeProvider.System.GetUtcNow());
            foreach (var finding in findings)
                Console.WriteLine(finding);
            Console.WriteLine(holds ? "证照有效 / the certificate holds" : "证照无效 / the certificate does not hold");
            return holds ? 0 : 1;
        });
        return command;
    }
}
