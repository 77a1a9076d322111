using Tongban.Rules.Types;

namespace Tongban.Rules.Evaluation;

/// <summary>The compiled part of a function, shared by all its closures.</summary>
sealed record ClosureShape(
    string Name,
    string[] Parameters,
    int[] Slots,
    FeelType?[] ParameterTypes,
    FeelType? Result,
    Eval Body,
    Layout Layout);

/// <summary>A function with the variables it saw when it was made.</summary>
sealed class Closure : FeelFunction
{
    readonly ClosureShape shape;
    readonly FeelValue[] captured;

    public Closure(ClosureShape shape, Frame frame)
    {
        this.shape = shape;
        captured = [.. frame.Slots];
    }

    public override string Name => shape.Name;

    public override IReadOnlyList<string> Parameters => shape.Parameters;

    internal override FeelType? ParameterType(int index) => shape.ParameterTypes[index];

    internal override FeelType? ResultType => shape.Result;

    /// <summary>Lets a function that was put into a context call itself by its key.</summary>
    public void KnowItself(int slot, FeelValue self) => captured[slot] = self;

    internal override FeelValue Call(EvaluationState state, FeelValue[] arguments)
    {
        if (arguments.Length != shape.Parameters.Length)
            return state.Fail("feel.arguments", $"函数 {Name} 要 {shape.Parameters.Length} 个参数", $"function {Name} takes {shape.Parameters.Length} arguments");
        state.Enter();
        var slots = new FeelValue[Math.Max(shape.Layout.Size, captured.Length)];
        captured.CopyTo(slots, 0);
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = arguments[i];
            if (shape.ParameterTypes[i] is { } type)
            {
                value = type.Coerce(value, out var failed);
                if (failed)
                {
                    state.Leave();
                    return state.Fail("feel.type", $"参数 {shape.Parameters[i]} 应为 {type.Name}", $"parameter {shape.Parameters[i]} must be {type.Name}");
                }
            }
            slots[shape.Slots[i]] = value;
        }
        var result = shape.Body(new Frame(state, slots));
        state.Leave();
        return shape.Result is null ? result : Typed(state, shape.Result, result, Name);
    }

    /// <summary>A result as its declared type, or null with a word why not.</summary>
    public static FeelValue Typed(EvaluationState state, FeelType type, in FeelValue value, string name)
    {
        var result = type.Coerce(value, out var failed);
        return failed ? state.Fail("feel.type", $"{name} 的结果应为 {type.Name}", $"the result of {name} must be {type.Name}") : result;
    }
}
