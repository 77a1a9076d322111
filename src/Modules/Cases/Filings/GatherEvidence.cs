using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Filings;

/// <summary>What will be asked of whom for one requirement, before anything is asked.</summary>
/// <param name="Held">A certificate the person already holds at this node.</param>
/// <param name="Why">Why nobody can be asked, in words; null when somebody can.</param>
sealed record EvidencePlan(Requirement Requirement, EvidenceSource? Source, HeldCertificate? Held, Words? Why);

/// <summary>
/// Finds what governments already hold, so that the person need not bring it: first certificates they hold here, then the
/// evidence broker. Nothing is asked of anybody before the person has agreed.
/// </summary>
sealed class GatherEvidence(IExchange exchange, IConsents consents, ICertificates certificates, IIdentities identities, IServiceScopeFactory scopes, CurrentActor current, NodeIdentity node, TimeProvider clock)
{
    /// <summary>Each source answers once under it; a fact that hangs on another one, or a slow department, has so long.</summary>
    static readonly TimeSpan ConsentLife = TimeSpan.FromDays(1);

    /// <summary>What a person may choose instead: once a day, for as long as an application may wait to be handed in.</summary>
    public static readonly ConsentFetch Daily = new(ConsentFetch.Periodic, 1, ConsentFetch.Day);

    public static readonly TimeSpan DailyLife = Draft.Life;

    /// <summary>A matter is over by then, as a rule, and so is the need for what was looked up for it.</summary>
    public const int DataLifeDays = 180;

    public async Task<List<EvidencePlan>> Plan(IReadOnlyList<Requirement> requirements, CancellationToken ct)
    {
        var plans = new List<EvidencePlan>();
        foreach (var requirement in requirements.Where(r => r.EvidenceType is not null || r.CertificateType is not null))
            plans.Add(await Plan(requirement, ct));
        return plans;
    }

    async Task<EvidencePlan> Plan(Requirement requirement, CancellationToken ct)
    {
        if (requirement.CertificateType is { } type && current.Actor.SubjectKey is { } subject)
        {
            var held = await certificates.HeldBy(subject, type, ct);
            if (held.FirstOrDefault(h => h.State == "valid") is { } certificate)
                return new EvidencePlan(requirement, null, certificate, null);
        }
        if (requirement.EvidenceType is null)
            return new EvidencePlan(requirement, null, null, new("请您自己提供", "Please bring it yourself"));
        var located = await exchange.Locate(requirement.EvidenceType, requirement.Division ?? node.Division, clock.Today(), ct);
        return located.Ok
            ? new EvidencePlan(requirement, located.Value, null, null)
            : new EvidencePlan(requirement, null, null, new(located.Error.Detail, located.Error.DetailEn));
    }

    /// <summary>Whether the person may choose that the same is asked again: every agreement that needs their consent lets it be.</summary>
    public static bool MayRepeat(IEnumerable<EvidencePlan> plans) =>
        plans.Select(p => p.Source).Where(s => s is { ConsentNeeded: true }).ToList() is { Count: > 0 } sources && sources.TrueForAll(s => s!.MayRepeat);

    /// <summary>
    /// With the person's agreement: attests it once for all sources, then asks all departments side by side. A fact that
    /// needs another one first (a spouse's, through the marriage) is asked after it. A department that does not answer
    /// only leaves its own requirement open.
    /// </summary>
    /// <param name="reference">Number or id of the draft; every use of data is for one.</param>
    /// <param name="daily">The person chose so; where an agreement does not allow it, each source still answers once.</param>
    /// <returns>The draft with what was found.</returns>
    public async Task<Result<DraftBody>> Ask(ItemVariant variant, IReadOnlyList<EvidencePlan> plans, DraftBody draft, string reference, CancellationToken ct, bool daily = false)
    {
        var sources = plans.Where(p => p.Source is { ConsentNeeded: true })
            .Select(p => new ConsentSource(p.Source!.ProviderNode, p.Source.Resource, p.Requirement.Fields)).ToList();
        (string? consentId, PeriodicConsent? periodic) = (null, null);
        if (sources.Count > 0)
        {
            daily &= MayRepeat(plans);
            var consent = await consents.Attest(new ConsentRequest(
                identities.KeyOf(draft.Applicant.CitizenId), draft.Applicant.CitizenId, variant.BaseCode, variant.Name, reference,
                node.NodeOf(variant.Division), Merged(sources), current.Actor.Level, daily ? DailyLife : ConsentLife)
            { Fetch = daily ? Daily : ConsentFetch.OneTime, DataLifeDays = DataLifeDays }, ct);
            if (!consent.Ok)
                return consent.Error;
            consentId = consent.Value.ConsentId;
            periodic = daily ? new(consentId, consent.Value.Until.ToUnixTimeMilliseconds()) : null;
        }
        return draft with { Evidence = await Ask(variant, plans, draft, reference, consentId, ct), Periodic = periodic ?? draft.Periodic };
    }

