using Tongban.Rules.Syntax;

namespace Tongban.Rules.Evaluation;

sealed partial class Compiler
{
    readonly record struct Loop(int Slot, Eval Source, Eval? To);

    Loop[] Loops(Iterator[] iterators, Scope scope) =>
        [.. iterators.Select(it =>
        {
            var source = Compile(it.Source, scope);
            var to = it.To is null ? null : Compile(it.To, scope);
            return new Loop(scope.Add(it.Name), source, to);
        })];

    Eval For(ForNode node, Scope scope)
    {
        var inner = scope.Child();
        var loops = Loops(node.Iterators, inner);
        var partial = inner.Add("partial");
        var body = Compile(node.Body, inner);
        return f => RunFor(f, loops, partial, body);
    }

    static FeelValue RunFor(Frame f, Loop[] loops, int partial, Eval body)
    {
        var results = new List<FeelValue>();
        return Turn(f, loops, 0, () =>
        {
            f.Slots[partial] = FeelValue.Of(new FeelList([.. results]));
            f.State.Steps(results.Count / 16); // the copy above costs in proportion
            results.Add(body(f));
            return true;
        }) ? FeelValue.Of(new FeelList([.. results])) : FeelValue.Null;
    }

    /// <summary>Runs an action for every combination; false when a source cannot be iterated. The action returns false to stop.</summary>
    static bool Turn(Frame f, Loop[] loops, int level, Func<bool> action)
    {
        var stopped = false;
        return Walk(f, loops, level, () => !stopped && !(stopped = !action()));
    }

    static bool Walk(Frame f, Loop[] loops, int level, Func<bool> action)
    {
        var loop = loops[level];
        var source = loop.Source(f);
        if (Iteration.Of(f.State, source, loop.To?.Invoke(f)) is not { } items)
            return false;
        foreach (var item in items)
        {
            f.State.Step();
            f.Slots[loop.Slot] = item;
            if (level + 1 < loops.Length)
            {
                if (!Walk(f, loops, level + 1, action))
                    return false;
            }
            else if (!action())
                break;
        }
        return true;
    }

    Eval Quantified(QuantifiedNode node, Scope scope)
    {
        var inner = scope.Child();
        var loops = Loops(node.Iterators, inner);
        var condition = Compile(node.Condition, inner);
        var every = node.Every;
        return f => RunQuantified(f, loops, condition, every);
    }

    static FeelValue RunQuantified(Frame f, Loop[] loops, Eval condition, bool every)
    {
        // "some" is a chain of "or", "every" a chain of "and", with their third value; a condition that gives anything
        // but a boolean or null is wrong, and then there is no answer.
        var (settled, unknown, wrong) = (false, false, false);
        var ran = Turn(f, loops, 0, () =>
        {
            var v = condition(f);
            settled = every ? v.IsFalse : v.IsTrue;
            unknown |= !v.IsBoolean;
            wrong = !v.IsBoolean && !v.IsNull;
            return !settled && !wrong;
        });
        return !ran || wrong ? FeelValue.Null : settled ? FeelValue.Of(!every) : unknown ? FeelValue.Null : FeelValue.Of(every);
    }

    /// <summary>Boxed for, some and every (DMN 1.4) share the loops of the text forms.</summary>
    public Eval BoxedFor(string name, Eval source, Func<Scope, Eval> body, Scope scope)
    {
        var inner = scope.Child();
        var loops = new[] { new Loop(inner.Add(name), source, null) };
        var partial = inner.Add("partial");
        var run = body(inner);
        return f => RunFor(f, loops, partial, run);
    }

    public Eval BoxedQuantified(bool every, string name, Eval source, Func<Scope, Eval> condition, Scope scope)
    {
        var inner = scope.Child();
        var loops = new[] { new Loop(inner.Add(name), source, null) };
        var test = condition(inner);
        return f => RunQuantified(f, loops, test, every);
    }

    public Eval BoxedFilter(Eval source, Func<Scope, Eval> match, Scope scope)
    {
        var inner = scope.Filter();
        inner.Names.Add("item");
        var predicate = match(inner);
        var slot = inner.ItemSlot!.Value;
        return f => Filters.Where(f, source(f), slot, predicate);
    }
}
