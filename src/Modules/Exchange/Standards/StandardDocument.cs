using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// The region's common data standard at one version: what the facts are called and which codes they take. The directory names it by its
/// hash, so that it changes only by the signatures that change the directory (ADR 17).
/// </summary>
/// <param name="Version">Rises by one with every change.</param>
sealed partial record StandardDocument(string Region, int Version, IReadOnlyList<DataElement> Elements, IReadOnlyList<CodeList> Lists)
{
    public const int MostBytes = 4 * 1024 * 1024;

    readonly FrozenDictionary<string, DataElement> elements = Elements.ToFrozenDictionary(e => e.Element, StringComparer.Ordinal);
    readonly FrozenDictionary<string, CodeList> lists = Lists.ToFrozenDictionary(l => l.List, StringComparer.Ordinal);

    public DataElement? Element(string? element) => element is null ? null : elements.GetValueOrDefault(element);

    public CodeList? List(string? list) => list is null ? null : lists.GetValueOrDefault(list);

    /// <summary>The codes of an element; null when it has none, or there is no such element.</summary>
    public CodeList? ListOf(string? element) => List(Element(element)?.List);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, DirectoryDocument.Json);

    /// <summary>SHA-256 in hex, as the directory names it.</summary>
    public static string HashOf(ReadOnlySpan<byte> document) => Convert.ToHexStringLower(SHA256.HashData(document));

    [GeneratedRegex("^[a-z][a-z0-9.-]{0,63}$")]
    public static partial Regex Term();

    public static readonly string[] Types = ["text", "date", "integer", "number", "money"];

    /// <summary>Whole and without contradiction in itself; never more than a reader can hold.</summary>
    public static Result<StandardDocument> Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MostBytes)
            return Malformed("内容过大", "it is too large");
        Content? read;
        try
        {
            read = JsonSerializer.Deserialize<Content>(bytes, DirectoryDocument.Json);
        }
        catch (JsonException e)
        {
            return Malformed($"位置 {e.Path}", $"at {e.Path}");
        }
        if (read is not { Region: not null, Version: > 0, Elements: not null, Lists: not null })
            return Malformed("缺少必要的内容", "something is missing");
        foreach (var list in read.Lists)
        {
            if (Wrong(list) is { } wrong)
                return wrong;
        }
        foreach (var element in read.Elements)
        {
            if (element is not { Element: not null, Version: > 0, Label: { Zh: not null, En: not null }, Type: not null, Level: >= 1 and <= 4 } || !Term().IsMatch(element.Element) || !Types.Contains(element.Type))
                return Malformed($"数据元 {element?.Element}", $"data element {element?.Element}");
            if (element.List is not null && (element.Type != "text" || read.Lists.All(l => l.List != element.List)))
                return Malformed($"数据元 {element.Element} 的代码集", $"the code list of data element {element.Element}");
        }
        if (read.Elements.DistinctBy(e => e.Element).Count() != read.Elements.Count || read.Lists.DistinctBy(l => l.List).Count() != read.Lists.Count)
            return Malformed("有重复的代码", "a code stands twice");
        return new StandardDocument(read.Region, read.Version, read.Elements, read.Lists);
    }

    static Error? Wrong(CodeList? list)
    {
        if (list is not { List: not null, Version: > 0, Name: { Zh: not null, En: not null }, Values: not null } || !Term().IsMatch(list.List))
            return Malformed($"代码集 {list?.List}", $"code list {list?.List}");
        foreach (var value in list.Values)
        {
            if (value is not { Code.Length: > 0 and <= CodeValue.Longest, Name: { Zh: not null, En: not null } } || value.Code == CodeMapping.Unmapped || !IsDay(value.From) || !IsDay(value.Until))
                return Malformed($"代码集 {list.List} 的代码 {value?.Code}", $"code {value?.Code} of list {list.List}");
        }
        return list.Values.DistinctBy(v => v.Code).Count() == list.Values.Count ? null : Malformed($"代码集 {list.List} 有重复的代码", $"a code of list {list.List} stands twice");
    }

    public static bool IsDay(string? day) => day is null || DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    /// <summary>What the product brings for a new region: the elements of data/elements.json, the values of each as a code list of its name.</summary>
    public static StandardDocument Shipped(string sharedFolder, string region)
    {
        var shipped = JsonSerializer.Deserialize<List<ShippedElement>>(File.ReadAllBytes(Path.Combine(sharedFolder, "elements.json")), DirectoryDocument.Json)
            ?? throw new InvalidDataException("elements.json is empty.");
        return new StandardDocument(region, 1,
            [.. shipped.Select(e => new DataElement(e.Element, 1, new Words(e.Label, e.LabelEn), e.Type, e.Format, e.Length, e.Values is null ? null : e.Element, e.Level, e.Personal))],
            [.. shipped.Where(e => e.Values is not null).Select(e => new CodeList(e.Element, 1, new Words(e.Label, e.LabelEn), e.Standard, [.. e.Values!.Select(v => new CodeValue(v.Key, new Words(v.Key, v.Value)))]))]);
    }

    /// <summary>As it is read, before it is known to be whole.</summary>
    sealed record Content(string? Region, int Version, IReadOnlyList<DataElement>? Elements, IReadOnlyList<CodeList>? Lists);

    sealed record ShippedElement(string Element, string Label, string LabelEn, string Type, int Level, bool Personal, string? Format, int? Length, string? Standard, Dictionary<string, string>? Values);

    static Error Malformed(string zh, string en) => Error.Invalid("standard.malformed", $"数据标准格式错误：{zh}", $"The data standard is malformed: {en}", "standard");
}

