using Tongban.Kernel;

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
}
