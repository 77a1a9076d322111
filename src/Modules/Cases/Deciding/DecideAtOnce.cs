using System.Globalization;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Items;
using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Deciding;

/// <summary>
/// 秒批: a published table may approve what it knows to be clear. It never refuses anybody; on any doubt (no table, no row,
/// more than one, a value that cannot be read) people decide. What the table saw and which rows fired is kept with the case.
/// </summary>
sealed partial class DecideAtOnce(IRulebook rulebook, Dossiers dossiers, WorkingCalendar calendar, ILogger<DecideAtOnce> log)
{
    const string Approve = "approve";

    public async Task Try(Dossier dossier, ItemVariant variant, Moment now, CancellationToken ct)
    {
        if (variant.DecideAtOnceRule is not { } rule || variant.Steps.Count > 0)
            return;
        if (dossier.Promised is [var promised, ..])
        {
            dossier.Explain([$"{rule}: {promised.RequirementId} was promised for later"]);
            return;
        }
        var inputs = Inputs(dossier.Body, variant.DecideInputs, now.Date);
        if (!inputs.Ok)
        {
            dossier.Explain([$"{rule}: {inputs.Error.DetailEn}"]);
            return;
        }
        var outcome = await rulebook.Decide(rule, inputs.Value, now.Date, ct);
        if (!outcome.Ok)
        {
            dossier.Explain([$"{rule}: {outcome.Error.Code}"]);
            return;
        }
        var decided = outcome.Value;
        dossier.Explain([$"{decided.RuleId} v{decided.Version}", .. decided.Fired.Select(f => $"{f.Index}: {f.Annotation}")]);
        if (decided.Outputs is not [var output] || output.GetValueOrDefault("decision") as string != Approve)
            return;
        var reason = new Words(
            output.GetValueOrDefault("reason") as string ?? "符合已公布的规则",
            output.GetValueOrDefault("reasonEn") as string ?? "The published rule is met");
        var accepted = dossier.Accept(now, calendar, dossiers.NodeOf, dossiers.OwnNode);
        var done = accepted.Ok ? dossier.Decide(now, approved: true, reason, $"{decided.RuleId} v{decided.Version}", actor: null) : accepted;
        if (!done.Ok)
            LogNotDecided(log, rule, done.Error.Code);
    }

    /// <summary>Reads each input's text from its source as its type. Text that cannot be read so is a doubt.</summary>
    internal static Result<Dictionary<string, object?>> Inputs(CaseBody body, IReadOnlyList<RuleInput> definitions, DateOnly today)
    {
        var inputs = new Dictionary<string, object?>();
        foreach (var definition in definitions)
        {
            var read = Read(definition, body, today);
            if (!read.Ok)
                return read.Error;
            inputs[definition.Name] = read.Value.It;
        }
        return inputs;
    }

    readonly record struct Value(object? It);

    static Result<Value> Read(RuleInput input, CaseBody body, DateOnly today)
    {
        if (input.From == "today")
            return new Value(today);
        var dot = input.From.IndexOf('.', StringComparison.Ordinal);
        var (source, name) = (input.From[..dot], input.From[(dot + 1)..]);
        string? text;
        switch (source)
        {
            case "answer": text = body.Answers.GetValueOrDefault(name); break;
            case "form": text = body.Form.GetValueOrDefault(name); break;
            default:
                var rows = body.Requirements.SingleOrDefault(r => r.RequirementId == source)?.Evidence?.Rows ?? [];
                if (name == "found")
                    return new Value(rows.Count > 0);
                // Several rows leave open which one is meant.
                if (rows.Count > 1)
                    return Doubt(input, "several rows were found");
                text = rows.Count == 0 ? null : rows[0].GetValueOrDefault(name);
                break;
        }
        if (text is null)
            return new Value(null);
        return input.Type switch
        {
            "text" => new Value(text),
            "number" when decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) => new Value(number),
            "date" when DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) => new Value(date),
            "boolean" when text is "true" or "1" or "yes" or "是" => new Value(true),
            "boolean" when text is "false" or "0" or "no" or "否" or "" => new Value(false),
            _ => Doubt(input, $"it is not a {input.Type}"),
        };
    }

    static Error Doubt(RuleInput input, string why) =>
        Error.Invalid("rule.input-unreadable", $"规则输入 {input.Name} 无法读取", $"Input {input.Name} cannot be read: {why}", input.From);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Rule {Rule} approved a case that could not be decided: {Code}.")]
    static partial void LogNotDecided(ILogger log, string rule, string code);
}
