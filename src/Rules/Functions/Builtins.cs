using Tongban.Rules.Evaluation;
using Tongban.Rules.Syntax;

namespace Tongban.Rules.Functions;

/// <summary>A built-in's work. No value and a FEEL null are the same: these arguments have no result.</summary>
delegate FeelValue? BuiltinBody(EvaluationState state, FeelValue[] arguments);

/// <summary>All functions of the language (DMN 1.5 §10.3.4), by name.</summary>
static class Builtins
{
    static readonly Dictionary<string, Builtin> All = Build();

    /// <summary>Their names for the parser: many hold blanks.</summary>
    public static readonly NameScope Names = BuildNames();

    public static FeelFunction? Find(string name) => All.GetValueOrDefault(name);

    static Dictionary<string, Builtin> Build()
    {
        var set = new BuiltinSet();
        ConversionFunctions.Register(set);
        StringFunctions.Register(set);
        NumberFunctions.Register(set);
        ListFunctions.Register(set);
        StatisticsFunctions.Register(set);
        TemporalFunctions.Register(set);
        ContextFunctions.Register(set);
        RangeFunctions.Register(set);
        return set.Functions;
    }

    static NameScope BuildNames()
    {
        var names = new NameScope(null);
        foreach (var name in All.Keys)
            names.Add(name);
        return names;
    }
}

sealed class BuiltinSet
{
    public Dictionary<string, Builtin> Functions { get; } = new(StringComparer.Ordinal);

    /// <param name="signatures">Parameter names, separated by commas; "?" marks optional ones, which come last.</param>
    public void Add(string name, BuiltinBody body, params string[] signatures) =>
        Functions.Add(name, new Builtin(name, body, false, signatures));

    /// <summary>Takes one list, or its items as arguments.</summary>
    public void AddVariadic(string name, BuiltinBody body, string parameter = "list") =>
        Functions.Add(name, new Builtin(name, body, true, [parameter]));
}

sealed class Builtin : FeelFunction
{
    readonly record struct Signature(string[] Names, int Required);

    readonly BuiltinBody body;
    readonly bool variadic;
    readonly Signature[] signatures;

    public Builtin(string name, BuiltinBody body, bool variadic, string[] signatures)
    {
        Name = name;
        this.body = body;
        this.variadic = variadic;
        this.signatures = [.. signatures.Select(text =>
        {
            var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return new Signature([.. parts.Select(p => p.TrimEnd('?'))], parts.Count(p => !p.EndsWith('?')));
        })];
    }

    public override string Name { get; }

    public override IReadOnlyList<string>? Parameters => variadic || signatures.Length != 1 ? null : signatures[0].Names;

    internal override FeelValue Call(EvaluationState state, FeelValue[] arguments)
    {
        if (variadic ? arguments.Length > 0 : Fits(arguments.Length))
            return body(state, arguments) is { IsNull: false } answer
                ? answer : state.Fail("feel.no-result", $"函数 {Name} 对这些参数没有结果", $"function {Name} has no result for these arguments");
        return state.Fail("feel.arguments", $"函数 {Name} 的参数不符", $"arguments do not fit function {Name}");
    }

    bool Fits(int count)
    {
        foreach (var s in signatures)
            if (count >= s.Required && count <= s.Names.Length)
                return true;
        return false;
    }

    internal override FeelValue CallNamed(EvaluationState state, string[] names, FeelValue[] arguments)
    {
        foreach (var s in signatures)
        {
            var last = -1;
            var ordered = new FeelValue[s.Names.Length];
            var seen = new bool[s.Names.Length];
            var known = true;
            for (var i = 0; i < names.Length && known; i++)
            {
                var at = Array.IndexOf(s.Names, names[i]);
                known = at >= 0 && !seen[at];
                if (!known)
                    break;
                seen[at] = true;
                ordered[at] = arguments[i];
                last = Math.Max(last, at);
            }
            if (known && seen.Take(s.Required).All(given => given))
                return Call(state, ordered[..(last + 1)]);
        }
        return state.Fail("feel.arguments", $"函数 {Name} 没有这些参数", $"function {Name} has no such parameters");
    }
}

/// <summary>Reads arguments; a list of one stands for its item where a single value is asked for.</summary>
static class Arg
{
    public static Number? Num(in FeelValue v) => v.AsNumber ?? v.Unwrapped.AsNumber;
    public static string? Text(in FeelValue v) => v.AsString ?? v.Unwrapped.AsString;
    public static FeelContext? Map(in FeelValue v) => v.AsContext ?? v.Unwrapped.AsContext;
    public static FeelRange? Range(in FeelValue v) => v.AsRange ?? v.Unwrapped.AsRange;

    public static int? Int(in FeelValue v) => Num(v)?.Truncated is >= int.MinValue and <= int.MaxValue and var n ? (int)n : null;

    /// <summary>A list, or a list around a single value; null for null.</summary>
    public static FeelList? List(in FeelValue v) => v.AsList ?? (v.IsNull ? null : new FeelList([v]));

    /// <summary>The items of a variadic call: of the one list given, or the arguments themselves.</summary>
    public static FeelList? Items(FeelValue[] arguments) =>
        arguments.Length == 1 ? List(arguments[0]) : new FeelList(arguments);

    public static FeelValue Or(FeelValue? value) => value ?? FeelValue.Null;
}