/// <param name="Version">Of this element; rises with each of its changes.</param>
/// <param name="Type">text, date, integer, number, money (fen).</param>
/// <param name="Format">How it is written, such as <c>yyyy-MM-dd</c>; null where the type says it.</param>
/// <param name="Length">Most characters; null where there is no bound.</param>
/// <param name="List">The code list whose codes it takes; null when it takes any value.</param>
/// <param name="Level">Classification 1 (open) … 4 (core), GB/T 43697.</param>
sealed record DataElement(string Element, int Version, Words Label, string Type, string? Format, int? Length, string? List, int Level, bool Personal);

/// <param name="Version">Of this list; rises with each of its changes.</param>
/// <param name="Source">The standard it follows, such as GB/T 2261.1; null where it is the region's own.</param>
sealed record CodeList(string List, int Version, Words Name, string? Source, IReadOnlyList<CodeValue> Values)
{
    readonly FrozenDictionary<string, CodeValue> byCode = (Values ?? []).Where(v => v?.Code is not null).DistinctBy(v => v.Code).ToFrozenDictionary(v => v.Code, StringComparer.Ordinal);

    /// <summary>The code as it stands in this version, in force or not.</summary>
    public CodeValue? Value(string code) => byCode.GetValueOrDefault(code);

    public bool IsInForce(string code, DateOnly on) => byCode.TryGetValue(code, out var value) && value.IsInForce(on);

    /// <summary>By what it says; a record with lists in it compares them as objects.</summary>
    public bool SameAs(CodeList other) => JsonSerializer.Serialize(this with { Version = 0 }, DirectoryDocument.Json) == JsonSerializer.Serialize(other with { Version = 0 }, DirectoryDocument.Json);
}

/// <param name="From">First day, ISO; null from ever.</param>
/// <param name="Until">First day on which it is no longer in force, ISO; null for good.</param>
sealed record CodeValue(string Code, Words Name, string? From = null, string? Until = null)
{
    public const int Longest = 64;

    /// <summary>ISO days compare as texts.</summary>
    public bool IsInForce(DateOnly on)
    {
        if (From is null && Until is null)
            return true;
        var day = on.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return (From is null || string.CompareOrdinal(From, day) <= 0) && (Until is null || string.CompareOrdinal(day, Until) < 0);
    }
}

/// <summary>The standard that a directory names.</summary>
/// <param name="Sha256">Of its bytes, hex.</param>
sealed record StandardReference(int Version, string Sha256);
