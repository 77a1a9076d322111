using Tongban.Rules.Evaluation;
using Tongban.Rules.Types;

namespace Tongban.Rules.Model;

/// <summary>A slot that a requirement fills: one element, or a context of imported elements.</summary>
sealed record Need(int Slot, CompiledElement? Element, string? Import, IReadOnlyList<CompiledElement> Imported);

/// <summary>An element of the requirements graph, ready to run. Immutable once the model is compiled.</summary>
abstract class CompiledElement
{
    public DmnModel Model { get; set; } = null!;
    public DrgElement Element { get; set; } = null!;
    public int Index { get; set; }
    public FeelType? Type { get; set; }
    public Need[] Needs { get; set; } = [];
    public bool IsCyclic { get; set; }

    /// <summary>The element's value within one evaluation; worked out once.</summary>
    public FeelValue Value(EvaluationState state, Decided decided)
    {
        if (decided.TryGet(Index, out var known))
            return known;
        state.Enter();
        var outer = state.Element;
        state.Element = Element.Id;
        var value = IsCyclic ? state.Fail("dmn.cycle", $"“{Element.Name}”依赖自身", $"'{Element.Name}' depends on itself") : Work(state, decided);
        state.Element = outer;
        state.Leave();
        decided.Put(Index, value);
        return value;
    }

    protected abstract FeelValue Work(EvaluationState state, Decided decided);

    protected Frame Frame(EvaluationState state, Decided decided, Scope scope)
    {
        var slots = new FeelValue[scope.Layout.Size];
        foreach (var need in Needs)
        {
            if (need.Element is { } element)
            {
                if (!ReferenceEquals(element, this))
                    slots[need.Slot] = element.Value(state, decided);
                continue;
            }
            var context = new FeelContext();
            foreach (var imported in need.Imported)
                context.Put(imported.Element.Variable, imported.Value(state, decided));
            slots[need.Slot] = FeelValue.Of(context);
        }
        return new Frame(state, slots);
    }

    protected FeelValue Typed(EvaluationState state, in FeelValue value) =>
        Type is { } type && type.Form != FeelType.Shape.Function ? Closure.Typed(state, type, value, Element.Name) : value;
}

sealed class CompiledInput : CompiledElement
{
    protected override FeelValue Work(EvaluationState state, Decided decided) => Typed(state, decided.Input(Element.Name, Element.Variable));
}

sealed class CompiledDecision : CompiledElement
{
    public Eval Body { get; set; } = null!;
    public Scope Scope { get; set; } = null!;

    protected override FeelValue Work(EvaluationState state, Decided decided) => Typed(state, Body(Frame(state, decided, Scope)));
}

sealed class CompiledKnowledge : CompiledElement
{
    /// <summary>Gives the function.</summary>
    public Eval Body { get; set; } = null!;
    public Scope Scope { get; set; } = null!;

    protected override FeelValue Work(EvaluationState state, Decided decided)
    {
        var function = Body(Frame(state, decided, Scope));
        if (function.AsFunction is not Closure closure)
            return function;
        closure.KnowItself(Needs[0].Slot, function);
        return Type is { Form: not FeelType.Shape.Function } type ? FeelValue.Of(new TypedFunction(closure, type)) : function;
    }
}

/// <summary>A function whose variable declares the type of its result.</summary>
sealed class TypedFunction(FeelFunction inner, FeelType type) : FeelFunction
{
    public override string Name => inner.Name;
    public override IReadOnlyList<string>? Parameters => inner.Parameters;
    internal override FeelType? ParameterType(int index) => inner.ParameterType(index);
    internal override FeelType? ResultType => type;

    internal override FeelValue Call(EvaluationState state, FeelValue[] arguments) =>
        Closure.Typed(state, type, inner.Call(state, arguments), Name);
}

sealed class CompiledService : CompiledElement
{
    public CompiledElement[] Inputs { get; set; } = [];
    public CompiledElement[] Outputs { get; set; } = [];

    protected override FeelValue Work(EvaluationState state, Decided decided) => FeelValue.Of(new ServiceFunction(this, decided));
}

/// <summary>A decision service as a function of its input data, then its input decisions (DMN 1.5 §10.4.1).</summary>
sealed class ServiceFunction(CompiledService service, Decided around) : FeelFunction
{
    public override string Name => service.Element.Name;

    public override IReadOnlyList<string> Parameters { get; } = [.. service.Inputs.Select(i => i.Element.Variable)];

    internal override FeelType? ParameterType(int index) => service.Inputs[index].Type;

    internal override FeelType? ResultType => service.Type is { Form: FeelType.Shape.Function } f ? f.Result : service.Type;

    internal override FeelValue Call(EvaluationState state, FeelValue[] arguments)
    {
        if (arguments.Length != service.Inputs.Length)
            return state.Fail("feel.arguments", $"服务 {Name} 要 {service.Inputs.Length} 个参数", $"service {Name} takes {service.Inputs.Length} arguments");
        state.Enter();
        var decided = new Decided(around.Count, around.Inputs);
        for (var i = 0; i < arguments.Length; i++)
        {
            var (input, value) = (service.Inputs[i], arguments[i]);
            if (input.Type is { } type)
            {
                value = type.Coerce(value, out var failed);
                if (failed)
                {
                    state.Leave();
                    return state.Fail("feel.type", $"参数 {input.Element.Name} 应为 {type.Name}", $"parameter {input.Element.Name} must be {type.Name}");
                }
            }
            decided.Put(input.Index, value);
        }
        FeelValue result;
        if (service.Outputs.Length == 1)
            result = service.Outputs[0].Value(state, decided);
        else
        {
            var context = new FeelContext();
            foreach (var output in service.Outputs)
                context.Put(output.Element.Variable, output.Value(state, decided));
            result = FeelValue.Of(context);
        }
        state.Leave();
        return ResultType is { } resultType ? Closure.Typed(state, resultType, result, Name) : result;
    }
}

/// <summary>The values of the elements worked out so far in one evaluation.</summary>
sealed class Decided(int count, FeelContext inputs)
{
    readonly FeelValue[] values = new FeelValue[count];
    readonly bool[] known = new bool[count];

    public int Count => count;
    public FeelContext Inputs => inputs;

    public bool TryGet(int index, out FeelValue value)
    {
        value = values[index];
        return known[index];
    }

    public void Put(int index, FeelValue value) => (values[index], known[index]) = (value, true);

    public FeelValue Input(string name, string variable) => inputs.TryGet(name, out var v) ? v : inputs[variable];
}
