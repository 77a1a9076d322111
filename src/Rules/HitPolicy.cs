namespace Tongban.Rules;

/// <summary>How many rules of a table may match and which of them count (DMN 1.5 §8.2.8).</summary>
public enum HitPolicy
{
    /// <summary>U: at most one rule matches.</summary>
    Unique,

    /// <summary>A: matching rules agree.</summary>
    Any,

    /// <summary>P: the rule whose output comes first in the list of output values.</summary>
    Priority,

    /// <summary>F: the first rule that matches.</summary>
    First,

    /// <summary>R: all, in the order of the rules.</summary>
    RuleOrder,

    /// <summary>O: all, in the order of the output values.</summary>
    OutputOrder,

    /// <summary>C: all in any order, or their sum, least, greatest or count.</summary>
    Collect,
}

/// <summary>What a collecting table makes of its matches.</summary>
public enum Aggregation { Sum, Min, Max, Count }
