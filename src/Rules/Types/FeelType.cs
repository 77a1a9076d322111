namespace Tongban.Rules.Types;

/// <summary>
/// A FEEL type (DMN 1.5 §10.3.2.9): a simple kind, a list, a context with members, a range or a function; with the
/// allowed values of an item definition if it has any. Null is allowed everywhere inside, and nowhere by "instance of".
/// </summary>
sealed class FeelType
{
    public enum Shape : byte { Any, Null, Simple, List, Context, Range, Function }

    public required Shape Form { get; init; }
    public required string Name { get; init; }
    public FeelKind Kind { get; init; }

    /// <summary>Of a list or range.</summary>
    public FeelType? Element { get; init; }
    public IReadOnlyList<(string Name, FeelType Type)> Members { get; init; } = [];

    /// <summary>Of a function; null when the signature is open.</summary>
    public IReadOnlyList<FeelType>? Parameters { get; init; }
    public FeelType? Result { get; init; }

    /// <summary>Set once, after the model's allowed values are compiled; true means allowed.</summary>
    public Func<FeelValue, bool>? Allowed { get; set; }

    public static readonly FeelType Any = new() { Form = Shape.Any, Name = "Any" };
    public static readonly FeelType Null = new() { Form = Shape.Null, Name = "Null" };

    static FeelType Simple(FeelKind kind, string name) => new() { Form = Shape.Simple, Name = name, Kind = kind };

    public static FeelType ListOf(FeelType element) => new() { Form = Shape.List, Name = $"list<{element.Name}>", Element = element };

    static readonly Dictionary<string, FeelType> BuiltIn = Build();

    static Dictionary<string, FeelType> Build()
    {
        var dateTime = Simple(FeelKind.DateTime, "date and time");
        var days = Simple(FeelKind.DaysTimeDuration, "days and time duration");
        var months = Simple(FeelKind.YearsMonthsDuration, "years and months duration");
        return new(StringComparer.Ordinal)
        {
            ["Any"] = Any,
            ["any"] = Any,
            ["Null"] = Null,
            ["number"] = Simple(FeelKind.Number, "number"),
            ["string"] = Simple(FeelKind.String, "string"),
            ["boolean"] = Simple(FeelKind.Boolean, "boolean"),
            ["date"] = Simple(FeelKind.Date, "date"),
            ["time"] = Simple(FeelKind.Time, "time"),
            ["date and time"] = dateTime,
            ["dateTime"] = dateTime,
            ["days and time duration"] = days,
            ["day time duration"] = days,
            ["dayTimeDuration"] = days,
            ["years and months duration"] = months,
            ["year month duration"] = months,
            ["yearMonthDuration"] = months,
            ["list"] = new() { Form = Shape.List, Name = "list", Element = Any },
            ["context"] = new() { Form = Shape.Context, Name = "context" },
            ["range"] = new() { Form = Shape.Range, Name = "range", Element = Any },
            ["function"] = new() { Form = Shape.Function, Name = "function" },
        };
    }

    /// <summary>A type of the language by name, with or without a prefix such as "feel:".</summary>
    public static FeelType? ByName(string name) =>
        BuiltIn.TryGetValue(name.StartsWith("feel:", StringComparison.Ordinal) ? name[5..] : name, out var t) ? t : null;

    /// <summary>Whether a value is of this type. Null is of no type here; see <see cref="Takes"/>.</summary>
    public bool Has(in FeelValue value) => Has(value, true);

    /// <summary>"instance of": the shape alone counts, allowed values do not (as the TCK reads DMN 1.5 §10.3.2.9.3).</summary>
    public bool IsShapeOf(in FeelValue value) => Has(value, false);

    bool Has(in FeelValue value, bool constrained)
    {
        if (value.IsNull)
            return Form == Shape.Null;
        return HasForm(value, constrained) && (!constrained || Allowed is null || Allowed(value));
    }

    /// <summary>Whether a value may stand where this type is asked for: of the type, or null.</summary>
    public bool Takes(in FeelValue value) => Takes(value, true);

    bool Takes(in FeelValue value, bool constrained) => value.IsNull || Has(value, constrained);

