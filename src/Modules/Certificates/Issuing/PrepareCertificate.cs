using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>A positive decision with a certificate as its result: the certificate gets its number and waits for the holder's key.</summary>
sealed class PrepareCertificate(NodeDb db, Outbox outbox, IVault vault, IIdentities identities, IDepartments departments, IPlaces places, NodeIdentity node) : IHandle<CaseDecided>
{
    public async Task Handle(CaseDecided e, EventContext context, CancellationToken ct)
    {
        if (!e.Approved || e.Result is not { } result)
            return;
        // One certificate for one decision, whoever tells of it again.
        if (await db.Set<Certificate>().AnyAsync(c => c.CaseNumber == e.Case.Number, ct))
            return;
        var on = LocalTime.DateOf(e.At);
        var serial = await db.NextNumber($"certificate:{result.CertificateType}:{e.Case.Department}:{on.Year}", ct);
        var issuerCode = departments.Find(e.Case.Department)?.CreditCode ?? e.Case.Division;
        var number = new CertificateNumber(result.CertificateType, issuerCode,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{on.Year}{serial:D8}"), 1);
        var certificate = new Certificate
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Number = number.ToString(),
            TypeCode = result.CertificateType,
            NameZh = result.Name.Zh,
            NameEn = result.Name.En,
            CaseNumber = e.Case.Number,
            FilingId = e.Case.FilingId,
            FilingNode = e.Case.FilingNode,
            IssuerName = e.Case.DepartmentName.Zh,
            ContentSealed = vault.Seal(JsonSerializer.Serialize(Content(e), EventTypes.Json), Seals.Content),
            IssuedOn = on.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            ValidUntil = result.ValidMonths == 0 ? null : on.AddMonths(result.ValidMonths).AddDays(-1).ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            StatusPlace = await db.NextNumber("certificate-status", ct) - 1,
            State = CertificateState.AwaitingHolderKey,
            Division = e.Case.Division,
            Department = e.Case.Department,
            SubjectKey = identities.KeyOf(e.Case.Applicant.CitizenId),
        };
        db.Add(certificate);
        var wanted = new HolderKeyWanted(certificate.Id, node.Id, e.Case.Applicant.CitizenId);
        if (e.Case.FilingNode == node.Id)
            outbox.Publish(wanted);
        else
            outbox.PublishTo(e.Case.FilingNode, wanted, $"certificate-key:{certificate.Id}", 1);
    }

    CertificateContent Content(CaseDecided e)
    {
        var stated = e.Result!.Claims.Where(c => e.Claims.ContainsKey(c.Name)).ToList();
        return new CertificateContent(
            e.Case.Applicant.CitizenId,
            e.Case.Applicant.Name,
            stated.ToDictionary(c => c.Name, c => ClaimValue.Make(c, e.Claims[c.Name], places)),
            stated.ToDictionary(c => c.Name, c => c.Label));
    }
}

/// <summary>What sealed columns are sealed for.</summary>
static class Seals
{
    public const string Content = "certificates.content";
    public const string Token = "certificates.token";
    public const string Key = "certificates.holder-key";
    public const string Presentation = "certificates.presentation";
}
