using System.Runtime.CompilerServices;

namespace Tongban.Rules.Syntax;

/// <summary>
/// Recursive descent over FEEL (DMN 1.5 §10.3.1.2). Precedence, low to high: or, and, comparison, +-, */, **, unary
/// minus, path/filter/call. "**" groups to the left and binds looser than unary minus, as the standard says.
/// </summary>
sealed partial class Parser
{
    /// <summary>How deep expressions may nest; deeper text is refused.</summary>
    const int MaxDepth = 300;

    static readonly HashSet<string> Reserved = ["and", "or", "in", "between", "instance", "then", "else", "return", "satisfies"];

    readonly Token[] tokens;
    readonly NameScope members;
    NameScope scope;
    int at;
    int depth;
    bool bracketsClose;

    /// <param name="members">Names that may follow a dot or stand inside a filter: components of the model's types.</param>
    Parser(string text, NameScope scope, NameScope members)
    {
        tokens = Lexer.Cut(text);
        this.scope = new NameScope(scope);
        this.members = new NameScope(members);
    }

    public static Node Expression(string text, NameScope scope, NameScope members)
    {
        var p = new Parser(text, scope, members);
        var node = p.Expression();
        p.ExpectEnd();
        return node;
    }

    public static UnaryTestsNode UnaryTests(string text, NameScope scope, NameScope members)
    {
        var p = new Parser(text, scope, members);
        p.scope.Add("?");
        var node = p.UnaryTests();
        p.ExpectEnd();
        return node;
    }

    public static TypeSyntax Type(string text)
    {
        var p = new Parser(text, new NameScope(null), new NameScope(null));
        var type = p.Type();
        p.ExpectEnd();
        return type;
    }

    Token Now => tokens[at];

    Token Ahead(int n) => tokens[Math.Min(at + n, tokens.Length - 1)];

    bool Take(string symbol)
    {
        if (!Now.Is(symbol))
            return false;
        at++;
        return true;
    }

    bool TakeWord(string word)
    {
        if (!Now.IsWord(word))
            return false;
        at++;
        return true;
    }

    void Expect(string symbol)
    {
        if (!Take(symbol))
            throw Unexpected($"“{symbol}”", $"'{symbol}'");
    }

    void ExpectWord(string word)
    {
        if (!TakeWord(word))
            throw Unexpected($"“{word}”", $"'{word}'");
    }

    void ExpectEnd()
    {
        if (Now.Kind != TokenKind.End)
            throw Unexpected("表达式结束", "the end of the expression");
    }

    FeelSyntaxException Unexpected(string zh, string en)
    {
        var (foundZh, found) = Now.Kind == TokenKind.End ? ("表达式结束", "the end") : ($"“{Now.Text}”", $"'{Now.Text}'");
        return new($"此处应为{zh}，却是{foundZh}", $"expected {en}, found {found}", Now.At);
    }

