using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Identity.Accounts;

/// <summary>Something a person signs in with: a resident's, a member of staff's, or one that another node vouches for.</summary>
sealed class AccountRow : IRowRuled
{
    public const string Resident = "resident";
    public const string Staff = "staff";

    /// <summary>A resident of another province; has no password here.</summary>
    public const string Federated = "federated";

    public required string Id { get; set; }

    public required string Kind { get; set; }

    /// <summary>
    /// What it is found by, unique: <c>staff:{login}</c>, <c>phone:{blind index}</c>, or <c>node:{node id}|{sub}</c>.
    /// </summary>
    [BlindIndex("phone of a resident, after 'phone:'; plain for staff", After = Phone)]
    public required string LoginKey { get; set; }

    /// <summary>Staff only; empty otherwise. Not personal: the name of a desk or a staff number.</summary>
    public required string Login { get; set; }

    /// <summary>Residents only: <see cref="People.PersonRow.Id"/>.</summary>
    public string? PersonId { get; set; }

    [Sealed(AccountNames.Context)]
    public required string NameSealed { get; set; }

    /// <summary>Staff only: where recovery codes go. Sealed; empty when none is known.</summary>
    [Sealed(AccountNames.Phone)]
    public required string PhoneSealed { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    /// <summary>Roles of <see cref="Role"/>, separated by spaces; empty for residents.</summary>
    public required string Roles { get; set; }

    public required string SubjectKey { get; set; }

    /// <summary>Empty for <see cref="Federated"/>.</summary>
    public required string PasswordHash { get; set; }

    /// <summary>The password was set by somebody else: the first act after signing in is to choose one.</summary>
    public bool MustChange { get; set; }

    public bool Disabled { get; set; }

    /// <summary>Wrong tries in a row, counted before each check so that parallel guesses gain nothing.</summary>
    public int Failures { get; set; }

    public long LockedUntil { get; set; }

    public long? LastSignInAt { get; set; }

    public long CreatedAt { get; set; }

    public long Revision { get; set; }

    public string Readers { get; set; } = "";

    public static string ReadFor => Purposes.Accounts;

    /// <summary>An account without a person, password or rights yet; the caller gives it what its kind has.</summary>
    public static AccountRow Make(string kind, string loginKey, string division, long now) => new()
    {
        Id = Guid.CreateVersion7().ToString("N"),
        Kind = kind,
        LoginKey = loginKey,
        Login = "",
        NameSealed = "",
        PhoneSealed = "",
        Division = division,
        Department = "",
        Roles = "",
        SubjectKey = "",
        PasswordHash = "",
        CreatedAt = now,
    };

    public IReadOnlyList<Role> RoleList => [.. Roles.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<Role>)];

    public static string StaffKey(string login) => $"staff:{login.Trim().ToLowerInvariant()}";

    const string Phone = "phone:";

    public static string PhoneKey(string phoneIndex) => Phone + phoneIndex;

    public static string NodeKey(string nodeId, string sub) => $"node:{nodeId}|{sub}";

    /// <summary>The home node in a <see cref="NodeKey"/>; null for other keys.</summary>
    public static string? NodeOf(string loginKey) => loginKey.StartsWith("node:", StringComparison.Ordinal) ? loginKey[5..loginKey.IndexOf('|', StringComparison.Ordinal)] : null;
}
