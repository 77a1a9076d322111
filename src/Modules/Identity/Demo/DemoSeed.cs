using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Identity.Accounts;
using Tongban.Identity.People;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Identity.Demo;

/// <summary>
/// The accounts of a demonstration, all with one published password: staff of every department on every node, and the
/// personas of <c>data/personas.json</c> where they live and where their household is. Never outside a demonstration.
/// </summary>
static class DemoSeed
{
    /// <summary>Published in the README and printed at the start; opens nothing but sample data.</summary>
    public const string Password = "Tongban-demo-2026";

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    static readonly (string Kind, string Zh, string En)[] Departments =
    [
        ("police", "公安", "Police"), ("civil", "民政", "Civil affairs"), ("estate", "不动产登记", "Real estate"), ("hrss", "人社", "Human resources"),
        ("fund", "公积金", "Housing fund"), ("medical", "医保", "Medical insurance"), ("market", "市场监管", "Market regulation"), ("credit", "信用", "Credit"),
    ];

    static readonly (string Login, Role Role, string Zh, string En)[] Others =
    [
        ("clerk", Role.Clerk, "综合窗口", "Window clerk"), ("steward", Role.Steward, "数据管理员", "Data steward"),
        ("auditor", Role.Auditor, "审计员", "Auditor"), ("admin", Role.Administrator, "系统管理员", "Administrator"),
    ];

    public static IReadOnlyList<(string Login, string Password, Words What, bool IsStaff)> Accounts(NodeIdentity node)
    {
        if (!node.Demo)
            return [];
        var staff = Staff(node).Select(s => (s.Login, Password, s.What, true));
        return [.. staff, .. Personas(node).Where(p => node.IsGovernment && IsHere(p, node) && !IsMinor(p, TimeProvider.System)).Select(p => (p.Phone, Password, new Words($"{p.Name}：{p.Story}", $"{p.NameEn}: {p.StoryEn}"), false))];
    }

    static IEnumerable<(string Login, string Department, Role[] Roles, Words What)> Staff(NodeIdentity node)
    {
        foreach (var (login, role, zh, en) in Others)
        {
            if (node.IsGovernment || role != Role.Clerk)
                yield return (login, "", [role], new Words(zh, en));
        }
        if (!node.IsGovernment)
            yield break;
        foreach (var (kind, zh, en) in Departments)
            yield return (kind, $"{node.Division}-{kind}", [Role.Officer, Role.Supervisor], new Words($"{zh} 经办人、审核人", $"{en} officer and supervisor"));
    }

