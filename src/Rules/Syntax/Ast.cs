namespace Tongban.Rules.Syntax;

/// <param name="At">Index of its first character in the source.</param>
abstract record Node(int At);

sealed record LiteralNode(int At, FeelValue Value) : Node(At);
sealed record NameNode(int At, string Name) : Node(At);
sealed record PathNode(int At, Node Target, string Member) : Node(At);
sealed record FilterNode(int At, Node Target, Node Predicate) : Node(At);

/// <param name="Names">Argument names when called by name, else null.</param>
sealed record CallNode(int At, Node Target, Node[] Arguments, string[]? Names) : Node(At);

enum Operator : byte { Add, Subtract, Multiply, Divide, Power, Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, And, Or }

sealed record BinaryNode(int At, Operator Operator, Node Left, Node Right) : Node(At);
sealed record NegateNode(int At, Node Operand) : Node(At);
sealed record BetweenNode(int At, Node Value, Node Low, Node High) : Node(At);
sealed record InNode(int At, Node Value, Node[] Tests) : Node(At);
sealed record InstanceOfNode(int At, Node Value, TypeSyntax Type) : Node(At);
sealed record IfNode(int At, Node Condition, Node Then, Node Else) : Node(At);

/// <param name="To">The end of <c>a..b</c>, or null when the source is a list or range.</param>
sealed record Iterator(string Name, Node Source, Node? To);

sealed record ForNode(int At, Iterator[] Iterators, Node Body) : Node(At);
sealed record QuantifiedNode(int At, bool Every, Iterator[] Iterators, Node Condition) : Node(At);
sealed record ListNode(int At, Node[] Items) : Node(At);
sealed record ContextNode(int At, (string Name, Node Value)[] Entries) : Node(At);
sealed record FunctionNode(int At, (string Name, TypeSyntax? Type)[] Parameters, Node? Body) : Node(At);

/// <param name="Operator">"&lt;" and so on when written as a comparison; then one end is null.</param>
sealed record RangeNode(int At, Node? Low, bool LowIncluded, Node? High, bool HighIncluded, string? Operator = null) : Node(At);

/// <summary>One test of a unary test list: what <c>in</c> and a table's cell hold against a value.</summary>
/// <param name="Negated">Inside <c>not(…)</c>.</param>
/// <param name="Any">The dash: always true.</param>
sealed record UnaryTestsNode(int At, Node[] Tests, bool Negated, bool Any) : Node(At);

/// <summary>A type as written: a name with type arguments, members of a context, or a function's parameters and result.</summary>
sealed record TypeSyntax(string Name, TypeSyntax[] Arguments, (string Name, TypeSyntax Type)[] Members, TypeSyntax? Result)
{
    public static TypeSyntax Named(string name) => new(name, [], [], null);
}