    /// <summary>The same once more, under the consent the person gave for that. What does not come anew stays as it was, and says why.</summary>
    public async Task<DraftBody> AskAgain(ItemVariant variant, IReadOnlyList<EvidencePlan> plans, DraftBody draft, PeriodicConsent consent, string reference, CancellationToken ct) =>
        draft with { Evidence = await Ask(variant, plans, draft, reference, consent.ConsentId, ct) };

    /// <summary>What stands after asking: a fact that nobody gave anew stays; what the person said of a fact they said of it, not of the day it came.</summary>
    /// <param name="samePerson">Both are about one person. What was found about somebody who is no longer meant is not kept.</param>
    public static EvidenceFound Renewed(EvidenceFound? before, EvidenceFound now, bool samePerson) => (before, now.State) switch
    {
        ({ State: FindingState.Found }, FindingState.Unreachable or FindingState.NotOffered) when samePerson =>
            before with { Why = new($"这次没有更新：{now.Why?.Zh}", $"Not renewed this time: {now.Why?.En}") },
        ({ State: FindingState.Found or FindingState.Held }, FindingState.Found or FindingState.Held) when samePerson => now with { Says = before.Says },
        _ => now,
    };

    async Task<Dictionary<string, EvidenceFound>> Ask(ItemVariant variant, IReadOnlyList<EvidencePlan> plans, DraftBody draft, string reference, string? consentId, CancellationToken ct)
    {
        // What is asked now is not known until it is answered: whom a fact that hangs on it is about, the answer says and not the one before.
        var asked = plans.Select(p => p.Requirement.Id).ToHashSet(StringComparer.Ordinal);
        var found = draft.Evidence.Where(e => !asked.Contains(e.Key)).ToDictionary();
        void Take(EvidencePlan plan, EvidenceFound now, string? subject) =>
            found[plan.Requirement.Id] = Renewed(draft.Evidence.GetValueOrDefault(plan.Requirement.Id), now, subject == SubjectId(plan.Requirement, draft, draft.Evidence));
        void TakeUnasked(bool dependent)
        {
            foreach (var plan in plans.Where(p => p.Source is null && p.Requirement.SubjectFrom is not null == dependent))
                Take(plan, WithoutAsking(plan), SubjectId(plan.Requirement, draft, found));
        }
        TakeUnasked(dependent: false);
        var open = plans.Where(p => p.Source is not null).ToList();
        while (open.Count > 0)
        {
            var ready = open.Where(p => SubjectId(p.Requirement, draft, found) is not null || !open.Any(o => o != p && NeededBy(p, o))).ToList();
            // What one register says of one person is asked once, for whichever requirements: the consent is for one answer.
            var questions = ready.GroupBy(p => (p.Source!.ProviderNode, p.Source.Resource, Subject: SubjectId(p.Requirement, draft, found)));
            var answers = await Task.WhenAll(questions.Select(async q => (Plans: q.ToList(), q.Key.Subject, Found: await AskOne(variant, [.. q], q.Key.Subject, reference, consentId, ct))));
            foreach (var (of, subject, each) in answers)
            {
                foreach (var (plan, now) in of.Zip(each))
                    Take(plan, now, subject);
            }
            open = open.Except(ready).ToList();
        }
        TakeUnasked(dependent: true);
        return found;
    }

    static bool NeededBy(EvidencePlan plan, EvidencePlan other) =>
        plan.Requirement.SubjectFrom is { } from && from.Split('|').Any(f => f.StartsWith(other.Requirement.Id + ".", StringComparison.Ordinal));

    /// <summary>One entry for each resource, with all the fields that are needed of it.</summary>
    static List<ConsentSource> Merged(List<ConsentSource> sources) =>
        [.. sources.GroupBy(s => (s.ProviderNode, s.Resource)).Select(g => new ConsentSource(g.Key.ProviderNode, g.Key.Resource, [.. g.SelectMany(s => s.Fields).Distinct()]))];

    EvidenceFound WithoutAsking(EvidencePlan plan) => plan.Held is { } held
        ? new EvidenceFound(plan.Requirement.Id, FindingState.Held, null, held.CertificateId, held.Name, null, PersonSays.Use, clock.NowMs())
        : new EvidenceFound(plan.Requirement.Id, FindingState.NotOffered, null, null, null, plan.Why, PersonSays.BringOwn, clock.NowMs());