    public static async Task Run(IServiceProvider services, CancellationToken ct)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        if (!node.Demo)
            return;
        await using var scope = services.AsNode("identity-demo");
        var inside = scope.ServiceProvider;
        var db = inside.GetRequiredService<NodeDb>();
        // One hash for all: they share the password, and a hash of its own for each would hide nothing.
        var hash = await inside.GetRequiredService<Passwords>().Hash(Password, ct);
        await SeedStaff(db, inside.GetRequiredService<IVault>(), node, hash, inside.GetRequiredService<TimeProvider>(), ct);
        if (node.IsGovernment)
            await SeedPersonas(inside, db, node, hash, ct);
        await db.SaveChangesAsync(ct);
    }

    static async Task SeedStaff(NodeDb db, IVault vault, NodeIdentity node, string hash, TimeProvider clock, CancellationToken ct)
    {
        var have = await db.Set<AccountRow>().Where(a => a.Kind == AccountRow.Staff).Select(a => a.LoginKey).ToHashSetAsync(ct);
        foreach (var (login, department, roles, what) in Staff(node))
        {
            var key = AccountRow.StaffKey(login);
            if (have.Contains(key))
                continue;
            var account = AccountRow.Make(AccountRow.Staff, key, node.Division, clock.NowMs());
            account.Login = login;
            account.NameSealed = vault.Seal($"{what.Zh.Split(' ')[0]}演示", AccountNames.Context);
            account.Department = department;
            account.Roles = string.Join(' ', roles);
            account.PasswordHash = hash;
            db.Add(account);
        }
    }

    static async Task SeedPersonas(IServiceProvider inside, NodeDb db, NodeIdentity node, string hash, CancellationToken ct)
    {
        var personas = Personas(node);
        var people = inside.GetRequiredService<People.People>();
        var credentials = inside.GetRequiredService<Credentials>();
        var mandates = inside.GetRequiredService<Mandates>();
        var vault = inside.GetRequiredService<IVault>();
        var clock = inside.GetRequiredService<TimeProvider>();
        foreach (var persona in personas.Where(p => IsHere(p, node)))
        {
            var key = credentials.ResidentKey(persona.Phone);
            var stored = credentials.ResidentKeys(persona.Phone);
            if (await db.Set<AccountRow>().AnyAsync(a => stored.Contains(a.LoginKey), ct))
                continue;
            var person = await people.Checked(PersonRow.Natural, persona.CitizenId, persona.Name, persona.Phone, persona.Lives, 2, ct);
            if (!IsMinor(persona, clock))
            {
                var account = AccountRow.Make(AccountRow.Resident, key, node.Division, clock.NowMs());
                account.PersonId = person.Id;
                account.SubjectKey = person.SubjectKey;
                account.NameSealed = vault.Seal(persona.Name, AccountNames.Context);
                account.PasswordHash = hash;
                db.Add(account);
            }
            foreach (var child in (persona.Relations ?? []).Where(r => r.Kind == "child").Select(r => personas.Single(p => p.Key == r.To)).Where(p => IsMinor(p, clock)))
                await Guardian(people, mandates, person, persona, child, ct);
            if (persona.Enterprise is { } firm)
            {
                var enterprise = await people.Checked(PersonRow.Enterprise, firm.CreditCode, firm.Name, persona.Phone, firm.Division, 2, ct);
                if (!await mandates.Holds(MandateRow.LegalRepresentative, people.KeyOf(persona.CitizenId), people.KeyOf(firm.CreditCode), ct))
                    mandates.Add(MandateRow.LegalRepresentative, person.SubjectKey, persona.Name, enterprise, "营业执照", clock.Today().AddYears(10), "demo");
            }
            // People found by key must be stored before the next persona looks for them.
            await db.SaveChangesAsync(ct);
        }
    }

    static async Task Guardian(People.People people, Mandates mandates, PersonRow guardian, Persona persona, Persona child, CancellationToken ct)
    {
        var ward = await people.Checked(PersonRow.Natural, child.CitizenId, child.Name, child.Phone, child.Lives, 2, ct);
        if (!await mandates.Holds(MandateRow.Guardian, people.KeyOf(persona.CitizenId), people.KeyOf(child.CitizenId), ct))
        {
            mandates.Add(MandateRow.Guardian, guardian.SubjectKey, persona.Name, ward, "户口簿",
                MandateRow.LastDayAsMinor(CitizenId.Stored(child.CitizenId).BirthDate), "demo");
        }
    }

    static bool IsMinor(Persona persona, TimeProvider clock) => CitizenId.Stored(persona.CitizenId).AgeAt(clock.Today()) < 18;

    static bool IsHere(Persona persona, NodeIdentity node) =>
        persona.SignsInAt == node.Division || Divisions.Province(persona.Household) == node.Division;

    static IReadOnlyList<Persona> Personas(NodeIdentity node)
    {
        var file = Path.Combine(node.SharedFolder, "personas.json");
        return File.Exists(file) ? JsonSerializer.Deserialize<List<Persona>>(File.ReadAllBytes(file), Json)! : [];
    }

    sealed record Persona(
        string Key, string Name, string NameEn, string CitizenId, string Phone, string SignsInAt, string Household, string Lives,
        string Story, string StoryEn, IReadOnlyList<Relation>? Relations, Firm? Enterprise);

    sealed record Relation(string To, string Kind);

    sealed record Firm(string CreditCode, string Name, string Division);
}
