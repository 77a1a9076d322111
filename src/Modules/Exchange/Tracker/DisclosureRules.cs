using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Which uses of personal data the law lets be shown later or without their details: <c>disclosure.json</c> in the node's folder, the
/// administrator's, read once at start. What rests on the person's own consent is never held back from them.
/// </summary>
sealed class DisclosureRules
{
    public const string FileName = "disclosure.json";

    /// <summary>In days.</summary>
    public const int LongestDelay = 3660;

    /// <param name="Purposes">Base codes of items; with <c>*</c> at the end all that begin so. Absent is any.</param>
    /// <param name="Departments">Kinds, such as <c>police</c>, of the department that answers or whose staff reads. Absent is any.</param>
    /// <param name="DelayDays">Days after the use until it is shown.</param>
    /// <param name="Mask">Who used what for which matter is not shown.</param>
    /// <param name="Law">The provision that asks for it.</param>
    /// <param name="Since">First day on which the node applies it (ISO).</param>
    public sealed record Rule(string Id, IReadOnlyList<string>? Purposes, IReadOnlyList<string>? Departments, int DelayDays, bool Mask, Words Law, DateOnly Since)
    {
        [JsonIgnore]
        public string? Wrong =>
            Id is not { Length: > 0 and <= 64 } ? "id"
            : Purposes is { Count: 0 } || Departments is { Count: 0 } || (Purposes is null && Departments is null) ? "purposes, departments"
            : DelayDays is < 0 or > LongestDelay || (DelayDays == 0 && !Mask) ? "delayDays, mask"
            : Law is not { Zh.Length: > 0 and <= Withholding.LongestLaw, En.Length: > 0 and <= Withholding.LongestLaw } ? "law"
            : null;

        public bool Covers(string purpose, string department) =>
            (Purposes is null || Purposes.Any(p => p.EndsWith('*') ? purpose.StartsWith(p[..^1], StringComparison.Ordinal) : p == purpose))
            && (Departments is null || Departments.Contains(department[(department.IndexOf('-', StringComparison.Ordinal) + 1)..]));
    }

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip };

    public DisclosureRules(IReadOnlyList<Rule> all) => All = all;

    public IReadOnlyList<Rule> All { get; }

    /// <summary>A node whose file is wrong does not start: it would show what it must not, or hide what it must show.</summary>
    public static Result<DisclosureRules> Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
            return new DisclosureRules([]);
        try
        {
            var rules = JsonSerializer.Deserialize<List<Rule>>(File.ReadAllBytes(file), Json) ?? [];
            return rules.Select(r => (r.Id, r.Wrong)).FirstOrDefault(r => r.Wrong is not null) is { Wrong: { } wrong } odd
                ? Unreadable($"{odd.Id}：{wrong}", $"{odd.Id}: {wrong}")
                : new DisclosureRules(rules);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return Unreadable(e is JsonException { LineNumber: { } line } ? $"第 {line + 1} 行" : "文件", e is JsonException { LineNumber: { } at } ? $"line {at + 1}" : "the file");
        }
    }

    /// <summary>What the first rule that covers a use at that instant says; null when it is shown at once and whole.</summary>
    public Withholding? Of(string purpose, string department, long at)
    {
        var day = Kernel.Time.LocalTime.DateOf(at);
        return All.FirstOrDefault(r => r.Since <= day && r.Covers(purpose, department)) is { } rule
            ? new Withholding(rule.Id, rule.DelayDays > 0 ? at + (rule.DelayDays * 24L * 3600 * 1000) : null, rule.Mask, rule.Law)
            : null;
    }

    static Error Unreadable(string zh, string en) => Error.Invalid("disclosure.rules", $"{FileName} 不能使用：{zh}", $"{FileName} cannot be used: {en}", FileName, "请系统管理员改正后重启节点", "Have an administrator correct it and restart the node");
}
