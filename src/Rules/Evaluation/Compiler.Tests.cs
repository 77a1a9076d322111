using Tongban.Rules.Syntax;

namespace Tongban.Rules.Evaluation;

/// <summary>Whether a table's cell matches: true, false, or null when it cannot be told.</summary>
delegate bool? Test(Frame f, in FeelValue value);

sealed partial class Compiler
{
    Eval In(InNode node, Scope scope)
    {
        var value = Compile(node.Value, scope);
        var tests = node.Tests.Select(t => Compile(t, scope)).ToArray();
        return f =>
        {
            var v = value(f);
            var unknown = false;
            foreach (var test in tests)
            {
                var held = Holds(v, test(f));
                if (held is true)
                    return FeelValue.True;
                unknown |= held is null;
            }
            return unknown ? FeelValue.Null : FeelValue.False;
        };
    }

    /// <summary>One value against one test value: inside a range, an item of a list, or equal.</summary>
    static bool? Holds(in FeelValue value, in FeelValue test)
    {
        switch (test.Kind)
        {
            case FeelKind.Range:
                if (value.AsRange is { } own && FeelEquality.Equal(value, test) is true)
                    return true;
                return test.AsRange!.Holds(value);
            case FeelKind.List:
                if (value.AsList is not null && FeelEquality.Equal(value, test) is true)
                    return true;
                foreach (var item in test.AsList!.Span)
                    if (item.Kind == FeelKind.Range ? item.AsRange!.Holds(value) is true : FeelEquality.Equal(value, item) is true)
                        return true;
                return false;
            case FeelKind.Null:
                return value.IsNull;
            default:
                return value.IsNull ? false : FeelEquality.Equal(value, test);
        }
    }

    /// <summary>
    /// Compiles a cell or allowed values. An expression that uses "?" must be true; any other gives a value to hold
    /// against the input: a range, a list, or something equal (DMN 1.5 §7.3.3 and table 55).
    /// </summary>
    public Test UnaryTests(string text, Scope scope, int? line = null)
    {
        if (string.IsNullOrWhiteSpace(text))
            return static (Frame _, in FeelValue _) => true;
        UnaryTestsNode node;
        try
        {
            node = Parser.UnaryTests(text, scope.Names, members);
        }
        catch (FeelSyntaxException e)
        {
            Report(e, line);
            var (zh, en) = (e.Zh, e.Message);
            return (Frame f, in FeelValue _) =>
            {
                f.State.Fail("feel.syntax", zh, en);
                return null;
            };
        }
        if (node.Any)
            return static (Frame _, in FeelValue _) => true;
        var inner = scope.Child();
        var question = inner.Add("?");
        var tests = node.Tests.Select(t => SingleTest(t, inner, question)).ToArray();
        var negated = node.Negated;
        if (tests.Length == 1 && !negated)
            return tests[0];
        return (Frame f, in FeelValue value) =>
        {
            foreach (var test in tests)
                if (test(f, value) is true)
                    return !negated;
            return negated;
        };
    }

    Test SingleTest(Node node, Scope scope, int question)
    {
        var compiled = Compile(node, scope);
        if (node is LiteralNode { Value: var constant } && !constant.IsBoolean)
            return (Frame f, in FeelValue value) =>
            {
                f.State.Step();
                return Holds(value, constant);
            };
        if (Mentions(node))
            return (Frame f, in FeelValue value) =>
            {
                f.State.Step();
                f.Slots[question] = value;
                return compiled(f).IsTrue;
            };
        return (Frame f, in FeelValue value) =>
        {
            f.State.Step();
            f.Slots[question] = value;
            var test = compiled(f);
            // A condition that does not name its input, such as a call with only other variables.
            return test.IsBoolean && !value.IsBoolean && !value.IsNull ? test.IsTrue : Holds(value, test);
        };
    }

    static bool Mentions(Node? node) => node switch
    {
        null or LiteralNode => false,
        NameNode n => n.Name == "?",
        PathNode n => Mentions(n.Target),
        FilterNode n => Mentions(n.Target) || Mentions(n.Predicate),
        CallNode n => Mentions(n.Target) || n.Arguments.Any(Mentions),
        BinaryNode n => Mentions(n.Left) || Mentions(n.Right),
        NegateNode n => Mentions(n.Operand),
        BetweenNode n => Mentions(n.Value) || Mentions(n.Low) || Mentions(n.High),
        InNode n => Mentions(n.Value) || n.Tests.Any(Mentions),
        InstanceOfNode n => Mentions(n.Value),
        IfNode n => Mentions(n.Condition) || Mentions(n.Then) || Mentions(n.Else),
        ForNode n => Mentions(n.Body) || n.Iterators.Any(i => Mentions(i.Source) || Mentions(i.To)),
        QuantifiedNode n => Mentions(n.Condition) || n.Iterators.Any(i => Mentions(i.Source) || Mentions(i.To)),
        ListNode n => n.Items.Any(Mentions),
        ContextNode n => n.Entries.Any(e => Mentions(e.Value)),
        FunctionNode n => Mentions(n.Body),
        RangeNode => false,
        _ => false,
    };
}
