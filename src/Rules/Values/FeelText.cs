using System.Text;

namespace Tongban.Rules;

/// <summary>What FEEL's <c>string()</c> gives: plain at the top, strings quoted inside lists and contexts.</summary>
static class FeelText
{
    public static string Of(in FeelValue v)
    {
        if (v.AsString is { } s)
            return s;
        var text = new StringBuilder();
        Write(text, v);
        return text.ToString();
    }

    static void Write(StringBuilder text, in FeelValue v)
    {
        switch (v.Kind)
        {
            case FeelKind.Null: text.Append("null"); break;
            case FeelKind.Boolean: text.Append(v.IsTrue ? "true" : "false"); break;
            case FeelKind.Number: text.Append(v.Raw.ToString()); break;
            case FeelKind.String: text.Append('"').Append(v.AsString!.Replace("\\", "\\\\").Replace("\"", "\\\"")).Append('"'); break;
            case FeelKind.Date: text.Append(v.AsDate); break;
            case FeelKind.Time: text.Append(v.AsTime); break;
            case FeelKind.DateTime: text.Append(v.AsDateTime); break;
            case FeelKind.DaysTimeDuration: text.Append(v.AsDaysTimeDuration); break;
            case FeelKind.YearsMonthsDuration: text.Append(v.AsYearsMonthsDuration); break;
            case FeelKind.Function: text.Append(v.AsFunction!.Name).Append("()"); break;
            case FeelKind.Range:
                var r = v.AsRange!;
                text.Append(r.LowIncluded ? '[' : '(');
                Write(text, r.Low);
                text.Append("..");
                Write(text, r.High);
                text.Append(r.HighIncluded ? ']' : ')');
                break;
            case FeelKind.List:
                text.Append('[');
                var first = true;
                foreach (var item in v.AsList!)
                {
                    text.Append(first ? "" : ", ");
                    Write(text, item);
                    first = false;
                }
                text.Append(']');
                break;
            case FeelKind.Context:
                text.Append('{');
                var begun = false;
                foreach (var (key, value) in v.AsContext!)
                {
                    text.Append(begun ? ", " : "").Append(key).Append(": ");
                    Write(text, value);
                    begun = true;
                }
                text.Append('}');
                break;
        }
    }
}
