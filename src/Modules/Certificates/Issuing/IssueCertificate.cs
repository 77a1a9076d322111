using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Certificates;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>The holder's key is here: the certificate is signed and goes to the holder's node and to the rooms of this one.</summary>
sealed class IssueCertificate(NodeDb db, Outbox outbox, IVault vault, Keystore keys, NodeIdentity node, TimeProvider clock) : IHandle<HolderKeyGiven>
{
    public async Task Handle(HolderKeyGiven e, EventContext context, CancellationToken ct)
    {
        var certificate = await db.Set<Certificate>().SingleOrDefaultAsync(c => c.Id == e.CertificateId, ct);
        // Only the node that was asked may answer, and only once.
        if (certificate is not { State: CertificateState.AwaitingHolderKey } || certificate.FilingNode != (context.FromNode ?? node.Id))
            return;
        var holder = PublicKey.Read(JsonSerializer.Deserialize<Jwk>(e.Jwk)!).Value;
        var content = JsonSerializer.Deserialize<CertificateContent>(vault.Open(certificate.ContentSealed, Seals.Content), EventTypes.Json)!;
        var token = Sign(certificate, content, holder, keys.Signing, node.PublicUrl, clock.GetUtcNow());
        certificate.State = CertificateState.Valid;
        certificate.Revision++;
        var issued = new CertificateIssued(certificate.Number, certificate.TypeCode, new Words(certificate.NameZh, certificate.NameEn), node.Id,
            certificate.CaseNumber, certificate.FilingId, content.HolderCitizenId, certificate.IssuedOn, certificate.ValidUntil, token, clock.NowMs());
        outbox.Publish(issued);
        if (certificate.FilingNode != node.Id)
            outbox.PublishTo(certificate.FilingNode, issued, Stream(certificate), 1);
    }

    /// <summary>Issued first, revoked second: the holder's node never hears of an end before the beginning.</summary>
    public static string Stream(Certificate certificate) => $"certificate:{certificate.Id}";

    /// <summary>Words for each claim, signed with it, so that whoever verifies reads them in either language.</summary>
    public const string Labels = "claim_labels";

    /// <summary>Pure but for the salts: what the certificate always shows, and the claims its holder may show.</summary>
    internal static string Sign(Certificate certificate, CertificateContent content, PublicKey holder, NodeKey issuer, string url, DateTimeOffset now)
    {
        var (list, index) = StatusList.Place(certificate.StatusPlace);
        var always = new JsonObject
        {
            ["iss"] = url,
            ["vct"] = CertificateType.Of(certificate.TypeCode),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["certificate_number"] = certificate.Number,
            ["name"] = certificate.NameZh,
            ["name_en"] = certificate.NameEn,
            ["issuing_body"] = certificate.IssuerName,
            ["issued_on"] = certificate.IssuedOn,
            [Labels] = new JsonObject(content.Labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, new JsonObject { ["zh"] = l.Value.Zh, ["en"] = l.Value.En }))),
            ["cnf"] = new JsonObject { ["jwk"] = JsonSerializer.SerializeToNode(holder.Jwk) },
            ["status"] = new JsonObject { ["status_list"] = new JsonObject { ["idx"] = index, ["uri"] = StatusRoutes.Uri(url, list) } },
        };
        if (certificate.ValidUntil is { } until)
        {
            // Valid to the end of its last day in the region.
            var end = DateOnly.ParseExact(until, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays(1).ToDateTime(TimeOnly.MinValue);
            always["exp"] = new DateTimeOffset(end, LocalTime.Zone.GetUtcOffset(end)).ToUnixTimeSeconds();
        }
        return SdJwtToken.Issue(issuer, always, content.Claims.Select(c => Disclosure.Make(c.Key, c.Value)));
    }
}
