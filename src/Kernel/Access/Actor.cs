namespace Tongban.Kernel.Access;

/// <summary>What a member of staff is employed to do. One role is active at a time; switching is a sign-in of its own.</summary>
public enum Role
{
    /// <summary>Nobody: sees nothing, may do what a route opens to anyone.</summary>
    None,

    /// <summary>A natural person acting for themself or under a recorded mandate.</summary>
    Resident,

    /// <summary>A member of staff of an enterprise, acting for it.</summary>
    EnterpriseStaff,

    /// <summary>Window clerk (综合窗口): takes in any item, decides none.</summary>
    Clerk,

    /// <summary>Officer of a department (经办人): works the department's steps and decides.</summary>
    Officer,

    /// <summary>Head of a department's queue (审核人): assigns, samples, approves.</summary>
    Supervisor,

    /// <summary>Data steward (数据管理员): resources, agreements, needs.</summary>
    Steward,

    /// <summary>Auditor: reads logs and figures, changes nothing.</summary>
    Auditor,

    /// <summary>Administrator of the node: accounts and settings, no cases, no personal data.</summary>
    Administrator,

    /// <summary>Another node of the region, known by its signature.</summary>
    Peer,

    /// <summary>The node itself: event handlers and jobs.</summary>
    System,
}

/// <summary>Why a row is read; each ruled entity names one, each role has some.</summary>
public static class Purposes
{
    public const string Cases = "cases";
    public const string Exchange = "exchange";
    public const string Accounts = "accounts";
    public const string Certificates = "certificates";
    public const string Notices = "notices";
    public const string Rules = "rules";
    public const string Audit = "audit";

    /// <summary>Which purposes a role may read department rows for. A person's own rows need no purpose.</summary>
    public static IReadOnlySet<string> Of(Role role) => role switch
    {
        Role.Clerk => Clerk,
        Role.Officer => Officer,
        Role.Supervisor => Supervisor,
        Role.Steward => Steward,
        Role.Auditor => Auditor,
        Role.Administrator => Administrator,
        _ => Nothing,
    };

    static readonly HashSet<string> Nothing = [];
    static readonly HashSet<string> Clerk = [Cases, Notices];
    static readonly HashSet<string> Officer = [Cases, Notices, Certificates];
    static readonly HashSet<string> Supervisor = [Cases, Notices, Certificates, Rules];
    static readonly HashSet<string> Steward = [Exchange, Rules];
    static readonly HashSet<string> Auditor = [Audit, Exchange, Rules];
    static readonly HashSet<string> Administrator = [Accounts];
}

/// <summary>Who acts in this request or job, and what they may see. Deny by default: <see cref="Nobody"/> sees no row.</summary>
/// <param name="Id">Account id, node id or job name; safe to log.</param>
/// <param name="Name">For the pages; never logged.</param>
/// <param name="Division">GB/T 2260 code the actor serves; sees its subtree. Empty for residents.</param>
/// <param name="Department">Department code such as <c>340000-police</c>; null sees all departments of the division.</param>
/// <param name="SubjectKey">The node's key of the person (a blind index of the citizen id) or enterprise whose own rows the actor sees; null for staff.</param>
/// <param name="Level">Assurance of a resident's sign-in: 0 none, 1 registered, 2 real name checked, 3 checked in person or by face.</param>
public sealed record Actor(
    Role Role,
    string Id,
    string Name,
    string Division = "",
    string? Department = null,
    string? SubjectKey = null,
    int Level = 0)
{
    public static readonly Actor Nobody = new(Role.None, "nobody", "");

    public static Actor Node(string job) => new(Role.System, $"system:{job}", "");

    public static Actor PeerNode(string nodeId) => new(Role.Peer, nodeId, "");

    public bool IsStaff => Role is Role.Clerk or Role.Officer or Role.Supervisor or Role.Steward or Role.Auditor or Role.Administrator;

    public bool IsPerson => Role is Role.Resident or Role.EnterpriseStaff;

    /// <summary>Who the person acts for when it is not themself (a minor child, an enterprise); null otherwise.</summary>
    public string? ActingForName { get; init; }

    /// <summary>The recorded mandate under which <see cref="SubjectKey"/> is somebody else; null while acting for oneself.</summary>
    public string? MandateId { get; init; }
}

/// <summary>The actor of the present scope. Set once, by the sign-in middleware, a peer's verified signature, or a job.</summary>
public sealed class CurrentActor
{
    public Actor Actor { get; private set; } = Actor.Nobody;

    public void Become(Actor actor) => Actor = actor;

    /// <summary>
    /// For what the node must do on its own account in the middle of somebody's request and transaction: the work sees the
    /// rows that the node sees. Nothing of what it reads may reach the caller.
    /// </summary>
    public async Task AsNode(string job, Func<Task> work)
    {
        var caller = Actor;
        Actor = Actor.Node(job);
        try
        {
            await work();
        }
        finally
        {
            Actor = caller;
        }
    }
}
