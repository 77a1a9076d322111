using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Certificates;

/// <summary>
/// What residents hold at this node, of whatever issuer. A person's wallet is asked about that person and never read whole, and only the
/// department that keeps the library offers it.
/// </summary>
sealed class HeldRegister(IServiceScopeFactory scopes, IDepartments departments, IVault vault, TimeProvider clock) : INodeRegister
{
    public const string Own = "certificates.held";

    public string Name => Own;

    public string AskedBy => "holderId";

    public IReadOnlyList<RegisterColumn> Columns { get; } =
    [
        new("holderId", Personal: true), new("number", Personal: true), new("type"), new("name", Personal: true), new("issuerNode"),
        new("issuedOn", "date", Personal: true), new("validUntil", "date", Personal: true), new("state", Personal: true),
    ];

    public bool IsOfferedBy(string department) => departments.Find(department)?.Keeps.Contains(Own) == true;

    public async IAsyncEnumerable<IReadOnlyList<string?>> Rows(RegisterQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var scope = scopes.AsNode("register");
        var holder = question.Where[AskedBy];
        var keys = vault.Forms(scope.ServiceProvider.GetRequiredService<IIdentities>().KeyOf(holder));
        var today = clock.Today().ToString("O", CultureInfo.InvariantCulture);
        var rows = scope.ServiceProvider.GetRequiredService<NodeDb>().Set<HeldRow>().AsNoTracking().Where(h => keys.Contains(h.SubjectKey)).OrderBy(h => h.Id).AsAsyncEnumerable();
        await foreach (var held in rows.WithCancellation(ct))
        {
            yield return [.. question.Columns.Select(column => column switch
            {
                "holderId" => holder,
                "number" => held.Number,
                "type" => held.TypeCode,
                "name" => held.NameZh,
                "issuerNode" => held.IssuerNode,
                "issuedOn" => held.IssuedOn,
                "validUntil" => held.ValidUntil,
                "state" => IssuedRegister.State(held.Revoked, held.ValidUntil, today),
                _ => throw new ArgumentOutOfRangeException(nameof(question), column, "no column of this register"),
            })];
        }
    }
}
