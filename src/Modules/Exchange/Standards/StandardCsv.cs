using System.Globalization;
using System.Text;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>Elements, or code lists with a row for each code, as CSV. What a file does not name stays as it is.</summary>
static class StandardCsv
{
    public static readonly string[] ElementColumns = ["element", "label", "labelEn", "type", "format", "length", "list", "level", "personal"];
    public static readonly string[] ListColumns = ["list", "name", "nameEn", "source", "code", "codeName", "codeNameEn", "from", "until"];
    const int MostRows = 50_000;

    public static string Elements(StandardDocument standard)
    {
        var text = new StringBuilder();
        CsvText.Write(text, ElementColumns);
        foreach (var e in standard.Elements)
            CsvText.Write(text, e.Element, e.Label.Zh, e.Label.En, e.Type, e.Format ?? "", e.Length?.ToString(CultureInfo.InvariantCulture) ?? "", e.List ?? "", e.Level.ToString(CultureInfo.InvariantCulture), e.Personal ? "是" : "否");
        return text.ToString();
    }

    /// <summary>The list itself stands on the first of its rows.</summary>
    public static string Lists(IEnumerable<CodeList> lists)
    {
        var text = new StringBuilder();
        CsvText.Write(text, ListColumns);
        foreach (var list in lists)
        {
            for (var i = 0; i < list.Values.Count; i++)
            {
                var v = list.Values[i];
                CsvText.Write(text, [list.List, .. i == 0 ? new[] { list.Name.Zh, list.Name.En, list.Source ?? "" } : ["", "", ""], v.Code, v.Name.Zh, v.Name.En, v.From ?? "", v.Until ?? ""]);
            }
        }
        return text.ToString();
    }

    /// <summary>Of either kind; the first line says which.</summary>
    public static Result<(IReadOnlyList<DataElement> Elements, IReadOnlyList<CodeList> Lists)> Read(string text, string where)
    {
        var rows = CsvText.Read(text, where);
        if (!rows.Ok)
            return rows.Error;
        if (rows.Value.Count < 2)
            return new CsvText.Cell("", 1, 1).Wrong(where, "没有内容", "there is nothing in it");
        if (rows.Value.Count > MostRows)
            return new CsvText.Cell("", MostRows, 1).Wrong(where, $"最多 {MostRows} 行", $"at most {MostRows} lines");
        var header = rows.Value[0].Select(c => c.Text).ToList();
        if (header.SequenceEqual(ElementColumns))
            return ReadElements(rows.Value, where).Map(e => ((IReadOnlyList<DataElement>)e, (IReadOnlyList<CodeList>)[]));
        if (header.SequenceEqual(ListColumns))
            return ReadLists(rows.Value, where).Map(l => ((IReadOnlyList<DataElement>)[], (IReadOnlyList<CodeList>)l));
        return rows.Value[0][0].Wrong(where, $"第一行应为 {string.Join(',', ElementColumns)} 或 {string.Join(',', ListColumns)}", $"the first line is {string.Join(',', ElementColumns)} or {string.Join(',', ListColumns)}");
    }

