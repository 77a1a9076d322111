using Tongban.Rules.Evaluation;
using Tongban.Rules.Types;

namespace Tongban.Rules.Model;

/// <summary>Boxed expressions (DMN 1.5 §10.2) to delegates.</summary>
sealed class BoxedCompiler(Compiler compiler, string elementName)
{
    static readonly Eval AlwaysNull = _ => FeelValue.Null;

    public FeelType? Type(string? typeRef, int line)
    {
        if (string.IsNullOrEmpty(typeRef))
            return null;
        if (compiler.Types.Find(typeRef) is { } known)
            return known;
        compiler.Diagnostics.Add(Diagnostic.Warning("dmn.unknown-type", $"没有类型“{typeRef}”", $"unknown type '{typeRef}'", compiler.Element, line));
        return null;
    }

    public Eval Compile(BoxedExpression? expression, Scope scope)
    {
        if (expression is null)
            return AlwaysNull;
        var body = Body(expression, scope);
        // A function's type is checked where it is called: its typeRef names the result, not the function.
        if (expression is BoxedFunction || Type(expression.TypeRef, expression.Line) is not { } type)
            return body;
        return f => Closure.Typed(f.State, type, body(f), elementName);
    }

    Eval Body(BoxedExpression expression, Scope scope)
    {
        switch (expression)
        {
            case BoxedLiteral e: return compiler.Expression(e.Text, scope, e.Line);
            case BoxedContext e: return Context(e, scope);
            case BoxedInvocation e: return Invocation(e, scope);
            case BoxedFunction e: return Function(e, scope, elementName);
            case BoxedList e:
                var items = e.Items.Select(i => Compile(i, scope)).ToArray();
                return f => FeelValue.Of(items.Select(i => i(f)));
            case BoxedRelation e:
                var rows = e.Rows.Select(r => r.Select(cell => Compile(cell, scope)).ToArray()).ToArray();
                var columns = e.Columns;
                return f => FeelValue.Of(rows.Select(row => FeelValue.Of(new FeelContext(columns.Zip(row, (c, cell) => KeyValuePair.Create(c, cell(f)))))));
            case BoxedConditional e:
                var (condition, then, otherwise) = (Compile(e.If, scope), Compile(e.Then, scope), Compile(e.Else, scope));
                return f => condition(f).IsTrue ? then(f) : otherwise(f);
            case BoxedFilter e: return compiler.BoxedFilter(Compile(e.In, scope), inner => Compile(e.Match, inner), scope);
            case BoxedIterator { Kind: "for" } e: return compiler.BoxedFor(e.Variable, Compile(e.In, scope), inner => Compile(e.Body, inner), scope);
            case BoxedIterator e: return compiler.BoxedQuantified(e.Kind == "every", e.Variable, Compile(e.In, scope), inner => Compile(e.Body, inner), scope);
            case BoxedTable e: return new TableCompiler(compiler, this, elementName).Compile(e, scope);
            default: throw new InvalidOperationException($"No compilation for {expression.GetType().Name}.");
        }
    }

    Eval Context(BoxedContext e, Scope scope)
    {
        var inner = scope.Child();
        var entries = new List<(string? Name, Eval Value, int Slot)>();
        foreach (var (name, typeRef, value) in e.Entries)
        {
            if (name is not null && value is BoxedFunction)
                inner.Add(name); // a function may call itself by its name
            var compiled = Compile(value, inner);
            if (value is not BoxedFunction && Type(typeRef, e.Line) is { } type)
            {
                var untyped = compiled;
                compiled = f => Closure.Typed(f.State, type, untyped(f), name ?? elementName);
            }
            entries.Add((name, compiled, name is null ? -1 : inner.Add(name)));
        }
        return f =>
        {
            f.State.Step();
            var context = new FeelContext();
            foreach (var (name, value, slot) in entries)
            {
                var v = value(f);
                if (name is null)
                    return v;
                f.Slots[slot] = v;
                (v.AsFunction as Closure)?.KnowItself(slot, v);
                context.Put(name, v);
            }
            return FeelValue.Of(context);
        };
    }

    Eval Invocation(BoxedInvocation e, Scope scope)
    {
        var function = Compile(e.Function, scope);
        var names = e.Bindings.Select(b => b.Name).ToArray();
        var values = e.Bindings.Select(b => Compile(b.Value, scope)).ToArray();
        return f =>
        {
            if (function(f).AsFunction is not { } called)
                return f.State.Fail("feel.not-a-function", "调用的不是函数", "what is called is not a function");
            f.State.Step();
            var arguments = Array.ConvertAll(values, v => v(f));
            return names.Length == 0 ? called.Call(f.State, arguments) : called.CallNamed(f.State, names, arguments);
        };
    }

    public Eval Function(BoxedFunction e, Scope scope, string name)
    {
        if (e.Kind is not ("FEEL" or "Feel"))
            return f => f.State.Fail("feel.external-function", "不支持外部函数", "external functions are not supported");
        var inner = scope.Child();
        var names = e.Parameters.Select(p => p.Name).ToArray();
        var slots = names.Select(inner.Add).ToArray();
        var types = e.Parameters.Select(p => Type(p.TypeRef, e.Line)).ToArray();
        var body = Compile(e.Body, inner);
        var shape = new ClosureShape(name, names, slots, types, Type(e.TypeRef, e.Line) is { Form: not FeelType.Shape.Function } result ? result : null, body, scope.Layout);
        return f => FeelValue.Of(new Closure(shape, f));
    }
}
