using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Node.Commands;

/// <summary>How the commands speak.</summary>
static class Say
{
    /// <summary>Tells what was wrong, where and what to do; the exit code is 1.</summary>
    public static int Error(Error error)
    {
        Console.Error.WriteLine($"✗ {error.Detail}");
        Console.Error.WriteLine($"  {error.DetailEn} [{error.Code}]");
        if (error.Todo is not null)
            Console.Error.WriteLine($"  → {error.Todo} / {error.TodoEn}");
        return 1;
    }

    /// <summary>What a node lacked that it could not start, wherever in the exception that is; null for any other.</summary>
    public static Error? Why(Exception e) => e switch
    {
        NodeUnfitException unfit => unfit.Error,
        AggregateException several => several.InnerExceptions.Select(Why).FirstOrDefault(found => found is not null),
        { InnerException: { } inner } => Why(inner),
        _ => null,
    };

    /// <summary>Prints findings step by step, then the verdict; the exit code is 0 when all hold.</summary>
    public static int Findings(IReadOnlyList<Finding> findings, string holds, string fails)
    {
        foreach (var finding in findings)
            Console.WriteLine($"{(finding.Ok ? "✓" : "✗")} {finding.Words.Zh} / {finding.Words.En}");
        var ok = findings.All(f => f.Ok);
        Console.WriteLine(ok ? holds : fails);
        return ok ? 0 : 1;
    }
}
