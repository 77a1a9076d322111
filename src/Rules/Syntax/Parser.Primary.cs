namespace Tongban.Rules.Syntax;

sealed partial class Parser
{
    Node Primary()
    {
        var token = Now;
        switch (token.Kind)
        {
            case TokenKind.Number:
                at++;
                return Number.Parse(token.Text) is { } n
                    ? new LiteralNode(token.At, FeelValue.Of(n))
                    : throw new FeelSyntaxException("数字超出范围", "number out of range", token.At);
            case TokenKind.String:
                at++;
                return new LiteralNode(token.At, FeelValue.Of(token.Text));
            case TokenKind.Name:
                return NamedPrimary();
            case TokenKind.Symbol:
                switch (token.Text)
                {
                    case "(": return Parenthesis();
                    case "[": return ListOrRange();
                    case "]": return OpenRange();
                    case "{": return Context();
                    case "@" when Ahead(1).Kind == TokenKind.String:
                        at += 2;
                        return new LiteralNode(token.At, TemporalText.Any(tokens[at - 1].Text));
                }
                break;
        }
        throw Unexpected("表达式", "an expression");
    }

    Node NamedPrimary()
    {
        var token = Now;
        var (known, length) = scope.Match(tokens, at);
        if (length <= 1)
        {
            switch (token.Text)
            {
                case "null": at++; return new LiteralNode(token.At, FeelValue.Null);
                case "true": at++; return new LiteralNode(token.At, FeelValue.True);
                case "false": at++; return new LiteralNode(token.At, FeelValue.False);
                case "if": return If();
                case "for": return For();
                case "some" or "every": return Quantified();
                case "function" when Ahead(1).Is("("): return Function();
            }
            if (known is null && Reserved.Contains(token.Text))
                throw Unexpected("表达式", "an expression");
        }
        return new NameNode(token.At, Extended(known, Math.Max(length, 1)));
    }

    IfNode If()
    {
        var start = tokens[at++].At;
        var condition = Expression();
        ExpectWord("then");
        var then = Expression();
        ExpectWord("else");
        return new(start, condition, then, Expression());
    }

    ForNode For()
    {
        var start = tokens[at++].At;
        var (outer, closing) = (scope, bracketsClose);
        scope = new NameScope(outer);
        bracketsClose = false;
        var iterators = Iterators();
        ExpectWord("return");
        scope.Add("partial");
        bracketsClose = closing;
        var body = Expression();
        scope = outer;
        return new(start, iterators, body);
    }

    QuantifiedNode Quantified()
    {
        var every = Now.Text == "every";
        var start = tokens[at++].At;
        var (outer, closing) = (scope, bracketsClose);
        scope = new NameScope(outer);
        bracketsClose = false;
        var iterators = Iterators();
        ExpectWord("satisfies");
        bracketsClose = closing;
        var condition = Expression();
        scope = outer;
        return new(start, every, iterators, condition);
    }

    Iterator[] Iterators()
    {
        var list = new List<Iterator>();
        do
        {
            var begin = at;
            while (!Now.IsWord("in") && Now.Kind != TokenKind.End)
                at++;
            if (at == begin)
                throw Unexpected("变量名", "a variable name");
            var name = Joined(begin, at);
            ExpectWord("in");
            var source = Expression();
            list.Add(new(name, source, Take("..") ? Expression() : null));
            scope.Add(name);
        }
        while (Take(","));
        return [.. list];
    }

    FunctionNode Function()
    {
        var start = tokens[at].At;
        at += 2;
        return Inside(() =>
        {
            var parameters = new List<(string, TypeSyntax?)>();
            while (!Take(")"))
            {
                if (parameters.Count > 0)
                    Expect(",");
                var begin = at;
                while (!Now.Is(":") && !Now.Is(",") && !Now.Is(")") && Now.Kind != TokenKind.End)
                    at++;
                if (at == begin)
                    throw Unexpected("参数名", "a parameter name");
                var name = Joined(begin, at);
                parameters.Add((name, Take(":") ? Type() : null));
                scope.Add(name);
            }
            if (TakeWord("external"))
            {
                Context();
                return new FunctionNode(start, [.. parameters], null);
            }
            return new FunctionNode(start, [.. parameters], Expression());
        });
    }

    Node Parenthesis()
    {
        var start = tokens[at++].At;
        if (ComparisonOperator(Now) is not null)
        {
            var op = tokens[at++].Text;
            var range = ComparisonRange(start, op, Inside(Additive));
            Expect(")");
            return range;
        }
        var first = Inside(Expression);
        if (Take(".."))
            return RangeEnd(start, first, false);
        Expect(")");
        return first;
    }

