using Microsoft.EntityFrameworkCore;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Data;

namespace Tongban.Identity.Oidc;

/// <summary>Who may send people here to sign in.</summary>
/// <param name="Node">The member of the region it is; null for a local client.</param>
/// <param name="SecretHash">Empty for nodes (they sign an assertion) and public clients.</param>
sealed record Client(string Id, Words Name, Member? Node, string SecretHash, IReadOnlyList<string> RedirectUris, IReadOnlyList<string> PostLogoutUris)
{
    /// <summary>Nodes of the region may learn the citizen id; nobody else may.</summary>
    public bool IsTrusted => Node is not null;

    public bool IsPublic => Node is null && SecretHash.Length == 0;

    public IReadOnlyList<string> Scopes => IsTrusted ? Scope.All : Scope.Open;
}

static class Scope
{
    public const string OpenId = "openid";
    public const string Profile = "profile";
    public const string Identity = "identity";
    public const string Offline = "offline_access";

    public static readonly IReadOnlyList<string> Open = [OpenId, Profile, Offline];
    public static readonly IReadOnlyList<string> All = [OpenId, Profile, Identity, Offline];
}

sealed class Clients(NodeDb db, NodeIdentity node, IMembers? members = null)
{
    public async Task<Client?> Find(string id, CancellationToken ct)
    {
        if (members?.Find(id) is { IsGovernment: true } member && member.NodeId != node.Id)
            return new Client(member.NodeId, member.Name, member, "", [member.Endpoint + "/signin/callback"], [member.Endpoint + "/"]);
        var row = await db.Set<ClientRow>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        return row is null ? null : new Client(row.Id, new Words(row.NameZh, row.NameEn), null, row.SecretHash, Lines(row.RedirectUris), Lines(row.PostLogoutUris));
    }

    static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
