using Tongban.Kernel.Events;

namespace Tongban.Certificates;

/// <summary>The issuing node asks the node where the person filed for the public key the certificate is to be bound to.</summary>
sealed record HolderKeyWanted(string CertificateId, string IssuerNode, string HolderCitizenId) : IPeerEvent
{
    public static string WireName => "certificates.holder-key-wanted.v1";
}

/// <summary>The answer: a public JWK. The private key never leaves the node that keeps it for the person.</summary>
sealed record HolderKeyGiven(string CertificateId, string Jwk) : IPeerEvent
{
    public static string WireName => "certificates.holder-key-given.v1";
}
