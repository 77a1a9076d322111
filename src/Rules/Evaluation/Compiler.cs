using Tongban.Rules.Functions;
using Tongban.Rules.Syntax;
using Tongban.Rules.Types;

namespace Tongban.Rules.Evaluation;

/// <summary>
/// Turns syntax into delegates over a frame of slots. What can be decided once (slots, built-ins, operators, types) is
/// decided here; a delegate only moves values. What is wrong is reported here and evaluates to null.
/// </summary>
sealed partial class Compiler(TypeSet types, NameScope members, List<Diagnostic> diagnostics, string? element = null)
{
    public TypeSet Types => types;
    public NameScope Members => members;
    public List<Diagnostic> Diagnostics => diagnostics;
    public string? Element => element;

    static readonly Eval AlwaysNull = _ => FeelValue.Null;

    public Compiler For(string? elementId) => new(types, members, diagnostics, elementId);

    /// <summary>Parses and compiles; wrong text is reported and gives null at run time.</summary>
    public Eval Expression(string text, Scope scope, int? line = null)
    {
        if (string.IsNullOrWhiteSpace(text))
            return AlwaysNull;
        try
        {
            return Compile(Parser.Expression(text, scope.Names, members), scope);
        }
        catch (FeelSyntaxException e)
        {
            Report(e, line);
            return Broken("feel.syntax", e.Zh, e.Message);
        }
    }

    void Report(FeelSyntaxException e, int? line) =>
        diagnostics.Add(Diagnostic.Error("feel.syntax", $"第 {e.At + 1} 个字符：{e.Zh}", $"at character {e.At + 1}: {e.Message}", element, line));

    Eval Broken(string code, string zh, string en) => f => f.State.Fail(code, zh, en);

    public Eval Compile(Node node, Scope scope)
    {
        switch (node)
        {
            case LiteralNode n:
                var constant = n.Value;
                return _ => constant;
            case NameNode n: return Name(n, scope);
            case PathNode n: return Path(n, scope);
            case FilterNode n: return Filter(n, scope);
            case CallNode n: return Call(n, scope);
            case BinaryNode n: return Binary(n, scope);
            case NegateNode n:
                var operand = Compile(n.Operand, scope);
                return f => Arithmetic.Negate(f.State, operand(f));
            case BetweenNode n: return Between(n, scope);
            case InNode n: return In(n, scope);
            case InstanceOfNode n: return InstanceOf(n, scope);
            case IfNode n:
                var (condition, then, otherwise) = (Compile(n.Condition, scope), Compile(n.Then, scope), Compile(n.Else, scope));
                return f => condition(f).IsTrue ? then(f) : otherwise(f);
            case ForNode n: return For(n, scope);
            case QuantifiedNode n: return Quantified(n, scope);
            case ListNode n: return List(n, scope);
            case ContextNode n: return Context(n, scope);
            case FunctionNode n: return Function(n, scope);
            case RangeNode n: return Range(n, scope);
            default: throw new InvalidOperationException($"No compilation for {node.GetType().Name}.");
        }
    }

    Eval Name(NameNode node, Scope scope)
    {
        var name = node.Name;
        for (var s = scope; s is not null; s = s.Parent)
        {
            if (s.Own(name) is { } slot)
                return f => f.Slots[slot];
            if (s.ItemSlot is { } item)
            {
                // The name may be a member of the item; if it is not, it means what it means outside the filter.
                var outer = s.Parent is null ? null : NameOrNull(node, s.Parent);
                return f => f.Slots[item].AsContext is { } c && c.TryGet(name, out var v) ? v
                    : Properties.TryRead(f.Slots[item], name, out v) ? v
                    : outer is not null ? outer(f)
                    : f.State.Fail("feel.unknown-name", $"没有名称“{name}”", $"unknown name '{name}'");
            }
        }
        if (Builtins.Find(name) is { } function)
        {
            var value = FeelValue.Of(function);
            return _ => value;
        }
        diagnostics.Add(Diagnostic.Warning("feel.unknown-name", $"没有名称“{name}”", $"unknown name '{name}'", element));
        return Broken("feel.unknown-name", $"没有名称“{name}”", $"unknown name '{name}'");
    }

    Eval? NameOrNull(NameNode node, Scope scope) => IsKnown(node.Name, scope) ? Name(node, scope) : null;

