using Tongban.Contracts.Cases;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Kernel.Time;

namespace Tongban.Registry.Departments;

/// <summary>
/// Changes a department's own system when a case says so, and tells what came of it. The department's transaction commits
/// before the node's: after a crash between the two the event comes again, and the write-back answers as the first time.
/// </summary>
sealed class CarryOutEffect(Outbox outbox, NodeIdentity node, TimeProvider clock) : IHandle<EffectDue>
{
    public Task Handle(EffectDue e, EventContext context, CancellationToken ct)
    {
        // Only a case of this node changes its departments; another node asks for a step, never for an effect.
        if (context.FromNode is not null)
            return Task.CompletedTask;
        var result = Here(e.Department)
            ? ApplyEffect.Run(new DepartmentSystem(RegistryModule.DepartmentsFolder(node.DataFolder)), e, clock.Today())
            : Error.Unsupported("effect.not-here", "该部门不属于本节点", "The department does not belong to this node", "department");
        if (result.Error is { Kind: ErrorKind.Unavailable } unreachable)
            throw new DepartmentUnreachableException(unreachable.DetailEn);

        outbox.Publish(
            new EffectApplied(e.CaseNumber, e.StepId, e.Effect, result.Ok, Reason(result.Error), result.Ok ? result.Value : new Dictionary<string, string>(), clock.NowMs()),
            $"effect:{e.CaseNumber}");
        if (result.Ok && e.Effect == RepairCredit.Effect)
            outbox.Publish(RepairCredit.Changed(e.Applicant.CitizenId, clock.NowMs()), $"changed:{e.CaseNumber}");
        return Task.CompletedTask;
    }

    bool Here(string department) => department.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash && Divisions.Contains(node.Division, department[..dash]);

    static string Reason(Error? error) => error switch
    {
        null => "",
        { Todo: { } todo } => $"{error.Detail}；{todo}",
        _ => error.Detail,
    };
}

/// <summary>The outbox tries the event again later.</summary>
sealed class DepartmentUnreachableException(string message) : IOException(message);