    static Result<List<DataElement>> ReadElements(List<CsvText.Cell[]> rows, string where)
    {
        var found = new Dictionary<string, DataElement>(StringComparer.Ordinal);
        foreach (var row in rows.Skip(1))
        {
            if (row.Length != ElementColumns.Length)
                return row[^1].Wrong(where, $"应有 {ElementColumns.Length} 列，这里有 {row.Length} 列", $"{ElementColumns.Length} columns are needed, there are {row.Length}");
            if (!StandardDocument.Term().IsMatch(row[0].Text) || found.ContainsKey(row[0].Text))
                return row[0].Wrong(where, "代码用小写字母、数字、点和连字符，且不重复", "a code has small letters, digits, dots and hyphens, and stands once");
            if (row[1].Text.Length is 0 or > 100 || row[2].Text.Length > 200)
                return row[1].Wrong(where, "请填写名称（100 字以内）", "give the name (at most 100 characters)");
            if (!StandardDocument.Types.Contains(row[3].Text))
                return row[3].Wrong(where, $"类型应为 {string.Join('、', StandardDocument.Types)} 之一", $"the type is one of {string.Join(", ", StandardDocument.Types)}");
            if (row[4].Text.Length > 64)
                return row[4].Wrong(where, "格式不超过 64 字", "the format has at most 64 characters");
            if (row[5].Text.Length > 0 && (!int.TryParse(row[5].Text, NumberStyles.None, CultureInfo.InvariantCulture, out var bound) || bound is < 1 or > 100_000))
                return row[5].Wrong(where, "长度应为 1–100000，或不填", "the length is 1 to 100,000, or empty");
            if (row[6].Text.Length > 0 && (row[3].Text != "text" || !StandardDocument.Term().IsMatch(row[6].Text)))
                return row[6].Wrong(where, "代码集的代码不正确，或类型不是 text", "this is no code list, or the type is not text");
            if (!int.TryParse(row[7].Text, NumberStyles.None, CultureInfo.InvariantCulture, out var level) || level is < 1 or > 4)
                return row[7].Wrong(where, "数据分级应为 1–4", "the level is 1 to 4");
            if (ResourceForm.Truth(row[8].Text) is not { } personal)
                return row[8].Wrong(where, "是否个人信息请填 是 或 否", "say yes or no: is it about a person");
            found.Add(row[0].Text, new DataElement(row[0].Text, 0, Named(row[1], row[2]), row[3].Text, Or(row[4]), row[5].Text.Length > 0 ? int.Parse(row[5].Text, CultureInfo.InvariantCulture) : null, Or(row[6]), level, personal));
        }
        return found.Values.ToList();
    }

    static Result<List<CodeList>> ReadLists(List<CsvText.Cell[]> rows, string where)
    {
        var found = new List<CodeList>();
        var values = new Dictionary<string, List<CodeValue>>(StringComparer.Ordinal);
        foreach (var row in rows.Skip(1))
        {
            if (row.Length != ListColumns.Length)
                return row[^1].Wrong(where, $"应有 {ListColumns.Length} 列，这里有 {row.Length} 列", $"{ListColumns.Length} columns are needed, there are {row.Length}");
            if (!StandardDocument.Term().IsMatch(row[0].Text))
                return row[0].Wrong(where, "代码用小写字母、数字、点和连字符", "a code has small letters, digits, dots and hyphens");
            if (!values.TryGetValue(row[0].Text, out var codes))
            {
                if (row[1].Text.Length is 0 or > 100 || row[2].Text.Length > 200 || row[3].Text.Length > 100)
                    return row[1].Wrong(where, "代码集的第一行要写名称", "the first line of a list names it");
                values[row[0].Text] = codes = [];
                found.Add(new CodeList(row[0].Text, 0, Named(row[1], row[2]), Or(row[3]), codes));
            }
            if (row[4].Text.Length is 0 or > CodeValue.Longest || row[4].Text == CodeMapping.Unmapped || codes.Exists(c => c.Code == row[4].Text))
                return row[4].Wrong(where, $"代码为 1–{CodeValue.Longest} 字，且不重复", $"a code has 1 to {CodeValue.Longest} characters and stands once");
            if (row[5].Text.Length is 0 or > 200 || row[6].Text.Length > 200)
                return row[5].Wrong(where, "请填写代码的名称", "give the code's name");
            foreach (var day in new[] { row[7], row[8] })
            {
                if (!StandardDocument.IsDay(Or(day)))
                    return day.Wrong(where, "日期写成 2026-01-31，或不填", "write a day as 2026-01-31, or nothing");
            }
            codes.Add(new CodeValue(row[4].Text, Named(row[5], row[6]), Or(row[7]), Or(row[8])));
        }
        // Made anew, so that the index over the codes is over all of them.
        return found.ConvertAll(l => new CodeList(l.List, l.Version, l.Name, l.Source, [.. values[l.List]]));
    }

    static Words Named(CsvText.Cell zh, CsvText.Cell en) => new(zh.Text, en.Text.Length > 0 ? en.Text : zh.Text);

    static string? Or(CsvText.Cell cell) => cell.Text.Length > 0 ? cell.Text : null;
}