    static bool IsKnown(string name, Scope scope)
    {
        for (var s = scope; s is not null; s = s.Parent)
            if (s.ItemSlot is not null || s.Own(name) is not null)
                return true;
        return Builtins.Find(name) is not null;
    }

    Eval Path(PathNode node, Scope scope)
    {
        // A qualified name whose first part is unknown may be one dotted name in scope; the parser has tried that already.
        var (target, member) = (Compile(node.Target, scope), node.Member);
        return f => Properties.Read(f.State, target(f), member);
    }

    Eval Filter(FilterNode node, Scope scope)
    {
        var target = Compile(node.Target, scope);
        if (node.Predicate is LiteralNode { Value.IsNumber: true } or NegateNode { Operand: LiteralNode { Value.IsNumber: true } })
        {
            var position = Compile(node.Predicate, scope);
            return f => Filters.At(f.State, target(f), position(f));
        }
        var inner = scope.Filter();
        var predicate = Compile(node.Predicate, inner);
        var slot = inner.ItemSlot!.Value;
        return f => Filters.Where(f, target(f), slot, predicate);
    }

    Eval Call(CallNode node, Scope scope)
    {
        var arguments = node.Arguments.Select(a => Compile(a, scope)).ToArray();
        var names = node.Names;
        var target = Compile(node.Target, scope);
        if (names is null)
            return f =>
            {
                var function = target(f);
                return Invoke(f, function, Values(f, arguments));
            };
        return f =>
        {
            if (target(f).AsFunction is not { } function)
                return f.State.Fail("feel.not-a-function", "调用的不是函数", "what is called is not a function");
            f.State.Step();
            return function.CallNamed(f.State, names, Values(f, arguments));
        };
    }

    static FeelValue Invoke(Frame f, in FeelValue target, FeelValue[] arguments)
    {
        if (target.AsFunction is { } function)
        {
            f.State.Step();
            return function.Call(f.State, arguments);
        }
        return f.State.Fail("feel.not-a-function", "调用的不是函数", "what is called is not a function");
    }