    /// <summary>Whose fact is asked; null when it is somebody else's and their number is not known (yet).</summary>
    static string? SubjectId(Requirement requirement, DraftBody draft, IReadOnlyDictionary<string, EvidenceFound> found)
    {
        if (requirement.SubjectFrom is not { } from)
            return requirement.Subject == "applicant" ? draft.Applicant.CitizenId : null;
        foreach (var part in from.Split('|'))
        {
            var dot = part.IndexOf('.', StringComparison.Ordinal);
            var rows = found.GetValueOrDefault(part[..dot])?.Evidence?.Rows ?? [];
            if (rows.Count > 0 && rows[0].GetValueOrDefault(part[(dot + 1)..]) is { Length: > 0 } id && id != draft.Applicant.CitizenId)
                return id;
        }
        return null;
    }

    /// <param name="plans">All of one source.</param>
    /// <returns>One for each, in their order.</returns>
    async Task<IEnumerable<EvidenceFound>> AskOne(ItemVariant variant, IReadOnlyList<EvidencePlan> plans, string? subjectId, string reference, string? consentId, CancellationToken ct)
    {
        var source = plans[0].Source!;
        if (subjectId is null)
            return plans.Select(p => Nothing(p, FindingState.Absent, new("需要先查到相关人的信息，这一项没有查询", "It depends on a fact that was not found, so it was not asked")));
        // Exchange uses the database of its scope, and several questions run at once: each has a scope of its own.
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(current.Actor);
        var asked = await scope.ServiceProvider.GetRequiredService<IExchange>().Query(new ExchangeQuestion(
            source.ProviderNode, source.Resource, Parameters(source, subjectId), [.. plans.SelectMany(p => p.Requirement.Fields).Distinct()], variant.BaseCode, reference,
            identities.KeyOf(subjectId), source.ConsentNeeded ? consentId : null, current.Actor.Id), ct);
        return plans.Select(p => Found(p, asked));
    }

    EvidenceFound Found(EvidencePlan plan, Result<ExchangeAnswer> asked)
    {
        if (!asked.Ok)
        {
            return asked.Error.Kind == ErrorKind.Unavailable
                ? Nothing(plan, FindingState.Unreachable, new("该部门现在没有应答，可以稍后再查，或自己上传", "The department does not answer now; ask again later, or upload it yourself"))
                : Nothing(plan, FindingState.NotOffered, new(asked.Error.Detail, asked.Error.DetailEn));
        }
        var (answer, requirement, source) = (asked.Value, plan.Requirement, plan.Source!);
        if (answer.Rows.Count == 0)
            return Nothing(plan, FindingState.Absent, new("没有查到您的这项记录，请自己上传", "No such record of yours was found; please upload it"));
        var fields = source.Fields.Where(f => requirement.Fields.Contains(f.Code)).ToList();
        // Of one register's answer each requirement keeps what it needs.
        var rows = answer.Rows.Select(r => (IReadOnlyDictionary<string, string?>)r.Where(v => requirement.Fields.Contains(v.Key)).ToDictionary()).ToList();
        var used = new EvidenceUsed(
            source.EvidenceType, answer.ExchangeId, answer.ProviderNode, source.DepartmentName, source.Resource, source.ResourceName,
            answer.AsOf.ToUnixTimeMilliseconds(), rows, fields.ToDictionary(f => f.Code, f => f.Label), answer.ConsentId, answer.ConsumerLogIndex, answer.ProviderLogIndex)
        { Types = fields.ToDictionary(f => f.Code, f => f.Type), DeleteAt = answer.DeleteAt?.ToUnixTimeMilliseconds() };
        return new EvidenceFound(requirement.Id, FindingState.Found, used, null, source.DepartmentName, null, PersonSays.Use, clock.NowMs());
    }

    EvidenceFound Nothing(EvidencePlan plan, FindingState state, Words why) =>
        new(plan.Requirement.Id, state, null, null, plan.Source?.DepartmentName, why, PersonSays.BringOwn, clock.NowMs());

    /// <summary>Facts are asked by number; a resource's further, optional parameters narrow and are left out.</summary>
    static Dictionary<string, string> Parameters(EvidenceSource source, string subjectId)
    {
        var name = source.Parameters.Contains("citizenId") ? "citizenId" : source.Parameters.FirstOrDefault() ?? "citizenId";
        return new Dictionary<string, string> { [name] = subjectId };
    }
}
