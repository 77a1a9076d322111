using System.Runtime.CompilerServices;

namespace Tongban.Rules.Evaluation;

/// <summary>A limit was reached; caught where evaluation starts and turned into an error diagnostic.</summary>
sealed class FeelLimitException(string zh, string en) : Exception(en)
{
    public string Zh { get; } = zh;
}

/// <summary>What one evaluation shares: limits, diagnostics, clock and trace. Used by one thread.</summary>
sealed class EvaluationState(EvaluationOptions options)
{
    const int MaxDiagnostics = 100;

    readonly List<Diagnostic> diagnostics = [];
    readonly List<FiredRule> fired = [];
    int steps = options.MaxSteps;
    int depth;

    public IReadOnlyList<Diagnostic> Diagnostics => diagnostics;
    public IReadOnlyList<FiredRule> Fired => fired;
    public EvaluationOptions Options { get; } = options;

    /// <summary>The model element being evaluated, for diagnostics.</summary>
    public string? Element { get; set; }

    /// <summary>Notes why something is null and gives null.</summary>
    public FeelValue Fail(string code, string zh, string en)
    {
        if (diagnostics.Count < MaxDiagnostics)
            diagnostics.Add(Diagnostic.Warning(code, zh, en, Element));
        return FeelValue.Null;
    }

    public void Report(Diagnostic d)
    {
        if (diagnostics.Count < MaxDiagnostics)
            diagnostics.Add(d);
    }

    public void Fire(FiredRule rule)
    {
        if (Options.Trace && fired.Count < 10_000)
            fired.Add(rule);
    }

    /// <summary>Counts one turn of a loop, one call or one cell.</summary>
    public void Step()
    {
        if (--steps < 0)
            throw new FeelLimitException("计算步数超出上限", $"more than {Options.MaxSteps} steps");
        if ((steps & 1023) == 0)
            Options.Cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Counts a stretch of work that grows with its input, such as building a long list.</summary>
    public void Steps(int count)
    {
        if (count > steps)
            throw new FeelLimitException("计算步数超出上限", $"more than {Options.MaxSteps} steps");
        steps -= count;
    }

    public void Enter()
    {
        Step();
        if (++depth > Options.MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new FeelLimitException("调用层数超出上限", $"calls nested deeper than {Options.MaxDepth}");
    }

    public void Leave() => depth--;
}

/// <summary>The variables of one running body, by slot.</summary>
sealed class Frame(EvaluationState state, FeelValue[] slots)
{
    public readonly EvaluationState State = state;
    public readonly FeelValue[] Slots = slots;
}

/// <summary>A compiled expression.</summary>
delegate FeelValue Eval(Frame f);