    T Nested<T>(Func<T> parse)
    {
        if (++depth > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new FeelSyntaxException("表达式嵌套太深", "expression nested too deeply", Now.At);
        var result = parse();
        depth--;
        return result;
    }

    /// <summary>Parses with names added, and with filters allowed again inside brackets.</summary>
    T Inside<T>(Func<T> parse)
    {
        var (outer, closing) = (scope, bracketsClose);
        scope = new NameScope(outer);
        bracketsClose = false;
        var result = parse();
        (scope, bracketsClose) = (outer, closing);
        return result;
    }

    Node Expression() => Nested(Or);

    Node Or()
    {
        var left = And();
        while (Now.IsWord("or"))
        {
            var start = tokens[at++].At;
            left = new BinaryNode(start, Operator.Or, left, And());
        }
        return left;
    }

    Node And()
    {
        var left = Comparison();
        while (Now.IsWord("and"))
        {
            var start = tokens[at++].At;
            left = new BinaryNode(start, Operator.And, left, Comparison());
        }
        return left;
    }

    static Operator? ComparisonOperator(Token t) => t.Kind != TokenKind.Symbol ? null : t.Text switch
    {
        "=" => Operator.Equal,
        "!=" => Operator.NotEqual,
        "<" => Operator.Less,
        "<=" => Operator.LessOrEqual,
        ">" => Operator.Greater,
        ">=" => Operator.GreaterOrEqual,
        _ => null,
    };

    Node Comparison()
    {
        var left = Additive();
        while (true)
        {
            var start = Now.At;
            if (ComparisonOperator(Now) is { } op)
            {
                at++;
                left = new BinaryNode(start, op, left, Additive());
            }
            else if (TakeWord("between"))
            {
                var low = Additive();
                ExpectWord("and");
                left = new BetweenNode(start, left, low, Additive());
            }
            else if (Now.IsWord("instance") && Ahead(1).IsWord("of"))
            {
                at += 2;
                left = new InstanceOfNode(start, left, Type());
            }
            else if (TakeWord("in"))
                left = new InNode(start, left, InTests());
            else
                return left;
        }
    }

    Node[] InTests()
    {
        // "(" opens a list of tests, a range such as (1..3), or only an expression: the first test tells.
        if (Now.Is("("))
        {
            var start = at;
            at++;
            var tests = Inside(() =>
            {
                var list = new List<Node> { Test() };
                while (Take(","))
                    list.Add(Test());
                return list;
            });
            if (Take(")") && !ContinuesOperand())
                return [.. tests];
            at = start;
        }
        return [Test()];
    }

    bool ContinuesOperand() => Now.Is(".") || Now.Is("[") || Now.Is("+") || Now.Is("-") || Now.Is("*") || Now.Is("/") || Now.Is("**");

    Node Test()
    {
        if (ComparisonOperator(Now) is null)
            return Expression();
        var start = Now.At;
        var op = tokens[at++].Text;
        return ComparisonRange(start, op, Additive());
    }

    static RangeNode ComparisonRange(int start, string op, Node end) => op switch
    {
        "<" => new(start, null, false, end, false, op),
        "<=" => new(start, null, false, end, true, op),
        ">" => new(start, end, false, null, false, op),
        ">=" => new(start, end, true, null, false, op),
        _ => new(start, end, true, end, true, op),
    };

    UnaryTestsNode UnaryTests()
    {
        var start = Now.At;
        if (Now.Is("-") && Ahead(1).Kind == TokenKind.End)
        {
            at++;
            return new(start, [], false, true);
        }
        if (Now.IsWord("not") && Ahead(1).Is("("))
        {
            var mark = at;
            at += 2;
            var negated = Inside(TestList);
            if (Take(")") && Now.Kind == TokenKind.End)
                return new(start, negated, true, false);
            at = mark;
        }
        return new(start, TestList(), false, false);
    }

    Node[] TestList()
    {
        var list = new List<Node> { Test() };
        while (Take(","))
            list.Add(Test());
        return [.. list];
    }

    Node Additive()
    {
        var left = Multiplicative();
        while (Now.Is("+") || Now.Is("-"))
        {
            var token = tokens[at++];
            left = new BinaryNode(token.At, token.Text == "+" ? Operator.Add : Operator.Subtract, left, Multiplicative());
        }
        return left;
    }

    Node Multiplicative()
    {
        var left = Power();
        while (Now.Is("*") || Now.Is("/"))
        {
            var token = tokens[at++];
            left = new BinaryNode(token.At, token.Text == "*" ? Operator.Multiply : Operator.Divide, left, Power());
        }
        return left;
    }

    Node Power()
    {
        var left = Unary();
        while (Now.Is("**"))
        {
            var start = tokens[at++].At;
            left = new BinaryNode(start, Operator.Power, left, Unary());
        }
        return left;
    }

    Node Unary()
    {
        if (!Now.Is("-"))
            return Postfix();
        var start = tokens[at++].At;
        return new NegateNode(start, Nested(Unary));
    }

    Node Postfix()
    {
        var node = Primary();
        while (true)
        {
            var start = Now.At;
            if (Take("."))
                node = new PathNode(start, node, MemberName());
            else if (Now.Is("[") && !bracketsClose)
            {
                at++;
                var target = node;
                node = Inside(() =>
                {
                    scope.Add("item");
                    return new FilterNode(start, target, Expression());
                });
                Expect("]");
            }
            else if (Take("("))
                node = Call(start, node);
            else
                return node;
        }
    }

    CallNode Call(int start, Node target) => Inside(() =>
    {
        var arguments = new List<Node>();
        List<string>? names = null;
        while (!Take(")"))
        {
            if (arguments.Count > 0)
                Expect(",");
            var name = ArgumentName();
            if (arguments.Count > 0 && (names is null) != (name is null))
                throw new FeelSyntaxException("参数要么都写名称，要么都不写", "either all arguments are named or none", Now.At);
            if (name is not null)
                (names ??= []).Add(name);
            arguments.Add(Expression());
        }
        return new CallNode(start, target, [.. arguments], names?.ToArray());
    });

    /// <summary>The name before a colon, or null when the argument is not named.</summary>
    string? ArgumentName()
    {
        var end = at;
        while (tokens[end].Kind is TokenKind.Name or TokenKind.Number || IsNameSign(tokens[end]))
            end++;
        if (end == at || !tokens[end].Is(":"))
            return null;
        var name = Joined(at, end);
        at = end + 1;
        return name;
    }

    static bool IsNameSign(Token t) => t.Kind == TokenKind.Symbol && t.Text is "." or "/" or "-" or "'" or "+" or "*" or "**";

    /// <summary>Tokens as one name: signs close up, words keep one blank where the text had any.</summary>
    string Joined(int from, int to)
    {
        var text = new System.Text.StringBuilder();
        for (var i = from; i < to; i++)
        {
            if (i > from && tokens[i].At > tokens[i - 1].At + tokens[i - 1].Text.Length)
                text.Append(' ');
            text.Append(tokens[i].Text);
        }
        return text.ToString();
    }

    string MemberName()
    {
        if (Now.Kind != TokenKind.Name)
            throw Unexpected("名称", "a name");
        var (known, length) = members.Match(tokens, at);
        return Extended(known, Math.Max(length, 1));
    }

    /// <summary>
    /// Two words side by side are never two expressions, so words that follow directly belong to the name, even when
    /// no type says so.
    /// </summary>
    string Extended(string? known, int length)
    {
        var end = at + length;
        var longer = end;
        while (tokens[longer].Kind == TokenKind.Name && !Reserved.Contains(tokens[longer].Text) && tokens[longer].Text != "?")
            longer++;
        var name = longer == end && known is not null ? known : Joined(at, longer);
        at = longer;
        return name;
    }
}
