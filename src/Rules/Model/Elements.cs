namespace Tongban.Rules.Model;

/// <summary>The parts of a DMN model as read, names as in the standard. Line numbers are 1-based, in the XML.</summary>
sealed record ImportElement(string Name, string Namespace, int Line);

sealed record ItemDefinition(
    string Name, string? TypeRef, bool IsCollection, string? AllowedValues, string? TypeConstraint,
    IReadOnlyList<ItemDefinition> Components, FunctionItem? Function, int Line);

sealed record FunctionItem(string? OutputTypeRef, IReadOnlyList<(string Name, string? TypeRef)> Parameters);

/// <param name="Variable">The name other elements see; the element's own name when the variable has none.</param>
abstract record DrgElement(string Id, string Name, string Variable, string? TypeRef, int Line);

sealed record InputDataElement(string Id, string Name, string Variable, string? TypeRef, int Line)
    : DrgElement(Id, Name, Variable, TypeRef, Line);

/// <param name="Requires">Hrefs of information and knowledge requirements, in order.</param>
sealed record DecisionElement(string Id, string Name, string Variable, string? TypeRef, int Line, IReadOnlyList<string> Requires, BoxedExpression? Logic)
    : DrgElement(Id, Name, Variable, TypeRef, Line);

sealed record KnowledgeElement(string Id, string Name, string Variable, string? TypeRef, int Line, IReadOnlyList<string> Requires, BoxedFunction? Logic)
    : DrgElement(Id, Name, Variable, TypeRef, Line);

sealed record ServiceElement(
    string Id, string Name, string Variable, string? TypeRef, int Line,
    IReadOnlyList<string> Outputs, IReadOnlyList<string> InputDecisions, IReadOnlyList<string> InputData)
    : DrgElement(Id, Name, Variable, TypeRef, Line);

abstract record BoxedExpression(string? TypeRef, int Line);

sealed record BoxedLiteral(string Text, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

/// <summary>An entry without a name is the result of the whole context.</summary>
sealed record BoxedContext(IReadOnlyList<(string? Name, string? TypeRef, BoxedExpression? Value)> Entries, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

sealed record BoxedInvocation(BoxedExpression? Function, IReadOnlyList<(string Name, BoxedExpression? Value)> Bindings, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

sealed record BoxedFunction(string Kind, IReadOnlyList<(string Name, string? TypeRef)> Parameters, BoxedExpression? Body, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

sealed record BoxedRelation(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<BoxedExpression?>> Rows, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

sealed record BoxedList(IReadOnlyList<BoxedExpression?> Items, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

sealed record BoxedConditional(BoxedExpression? If, BoxedExpression? Then, BoxedExpression? Else, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

sealed record BoxedFilter(BoxedExpression? In, BoxedExpression? Match, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

/// <param name="Kind">"for", "some" or "every".</param>
sealed record BoxedIterator(string Kind, string Variable, BoxedExpression? In, BoxedExpression? Body, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

sealed record BoxedTable(
    HitPolicy HitPolicy, Aggregation? Aggregation,
    IReadOnlyList<TableInput> Inputs, IReadOnlyList<TableOutput> Outputs, IReadOnlyList<TableRule> Rules,
    IReadOnlyList<string> Annotations, string? TypeRef, int Line) : BoxedExpression(TypeRef, Line);

sealed record TableInput(string? Label, string Expression, string? TypeRef, string? AllowedValues, int Line);

sealed record TableOutput(string? Name, string? Label, string? TypeRef, string? Values, string? Default, int Line);

sealed record TableRule(string? Id, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<string> Annotations, int Line);
