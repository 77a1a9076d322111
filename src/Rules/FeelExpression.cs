using Tongban.Rules.Evaluation;
using Tongban.Rules.Syntax;
using Tongban.Rules.Types;

namespace Tongban.Rules;

/// <summary>What an evaluation gave: a value (null when there is none) and why.</summary>
public sealed record FeelResult(FeelValue Value, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>
/// A FEEL expression, compiled once, evaluated many times from any thread. Text that is not FEEL still gives an object:
/// its <see cref="Diagnostics"/> hold the error and it evaluates to null.
/// </summary>
public sealed class FeelExpression
{
    readonly Eval body;
    readonly Scope scope;
    readonly (string Name, int Slot)[] variables;

    FeelExpression(string text, Eval body, Scope scope, (string, int)[] variables, List<Diagnostic> diagnostics)
    {
        Text = text;
        this.body = body;
        this.scope = scope;
        this.variables = variables;
        Diagnostics = diagnostics;
    }

    public string Text { get; }

    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <param name="scopeNames">Names the expression may use; they may hold blanks and the signs . / - ' + *.</param>
    public static FeelExpression Parse(string text, params IEnumerable<string> scopeNames)
    {
        var diagnostics = new List<Diagnostic>();
        var scope = Scope.Root();
        var variables = scopeNames.Select(n => (n, scope.Add(n))).ToArray();
        var body = new Compiler(TypeSet.BuiltIn, new NameScope(null), diagnostics).Expression(text, scope);
        return new(text, body, scope, variables, diagnostics);
    }

    public FeelResult Evaluate(FeelContext? context = null, EvaluationOptions? options = null) =>
        Run.Guarded(options, state => body(Run.FrameFor(state, scope, variables, context)));
}

/// <summary>A list of unary tests, as in a cell of a decision table, compiled once.</summary>
public sealed class FeelUnaryTests
{
    readonly Test test;
    readonly Scope scope;
    readonly (string Name, int Slot)[] variables;

    FeelUnaryTests(string text, Test test, Scope scope, (string, int)[] variables, List<Diagnostic> diagnostics)
    {
        Text = text;
        this.test = test;
        this.scope = scope;
        this.variables = variables;
        Diagnostics = diagnostics;
    }

    public string Text { get; }

    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    public static FeelUnaryTests Parse(string text, params IEnumerable<string> scopeNames)
    {
        var diagnostics = new List<Diagnostic>();
        var scope = Scope.Root();
        var variables = scopeNames.Select(n => (n, scope.Add(n))).ToArray();
        var test = new Compiler(TypeSet.BuiltIn, new NameScope(null), diagnostics).UnaryTests(text, scope);
        return new(text, test, scope, variables, diagnostics);
    }

    /// <summary>True, false, or a null value when it cannot be told.</summary>
    public FeelResult Holds(FeelValue input, FeelContext? context = null, EvaluationOptions? options = null) =>
        Run.Guarded(options, state => FeelValue.Of(test(Run.FrameFor(state, scope, variables, context), input)));
}

static class Run
{
    /// <summary>Evaluates within limits: a limit reached is an error diagnostic and null.</summary>
    public static FeelResult Guarded(EvaluationOptions? options, Func<EvaluationState, FeelValue> run)
    {
        var state = new EvaluationState(options ?? EvaluationOptions.Default);
        var value = Guarded(state, run);
        return new(value, state.Diagnostics);
    }

    public static FeelValue Guarded(EvaluationState state, Func<EvaluationState, FeelValue> run)
    {
        try
        {
            return run(state);
        }
        catch (FeelLimitException e)
        {
            state.Report(Diagnostic.Error("feel.limit", e.Zh, e.Message, state.Element));
            return FeelValue.Null;
        }
    }

    public static Frame FrameFor(EvaluationState state, Scope scope, (string Name, int Slot)[] variables, FeelContext? context)
    {
        var slots = new FeelValue[scope.Layout.Size];
        if (context is not null)
            foreach (var (name, slot) in variables)
                slots[slot] = context[name];
        return new Frame(state, slots);
    }
}