    bool HasForm(in FeelValue value, bool constrained)
    {
        switch (Form)
        {
            case Shape.Any: return true;
            case Shape.Null: return false;
            case Shape.Simple: return value.Kind == Kind;
            case Shape.List:
                if (value.AsList is not { } list)
                    return false;
                foreach (var item in list.Span)
                    if (!Element!.Takes(item, constrained))
                        return false;
                return true;
            case Shape.Context:
                if (value.AsContext is not { } context)
                    return false;
                foreach (var (name, type) in Members)
                    if (!context.TryGet(name, out var member) || !type.Takes(member, constrained))
                        return false;
                return true;
            case Shape.Range:
                return value.AsRange is { } range && Element!.Takes(range.Low, constrained) && Element.Takes(range.High, constrained);
            default:
                return value.AsFunction is { } function && TakesFunction(function);
        }
    }

    bool TakesFunction(FeelFunction function)
    {
        if (Parameters is null)
            return true;
        var own = function.Parameters;
        if (own is null || own.Count != Parameters.Count)
            return own is null;
        for (var i = 0; i < own.Count; i++)
            if (!Parameters[i].IsWithin(function.ParameterType(i) ?? Any))
                return false;
        return Result is null || (function.ResultType ?? Any).IsWithin(Result);
    }

    /// <summary>Conformance of types (DMN 1.5 §10.3.2.9.2): every value of this type is one of the other.</summary>
    public bool IsWithin(FeelType other)
    {
        if (ReferenceEquals(this, other) || other.Form == Shape.Any || Form == Shape.Null)
            return true;
        if (Form != other.Form)
            return false;
        return Form switch
        {
            Shape.Simple => Kind == other.Kind,
            Shape.List or Shape.Range => Element!.IsWithin(other.Element!),
            Shape.Context => other.Members.All(m => Members.Any(n => n.Name == m.Name && n.Type.IsWithin(m.Type))),
            Shape.Function => other.Parameters is null || (Parameters is not null && Parameters.Count == other.Parameters.Count
                && Parameters.Zip(other.Parameters, (mine, theirs) => theirs.IsWithin(mine)).All(fits => fits)
                && (Result ?? Any).IsWithin(other.Result ?? Any)),
            _ => true,
        };
    }

    /// <summary>
    /// The value as this type, by the implicit conversions of DMN 1.5 §10.3.2.9.4 (one item from a list of one, a list
    /// around one item, a date as its midnight); null when none applies.
    /// </summary>
    public FeelValue Coerce(in FeelValue value, out bool failed)
    {
        failed = false;
        if (Takes(value))
            return value;
        if (Form != Shape.List && value.AsList is { Count: 1 } one && Takes(one[0]))
            return one[0];
        if (Form == Shape.List && value.AsList is null && Element!.Takes(value))
        {
            var wrapped = FeelValue.Of(new FeelList([value]));
            if (Takes(wrapped))
                return wrapped;
        }
        if (Form == Shape.Simple && Kind == FeelKind.DateTime && value.AsDate is { } date)
        {
            var midnight = FeelValue.Of(new FeelDateTime(date, FeelTime.Midnight with { Zone = FeelZone.Utc }));
            if (Takes(midnight))
                return midnight;
        }
        failed = true;
        return FeelValue.Null;
    }

    /// <summary>Turns the strings JSON gives into the dates, times and durations this type asks for, all the way down.</summary>
    public FeelValue FromText(in FeelValue value)
    {
        if (value.AsString is { } text)
            return Form != Shape.Simple ? value : Kind switch
            {
                FeelKind.Date => Or(value, FeelValue.Of(FeelDate.Parse(text))),
                FeelKind.Time => Or(value, FeelValue.Of(FeelTime.Parse(text))),
                FeelKind.DateTime => Or(value, FeelValue.Of(FeelDateTime.Parse(text))),
                FeelKind.DaysTimeDuration or FeelKind.YearsMonthsDuration => Or(value, TemporalText.Duration(text)),
                _ => value,
            };
        if (Form == Shape.List && value.AsList is { } list)
            return FeelValue.Of(list.Select(item => Element!.FromText(item)));
        if (Form == Shape.Context && value.AsContext is { } context && Members.Count > 0)
            return FeelValue.Of(new FeelContext(context.Select(e =>
                KeyValuePair.Create(e.Key, Members.FirstOrDefault(m => m.Name == e.Key).Type?.FromText(e.Value) ?? e.Value))));
        return value;
    }

    static FeelValue Or(in FeelValue text, in FeelValue parsed) => parsed.IsNull ? text : parsed;

    public override string ToString() => Name;
}
