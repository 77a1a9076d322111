using Tongban.Rules.Evaluation;
using Tongban.Rules.Types;

namespace Tongban.Rules.Model;

/// <summary>Decision tables (DMN 1.5 §8) to delegates, with a trace of the rules that fired.</summary>
sealed class TableCompiler(Compiler compiler, BoxedCompiler boxed, string name)
{
    sealed record Input(string Label, Eval Value, FeelType? Type, Test? Allowed);

    sealed record Output(string Name, FeelType? Type, Eval? Default, Eval? Ranks);

    sealed record Rule(int Index, string? Id, Test[] Inputs, Eval[] Outputs, IReadOnlyList<string> Annotations);

    public Eval Compile(BoxedTable table, Scope scope)
    {
        var inputs = table.Inputs.Select(i => new Input(
            i.Label ?? i.Expression,
            compiler.Expression(i.Expression, scope, i.Line),
            boxed.Type(i.TypeRef, i.Line),
            string.IsNullOrEmpty(i.AllowedValues) ? null : compiler.UnaryTests(i.AllowedValues, scope, i.Line))).ToArray();
        var outputs = table.Outputs.Select(o => new Output(
            o.Name ?? o.Label ?? name,
            boxed.Type(o.TypeRef, o.Line),
            string.IsNullOrEmpty(o.Default) ? null : compiler.Expression(o.Default, scope, o.Line),
            string.IsNullOrEmpty(o.Values) ? null : compiler.Expression($"[{o.Values}]", scope, o.Line))).ToArray();
        var rules = table.Rules.Select((r, i) => new Rule(
            i + 1, r.Id,
            [.. r.Inputs.Select(cell => compiler.UnaryTests(cell, scope, r.Line))],
            [.. r.Outputs.Select(cell => compiler.Expression(cell, scope, r.Line))],
            r.Annotations)).ToArray();
        var id = compiler.Element ?? name;
        return f => new Running(id, name, table, inputs, outputs, rules, f).Evaluate();
    }