    static FeelValue[] Values(Frame f, Eval[] parts)
    {
        var values = new FeelValue[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            values[i] = parts[i](f);
        return values;
    }

    Eval Binary(BinaryNode node, Scope scope)
    {
        var (l, r) = (Compile(node.Left, scope), Compile(node.Right, scope));
        switch (node.Operator)
        {
            case Operator.And:
                return f =>
                {
                    var a = l(f);
                    if (a.IsFalse)
                        return a;
                    var b = r(f);
                    return b.IsFalse ? b : a.IsTrue && b.IsTrue ? a : FeelValue.Null;
                };
            case Operator.Or:
                return f =>
                {
                    var a = l(f);
                    if (a.IsTrue)
                        return a;
                    var b = r(f);
                    return b.IsTrue ? b : a.IsFalse && b.IsFalse ? a : FeelValue.Null;
                };
            case Operator.Equal: return f => Equal(f, l(f), r(f), true);
            case Operator.NotEqual: return f => Equal(f, l(f), r(f), false);
            case Operator.Less: return f => Compared(f, l(f), r(f)) is { } c ? c < 0 : FeelValue.Null;
            case Operator.LessOrEqual: return f => Compared(f, l(f), r(f)) is { } c ? c <= 0 : FeelValue.Null;
            case Operator.Greater: return f => Compared(f, l(f), r(f)) is { } c ? c > 0 : FeelValue.Null;
            case Operator.GreaterOrEqual: return f => Compared(f, l(f), r(f)) is { } c ? c >= 0 : FeelValue.Null;
            case Operator.Add: return f => Arithmetic.Add(f.State, l(f), r(f));
            case Operator.Subtract: return f => Arithmetic.Subtract(f.State, l(f), r(f));
            case Operator.Multiply: return f => Arithmetic.Multiply(f.State, l(f), r(f));
            case Operator.Divide: return f => Arithmetic.Divide(f.State, l(f), r(f));
            default: return f => Arithmetic.Power(f.State, l(f), r(f));
        }
    }

    static FeelValue Equal(Frame f, in FeelValue a, in FeelValue b, bool wanted) =>
        FeelEquality.Equal(a, b) is { } same
            ? FeelValue.Of(same == wanted)
            : f.State.Fail("feel.not-comparable", $"{a.Kind} 与 {b.Kind} 不能比较", $"{a.Kind} cannot be compared with {b.Kind}");

    static int? Compared(Frame f, in FeelValue a, in FeelValue b)
    {
        if (a.IsNumber && b.IsNumber)
            return a.Raw.CompareTo(b.Raw);
        if (FeelEquality.Compare(a, b) is { } c)
            return c;
        f.State.Fail("feel.not-comparable", $"{a.Kind} 与 {b.Kind} 不能比较大小", $"{a.Kind} and {b.Kind} have no order");
        return null;
    }

    Eval Between(BetweenNode node, Scope scope)
    {
        var (value, low, high) = (Compile(node.Value, scope), Compile(node.Low, scope), Compile(node.High, scope));
        return f =>
        {
            var v = value(f);
            return Compared(f, v, low(f)) is { } l && Compared(f, v, high(f)) is { } h ? l >= 0 && h <= 0 : FeelValue.Null;
        };
    }

    Eval InstanceOf(InstanceOfNode node, Scope scope)
    {
        var value = Compile(node.Value, scope);
        if (types.Resolve(node.Type) is not { } type)
        {
            diagnostics.Add(Diagnostic.Error("dmn.unknown-type", $"没有类型“{node.Type.Name}”", $"unknown type '{node.Type.Name}'", element));
            return Broken("dmn.unknown-type", $"没有类型“{node.Type.Name}”", $"unknown type '{node.Type.Name}'");
        }
        return f => FeelValue.Of(type.IsShapeOf(value(f)));
    }

    Eval List(ListNode node, Scope scope)
    {
        var items = node.Items.Select(i => Compile(i, scope)).ToArray();
        return f =>
        {
            f.State.Step();
            return FeelValue.Of(new FeelList(Values(f, items)));
        };
    }

    Eval Context(ContextNode node, Scope scope)
    {
        var inner = scope.Child();
        var entries = new (string Name, Eval Value, int Slot)[node.Entries.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            var (name, value) = node.Entries[i];
            if (node.Entries.Take(i).Any(e => e.Name == name))
                return Broken("feel.duplicate-key", $"键“{name}”重复", $"duplicate key '{name}'");
            if (value is FunctionNode)
                inner.Add(name);
            var compiled = Compile(value, inner);
            entries[i] = (name, compiled, inner.Add(name));
        }
        return f =>
        {
            f.State.Step();
            var context = new FeelContext();
            foreach (var (name, value, slot) in entries)
            {
                var v = value(f);
                f.Slots[slot] = v;
                (v.AsFunction as Closure)?.KnowItself(slot, v);
                context.Put(name, v);
            }
            return FeelValue.Of(context);
        };
    }

    Eval Function(FunctionNode node, Scope scope)
    {
        if (node.Body is null)
            return Broken("feel.external-function", "不支持外部函数", "external functions are not supported");
        var inner = scope.Child();
        var names = node.Parameters.Select(p => p.Name).ToArray();
        var slots = names.Select(inner.Add).ToArray();
        var parameterTypes = node.Parameters.Select(p => p.Type is null ? null : types.Resolve(p.Type)).ToArray();
        var body = Compile(node.Body, inner);
        var shape = new ClosureShape("function", names, slots, parameterTypes, null, body, scope.Layout);
        return f => FeelValue.Of(new Closure(shape, f));
    }

    Eval Range(RangeNode node, Scope scope)
    {
        var low = node.Low is null ? AlwaysNull : Compile(node.Low, scope);
        var high = node.High is null ? AlwaysNull : Compile(node.High, scope);
        var (lowIncluded, highIncluded, op) = (node.LowIncluded, node.HighIncluded, node.Operator);
        if (op is not null)
            return f => FeelValue.Of(new FeelRange(low(f), lowIncluded, high(f), highIncluded, op));
        return f =>
        {
            var (a, b) = (low(f), high(f));
            return !a.IsNull && !b.IsNull && FeelEquality.Compare(a, b) is null
                ? f.State.Fail("feel.range", $"{a.Kind} 与 {b.Kind} 不能组成区间", $"{a.Kind} and {b.Kind} do not make a range")
                : FeelValue.Of(new FeelRange(a, lowIncluded, b, highIncluded));
        };
    }
}
