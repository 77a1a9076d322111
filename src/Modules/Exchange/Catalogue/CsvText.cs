using System.Text;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>CSV after RFC 4180, with the place of every value, so that an error says line and column.</summary>
static class CsvText
{
    /// <param name="Line">Of the first character, from 1.</param>
    /// <param name="Column">In characters, from 1.</param>
    public readonly record struct Cell(string Text, int Line, int Column)
    {
        public Error Wrong(string where, string zh, string en) => Error.Invalid("csv.value", $"第 {Line} 行第 {Column} 列：{zh}", $"Line {Line}, column {Column}: {en}", where, "改正后重新提交，这次没有写入任何内容", "Correct it and submit again; nothing of it was stored");
    }

    /// <summary>The rows that hold anything.</summary>
    public static Result<List<Cell[]>> Read(string text, string where)
    {
        var (rows, cells, value) = (new List<Cell[]>(), new List<Cell>(), new StringBuilder());
        var (line, column, at) = (1, 1, text.StartsWith('\uFEFF') ? 1 : 0);
        while (at < text.Length)
        {
            var (startLine, startColumn) = (line, column);
            value.Clear();
            if (text[at] == '"')
            {
                var closed = false;
                (at, column) = (at + 1, column + 1);
                while (at < text.Length)
                {
                    if (text[at] == '"' && at + 1 < text.Length && text[at + 1] == '"')
                    {
                        value.Append('"');
                        (at, column) = (at + 2, column + 2);
                        continue;
                    }
                    if (text[at] == '"')
                    {
                        closed = true;
                        (at, column) = (at + 1, column + 1);
                        break;
                    }
                    value.Append(text[at]);
                    (line, column) = text[at] == '\n' ? (line + 1, 1) : (line, column + 1);
                    at++;
                }
                if (!closed)
                    return new Cell("", startLine, startColumn).Wrong(where, "引号没有结束", "the quotation mark is not closed");
                if (at < text.Length && text[at] is not (',' or '\r' or '\n'))
                    return new Cell("", line, column).Wrong(where, "引号后面只能是逗号或换行", "after a closing quotation mark only a comma or a new line may stand");
            }
            else
            {
                while (at < text.Length && text[at] is not (',' or '\r' or '\n'))
                {
                    if (text[at] == '"')
                        return new Cell("", line, column).Wrong(where, "含引号的内容要整个放在引号里", "a value with a quotation mark must be quoted as a whole");
                    value.Append(text[at]);
                    (at, column) = (at + 1, column + 1);
                }
            }
            cells.Add(new Cell(value.ToString().Trim(), startLine, startColumn));
            if (at < text.Length && text[at] == ',')
            {
                (at, column) = (at + 1, column + 1);
                if (at < text.Length && text[at] is not ('\r' or '\n'))
                    continue;
                cells.Add(new Cell("", line, column));
            }
            if (at < text.Length && text[at] == '\r')
                at++;
            if (at < text.Length && text[at] == '\n')
                at++;
            (line, column) = (line + 1, 1);
            if (cells.Exists(c => c.Text.Length > 0))
                rows.Add([.. cells]);
            cells.Clear();
        }
        return rows;
    }

    public static void Write(StringBuilder to, params IEnumerable<string> values)
    {
        var first = true;
        foreach (var value in values)
        {
            if (!first)
                to.Append(',');
            first = false;
            if (value.AsSpan().IndexOfAny(",\"\r\n") >= 0)
                to.Append('"').Append(value.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
            else
                to.Append(value);
        }
        to.Append("\r\n");
    }
}