    /// <summary>One evaluation of one table.</summary>
    readonly struct Running(string id, string name, BoxedTable table, Input[] inputs, Output[] outputs, Rule[] rules, Frame f)
    {
        public FeelValue Evaluate()
        {
            var values = new FeelValue[inputs.Length];
            for (var i = 0; i < inputs.Length; i++)
            {
                var input = inputs[i];
                values[i] = input.Value(f);
                if (input.Type is { } type)
                    values[i] = Closure.Typed(f.State, type, values[i], input.Label);
                if (!values[i].IsNull && input.Allowed is { } allowed && allowed(f, values[i]) is not true)
                    return f.State.Fail("dmn.input-not-allowed", $"“{input.Label}”的值不在允许范围内", $"the value of '{input.Label}' is not among those allowed");
            }
            var hits = new List<(Rule Rule, FeelValue Value)>();
            foreach (var rule in rules)
            {
                if (!Matches(rule, values))
                    continue;
                hits.Add((rule, default));
                if (table.HitPolicy == HitPolicy.First)
                    break;
            }
            if (hits.Count == 0)
                return NoHit(values);
            if (table.HitPolicy == HitPolicy.Unique && hits.Count > 1)
                return f.State.Fail("dmn.not-unique", $"规则 {hits[0].Rule.Index} 与 {hits[1].Rule.Index} 同时命中", $"rules {hits[0].Rule.Index} and {hits[1].Rule.Index} both match");
            for (var i = 0; i < hits.Count; i++)
                hits[i] = (hits[i].Rule, Value(hits[i].Rule.Outputs));
            return Pick(hits, values);
        }

        bool Matches(Rule rule, FeelValue[] values)
        {
            for (var i = 0; i < values.Length; i++)
                if (rule.Inputs[i](f, values[i]) is not true)
                    return false;
            return true;
        }

        FeelValue Value(Eval?[] cells)
        {
            if (outputs.Length == 1)
                return Typed(outputs[0], cells[0]);
            var context = new FeelContext();
            for (var i = 0; i < outputs.Length; i++)
                context.Put(outputs[i].Name, Typed(outputs[i], cells[i]));
            return FeelValue.Of(context);
        }

        FeelValue Typed(Output output, Eval? cell)
        {
            var value = cell is null ? FeelValue.Null : cell(f);
            return output.Type is { } type ? Closure.Typed(f.State, type, value, output.Name) : value;
        }

        FeelValue NoHit(FeelValue[] values)
        {
            if (outputs.Any(o => o.Default is not null))
            {
                var value = Value([.. outputs.Select(o => o.Default)]);
                Fire(0, null, [], values, value);
                return table.HitPolicy is HitPolicy.RuleOrder or HitPolicy.OutputOrder || (table.HitPolicy == HitPolicy.Collect && table.Aggregation is null)
                    ? FeelValue.Of(new FeelList([value])) : value;
            }
            if (table.HitPolicy is HitPolicy.RuleOrder or HitPolicy.OutputOrder or HitPolicy.Collect)
                return table.Aggregation switch
                {
                    Aggregation.Count => 0,
                    null => FeelValue.Of(FeelList.Empty),
                    _ => FeelValue.Null,
                };
            return f.State.Fail("dmn.no-rule", $"“{name}”没有规则命中", $"no rule of '{name}' matches");
        }

        FeelValue Pick(List<(Rule Rule, FeelValue Value)> hits, FeelValue[] values)
        {
            switch (table.HitPolicy)
            {
                case HitPolicy.Any:
                    if (hits.Any(h => !FeelEquality.Same(h.Value, hits[0].Value)))
                        return f.State.Fail("dmn.not-any", "命中的规则结果不一致", "matching rules do not agree");
                    return Single(hits, values);
                case HitPolicy.Priority or HitPolicy.OutputOrder:
                    var ranked = Ranked(hits);
                    return table.HitPolicy == HitPolicy.Priority ? Single(ranked, values) : All(ranked, values);
                case HitPolicy.RuleOrder:
                    return All(hits, values);
                case HitPolicy.Collect:
                    var all = All(hits, values);
                    return table.Aggregation is { } aggregation ? Aggregated(aggregation, all) : all;
                default:
                    return Single(hits, values);
            }
        }

        FeelValue Single(List<(Rule Rule, FeelValue Value)> hits, FeelValue[] values)
        {
            Fire(hits[0].Rule.Index, hits[0].Rule.Id, hits[0].Rule.Annotations, values, hits[0].Value);
            return hits[0].Value;
        }

        FeelValue All(List<(Rule Rule, FeelValue Value)> hits, FeelValue[] values)
        {
            foreach (var (rule, value) in hits)
                Fire(rule.Index, rule.Id, rule.Annotations, values, value);
            return FeelValue.Of(hits.Select(h => h.Value));
        }

        FeelValue Aggregated(Aggregation aggregation, in FeelValue all)
        {
            var function = Functions.Builtins.Find(aggregation switch
            {
                Aggregation.Sum => "sum",
                Aggregation.Min => "min",
                Aggregation.Max => "max",
                _ => "count",
            })!;
            return function.Call(f.State, [all]);
        }

        /// <summary>By the place of each output in its column's list of values, columns from left to right.</summary>
        List<(Rule Rule, FeelValue Value)> Ranked(List<(Rule Rule, FeelValue Value)> hits)
        {
            var frame = f;
            var ranks = outputs.Select(o => o.Ranks?.Invoke(frame).AsList).ToArray();
            var columns = outputs;
            int Rank(FeelValue value, int column)
            {
                var cell = columns.Length == 1 ? value : value.AsContext![columns[column].Name];
                if (ranks[column] is not { } list)
                    return 0;
                for (var i = 0; i < list.Count; i++)
                    if (FeelEquality.Same(list[i], cell))
                        return i;
                return list.Count;
            }
            var ordered = hits.OrderBy(h => Rank(h.Value, 0));
            for (var column = 1; column < columns.Length; column++)
            {
                var c = column;
                ordered = ordered.ThenBy(h => Rank(h.Value, c));
            }
            return [.. ordered];
        }

        void Fire(int index, string? ruleId, IReadOnlyList<string> annotations, FeelValue[] values, in FeelValue result)
        {
            if (!f.State.Options.Trace)
                return;
            var seen = new KeyValuePair<string, FeelValue>[values.Length];
            for (var i = 0; i < values.Length; i++)
                seen[i] = new(inputs[i].Label, values[i]);
            var given = new KeyValuePair<string, FeelValue>[outputs.Length];
            for (var i = 0; i < given.Length; i++)
                given[i] = new(outputs[i].Name, outputs.Length == 1 ? result : result.AsContext![outputs[i].Name]);
            f.State.Fire(new FiredRule(id, name, index, ruleId, annotations, seen, given));
        }
    }
}