    Node ListOrRange()
    {
        var start = tokens[at++].At;
        if (Take("]"))
            return new ListNode(start, []);
        var first = Inside(Test);
        if (Take(".."))
            return RangeEnd(start, first, true);
        var items = new List<Node> { first };
        while (Take(","))
            items.Add(Inside(Test));
        Expect("]");
        return new ListNode(start, [.. items]);
    }

    RangeNode OpenRange()
    {
        var start = tokens[at++].At;
        var low = Inside(Expression);
        Expect("..");
        return RangeEnd(start, low, false);
    }

    /// <summary>
    /// The upper end. A "[" after it may open a filter or close the range ("[1..3["): the filter is tried first and
    /// given up when the range then has no end.
    /// </summary>
    RangeNode RangeEnd(int start, Node low, bool lowIncluded)
    {
        var (mark, closing, deep, outer) = (at, bracketsClose, depth, scope);
        try
        {
            bracketsClose = false;
            var high = Additive();
            bracketsClose = closing;
            if (Now.Is("]") || Now.Is(")") || Now.Is("["))
                return new(start, low, lowIncluded, high, tokens[at++].Text == "]");
        }
        catch (FeelSyntaxException)
        {
            // The second reading below decides, and reports its own error.
        }
        (at, depth, scope, bracketsClose) = (mark, deep, outer, true);
        var end = Additive();
        bracketsClose = closing;
        if (Now.Is("]") || Now.Is(")") || Now.Is("["))
            return new(start, low, lowIncluded, end, tokens[at++].Text == "]");
        throw Unexpected("区间的结束括号", "the closing bracket of a range");
    }

    ContextNode Context()
    {
        var start = Now.At;
        Expect("{");
        return Inside(() =>
        {
            var entries = new List<(string, Node)>();
            while (!Take("}"))
            {
                if (entries.Count > 0)
                    Expect(",");
                var name = Key();
                Expect(":");
                if (Now.IsWord("function"))
                    scope.Add(name); // a function may call itself by its key
                entries.Add((name, Expression()));
                scope.Add(name);
                members.Add(name);
            }
            return new ContextNode(start, [.. entries]);
        });
    }

    string Key()
    {
        if (Now.Kind == TokenKind.String)
            return tokens[at++].Text;
        var begin = at;
        while (!Now.Is(":") && !Now.Is("}") && !Now.Is(",") && Now.Kind is not (TokenKind.End or TokenKind.String))
            at++;
        return at > begin ? Joined(begin, at) : throw Unexpected("键", "a key");
    }

    static readonly string[][] WordyTypes =
    [
        ["date", "and", "time"], ["days", "and", "time", "duration"], ["years", "and", "months", "duration"],
        ["day", "time", "duration"], ["year", "month", "duration"],
    ];

    TypeSyntax Type() => Nested(() =>
    {
        if (Now.Kind != TokenKind.Name)
            throw Unexpected("类型名", "a type name");
        foreach (var words in WordyTypes)
        {
            if (!words.Select((w, i) => Ahead(i).IsWord(w)).All(same => same))
                continue;
            at += words.Length;
            return TypeSyntax.Named(string.Join(' ', words));
        }
        if (Now.Text is "list" or "range" && Ahead(1).Is("<"))
        {
            var name = Now.Text;
            at += 2;
            var element = Type();
            Expect(">");
            return new TypeSyntax(name, [element], [], null);
        }
        if (Now.Text == "context" && Ahead(1).Is("<"))
        {
            at += 2;
            var fields = new List<(string, TypeSyntax)>();
            while (!Take(">"))
            {
                if (fields.Count > 0)
                    Expect(",");
                var name = Key();
                Expect(":");
                fields.Add((name, Type()));
            }
            return new TypeSyntax("context", [], [.. fields], null);
        }
        if (Now.Text == "function" && Ahead(1).Is("<"))
        {
            at += 2;
            var parameters = new List<TypeSyntax>();
            while (!Take(">"))
            {
                if (parameters.Count > 0)
                    Expect(",");
                parameters.Add(Type());
            }
            Expect("->");
            return new TypeSyntax("function", [.. parameters], [], Type());
        }
        var begin = at++;
        while ((Now.Kind is TokenKind.Name && !Reserved.Contains(Now.Text)) || (Now.Is(".") && Ahead(1).Kind == TokenKind.Name))
            at++;
        return TypeSyntax.Named(Joined(begin, at));
    });
}
