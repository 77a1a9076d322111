using Tongban.Contracts.Exchange;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Certificates;

/// <summary>Room Certificates: issue, hold, show, verify, revoke.</summary>
public static class CertificatesModule
{
    public static IServiceCollection AddCertificates(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, CertificatesModel>();
        services.AddHttpClient(nameof(CheckCertificate), c =>
        {
            c.Timeout = TimeSpan.FromSeconds(5);
            c.MaxResponseContentBufferSize = 1_000_000;
        });
        services.AddSingleton<StatusLists>();
        services.AddSingleton<TrustedIssuers>();
        services.AddSingleton<CheckCertificate>();
        services.AddScoped<ICertificates, CertificateQuestions>();
        services.AddSingleton<INodeRegister, IssuedRegister>();
        services.AddSingleton<INodeRegister, HeldRegister>();
        services.AddHandler<CaseDecided, PrepareCertificate>();
        services.AddHandler<HolderKeyWanted, GiveHolderKey>();
        services.AddHandler<HolderKeyGiven, IssueCertificate>();
        services.AddHandler<CertificateIssued, ReceiveCertificate>();
        services.AddHandler<CertificateRevoked, ReceiveCertificate>();
        services.AddNavEntry(new NavEntry(NavPlace.Portal, 30, "/my/certificates", new Words("我的证照", "My certificates"), "card", a => a.IsPerson));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 40, "/console/certificates", new Words("已颁发证照", "Certificates issued"), "card", a => a.Role is Role.Officer or Role.Supervisor));
        services.AddNavEntry(new NavEntry(NavPlace.Footer, 20, "/verify", new Words("核验证照", "Verify a certificate"), "shield"));
        return services;
    }

    public static Faces MapCertificates(this Faces faces)
    {
        ListCertificates.Map(faces);
        RevokeCertificate.Map(faces);
        MyCertificates.Map(faces);
        PresentCertificate.Map(faces);
        VerifyPages.Map(faces);
        StatusRoutes.Map(faces);
        return faces;
    }

    /// <summary>Verifies a certificate from files alone.</summary>
    /// <param name="issuers">Address of each issuer to its public keys (JWK JSON), from a verified directory.</param>
    public static (bool Holds, IReadOnlyList<string> Findings) Verify(string token, IReadOnlyDictionary<string, IReadOnlyList<DocumentKey>> issuers, string? statusList, DateTimeOffset now) =>
        VerifyOffline.Verify(token, issuers, statusList, now);
}
