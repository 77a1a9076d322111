using System.Text;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>A mapping as a steward enters it on the page, and as one CSV file.</summary>
static class MappingForm
{
    const int MostEntries = 2000;
    const int MostTests = 200;

    /// <summary>An entry gives what a local code means; a test, what must come out.</summary>
    public static readonly string[] Columns = ["kind", "local", "code"];

    /// <param name="get">A value by its name, trimmed; empty when there is none.</param>
    /// <param name="isDate">What the target is of.</param>
    public static Result<CodeMapping> Read(Func<string, string> get, bool isDate)
    {
        var entries = isDate ? new List<CodeEntry>() : Pairs(get("entries"), "entries", MostEntries).Map(all => all.ConvertAll(p => new CodeEntry(p.Local, p.Code)));
        if (!entries.Ok)
            return entries.Error;
        var tests = Pairs(get("tests"), "tests", MostTests).Map(all => all.ConvertAll(p => new CodeTest(p.Local, p.Code)));
        return tests.Ok ? Read(entries.Value, tests.Value, get("dateForm"), get("unmapped"), get("shown"), isDate) : tests.Error;
    }

    /// <summary>The rows of a file; what is no table stays as it was.</summary>
    public static Result<CodeMapping> ReadCsv(string text, CodeMapping? before, bool isDate)
    {
        var rows = CsvText.Read(text, "file");
        if (!rows.Ok)
            return rows.Error;
        if (rows.Value.Count == 0 || !rows.Value[0].Select(c => c.Text).SequenceEqual(Columns))
            return new CsvText.Cell("", 1, 1).Wrong("file", $"第一行应为 {string.Join(',', Columns)}", $"the first line is {string.Join(',', Columns)}");
        var (entries, tests) = (new List<CodeEntry>(), new List<CodeTest>());
        foreach (var row in rows.Value.Skip(1))
        {
            if (row.Length != Columns.Length)
                return row[^1].Wrong("file", $"应有 {Columns.Length} 列", $"{Columns.Length} columns are needed");
            if (row[1].Text.Length > CodeValue.Longest || row[2].Text.Length is 0 or > CodeValue.Longest)
                return row[2].Wrong("file", $"代码为 1–{CodeValue.Longest} 字", $"a code has 1 to {CodeValue.Longest} characters");
            if (row[0].Text == "entry" && !isDate && entries.Count < MostEntries && !entries.Exists(e => e.Local == row[1].Text))
                entries.Add(new(row[1].Text, row[2].Text));
            else if (row[0].Text == "test" && tests.Count < MostTests)
                tests.Add(new(row[1].Text, row[2].Text));
            else
                return row[0].Wrong("file", isDate ? "日期只写 test 行" : "应为 entry（本地代码不重复）或 test", isDate ? "a date has test rows only" : "say entry (each local code once) or test");
        }
        return new CodeMapping(entries, isDate ? before?.DateForm ?? CodeMapping.DateForms[0] : null, tests, before?.States ?? false, before?.Shown ?? "");
    }

    static Result<CodeMapping> Read(List<CodeEntry> entries, List<CodeTest> tests, string dateForm, string unmapped, string shown, bool isDate)
    {
        if (isDate && !CodeMapping.DateForms.Contains(dateForm))
            return Wrong("dateForm", "请选择本地日期的写法", "Choose how the department writes dates");
        if (unmapped is not ("" or "refuse" or "state"))
            return Wrong("unmapped", "请选择一项", "Choose one");
        if (shown.Length > 4000 || (shown.Length > 0 && (!shown.StartsWith("SELECT", StringComparison.OrdinalIgnoreCase) || shown.Contains(';', StringComparison.Ordinal))))
            return Wrong("shown", "请填写一条 SELECT 语句，不带分号", "Give one SELECT without a semicolon");
        return new CodeMapping(entries, isDate ? dateForm : null, tests, unmapped == "state", shown);
    }

    /// <summary>A pair a line.</summary>
    static Result<List<(string Local, string Code)>> Pairs(string text, string where, int most)
    {
        var rows = CsvText.Read(text, where);
        if (!rows.Ok)
            return rows.Error;
        var pairs = new List<(string Local, string Code)>();
        foreach (var row in rows.Value)
        {
            if (row.Length != 2)
                return row[^1].Wrong(where, "每行写两列，用英文逗号分开", "write two columns a line, parted by a comma");
            if (row[0].Text.Length > CodeValue.Longest || row[1].Text.Length > CodeValue.Longest || (where == "entries" && row[1].Text.Length == 0))
                return row[1].Wrong(where, $"代码为 1–{CodeValue.Longest} 字", $"a code has 1 to {CodeValue.Longest} characters");
            if (where == "entries" && pairs.Exists(p => p.Local == row[0].Text))
                return row[0].Wrong(where, $"本地代码“{row[0].Text}”出现了两次", $"local code '{row[0].Text}' stands twice");
            if (pairs.Count == most)
                return row[0].Wrong(where, $"最多 {most} 行", $"at most {most} lines");
            pairs.Add((row[0].Text, row[1].Text));
        }
        return pairs;
    }

    public static string Lines(IEnumerable<(string, string)> pairs)
    {
        var text = new StringBuilder();
        foreach (var (local, code) in pairs)
            CsvText.Write(text, local, code);
        return text.ToString();
    }

    public static string Csv(CodeMapping mapping)
    {
        var text = new StringBuilder();
        CsvText.Write(text, Columns);
        foreach (var entry in mapping.Entries)
            CsvText.Write(text, "entry", entry.Local, entry.Code);
        foreach (var test in mapping.Tests)
            CsvText.Write(text, "test", test.Local, test.Expected);
        return text.ToString();
    }

    static Error Wrong(string where, string zh, string en) => Error.Invalid("mapping.entry", zh, en, where, "改正后重新提交", "Correct it and submit again");
}
