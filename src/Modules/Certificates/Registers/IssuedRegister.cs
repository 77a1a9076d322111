using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>
/// The certificates that departments of this node issued, as a register that can be offered through the exchange: by the department that keeps
/// the library all of them, by any other what it issued itself.
/// </summary>
sealed class IssuedRegister(IServiceScopeFactory scopes, IDepartments departments, IVault vault, TimeProvider clock) : INodeRegister
{
    public const string Own = "certificates.issued";

    const int AtOnce = 500;

    public string Name => Own;

    public IReadOnlyList<RegisterColumn> Columns { get; } =
    [
        new("number", Personal: true), new("type"), new("name", Personal: true), new("holderId", Personal: true), new("holderName", Personal: true), new("issuer"),
        new("issuedOn", "date", Personal: true), new("validUntil", "date", Personal: true), new("state", Personal: true), new("revokedOn", "date", Personal: true),
    ];

    public async IAsyncEnumerable<IReadOnlyList<string?>> Rows(RegisterQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var scope = scopes.AsNode("register");
        var rows = scope.ServiceProvider.GetRequiredService<NodeDb>().Set<Certificate>().AsNoTracking().Where(c => c.State != CertificateState.AwaitingHolderKey);
        if (departments.Find(question.Department)?.Keeps.Contains(Own) != true)
            rows = rows.Where(c => c.Department == question.Department);
        if (question.Where.TryGetValue("holderId", out var holder))
        {
            var keys = vault.Forms(scope.ServiceProvider.GetRequiredService<IIdentities>().KeyOf(holder));
            rows = rows.Where(c => keys.Contains(c.SubjectKey));
        }
        if (question.Where.TryGetValue("number", out var number))
            rows = rows.Where(c => c.Number == number);
        var today = clock.Today().ToString("O", CultureInfo.InvariantCulture);
        var after = "";
        while (true)
        {
            var page = await rows.Where(c => string.Compare(c.Id, after) > 0).OrderBy(c => c.Id).Take(AtOnce).ToListAsync(ct);
            foreach (var certificate in page)
            {
                // Opened once, and only where it is asked for who holds it.
                var content = new Lazy<CertificateContent>(() => JsonSerializer.Deserialize<CertificateContent>(vault.Open(certificate.ContentSealed, Seals.Content), EventTypes.Json)!);
                yield return [.. question.Columns.Select(column => column switch
                {
                    "number" => certificate.Number,
                    "type" => certificate.TypeCode,
                    "name" => certificate.NameZh,
                    "holderId" => content.Value.HolderCitizenId,
                    "holderName" => content.Value.HolderName,
                    "issuer" => certificate.IssuerName,
                    "issuedOn" => certificate.IssuedOn,
                    "validUntil" => certificate.ValidUntil,
                    "state" => State(certificate.State == CertificateState.Revoked, certificate.ValidUntil, today),
                    "revokedOn" => certificate.RevokedAt is { } at ? LocalTime.DateOf(at).ToString("O", CultureInfo.InvariantCulture) : null,
                    _ => throw new ArgumentOutOfRangeException(nameof(question), column, "no column of this register"),
                })];
            }
            if (page.Count < AtOnce)
                yield break;
            after = page[^1].Id;
        }
    }

    /// <summary>In the words of data/elements.json (certificate.state).</summary>
    public static string State(bool revoked, string? validUntil, string today) =>
        revoked ? "已注销" : string.CompareOrdinal(validUntil ?? today, today) < 0 ? "已过期" : "有效";
}
