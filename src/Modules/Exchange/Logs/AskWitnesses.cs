using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// What the witnesses hold of a log: checkpoints that the log itself signed, so nobody need be believed. A log that was cut at its end, with
/// everything that belongs to the end, is whole in itself; only what others remember tells.
/// </summary>
sealed class AskWitnesses
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    readonly int asked;
    readonly List<Answer> answers;

    /// <param name="Seen">Null when it has cosigned nothing of the log.</param>
    /// <param name="Note">The checkpoint as the log signed it.</param>
    public sealed record Answer(string Witness, Checkpoint? Seen, string Note);

    AskWitnesses(int asked, List<Answer> answers) => (this.asked, this.answers) = (asked, answers);

    /// <summary>What those said that could be asked.</summary>
    public IReadOnlyList<Answer> Answers => answers;

    /// <summary>Before the log is read: what they have seen by now must stand in it then.</summary>
    public static async Task<AskWitnesses> About(NoteKey log, IReadOnlyList<MemberEntry> witnesses, CancellationToken ct)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { Timeout = Longest, MaxResponseContentBufferSize = 64 * 1024 };
        var answers = await Task.WhenAll(witnesses.Select(w => Ask(http, w, log, ct)));
        return new(witnesses.Count, [.. answers.OfType<Answer>()]);
    }

    static async Task<Answer?> Ask(HttpClient http, MemberEntry witness, NoteKey log, CancellationToken ct)
    {
        try
        {
            var note = await http.GetStringAsync($"{witness.Endpoint}/log/witnessed?log={Uri.EscapeDataString(log.Name)}", ct);
            return Checkpoint.Verify(note, log) is { Ok: true } seen ? new(witness.NodeId, seen.Value.Checkpoint, note) : null;
        }
        catch (HttpRequestException e) when (e.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return new(witness.NodeId, null, "");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    public IEnumerable<long> Sizes => answers.Select(a => a.Seen?.Size ?? 0);

    public Finding Compare(LogAudit audit)
    {
        var seenBy = answers.Where(a => a.Seen is not null).ToList();
        foreach (var one in seenBy)
        {
            if (seenBy.Find(a => a.Seen!.Size == one.Seen!.Size && !a.Seen.Root.AsSpan().SequenceEqual(one.Seen.Root)) is { } other)
            {
                return new("witnesses", false, new(
                    $"本日志向 {one.Witness} 和 {other.Witness} 出示了两份不同的 {one.Seen!.Size} 条，均有本日志签名：日志有两份", $"This log showed {one.Witness} and {other.Witness} two different trees of {one.Seen.Size} leaves, and signed both"));
            }
        }
        foreach (var (witness, seen, _) in answers)
        {
            if (seen is not null && !audit.Continues(seen))
            {
                return new("witnesses", false, new(
                    $"{witness} 持有本日志签名的 {seen.Size} 条检查点，与现有内容不符：日志被截短或改写", $"{witness} holds a checkpoint of {seen.Size} leaves that this log signed and these leaves are not: the log was cut or rewritten"));
            }
        }
        return answers.Count == 0
            ? new("witnesses", true, new($"{asked} 个见证方都未能联系上：末尾是否被截短无从得知", $"None of {asked} witnesses could be asked: whether the log was cut at its end cannot be told"))
            : new("witnesses", true, new($"{answers.Count} 个见证方所见（最多 {answers.Max(a => a.Seen?.Size ?? 0)} 条）都在本日志中", $"What {answers.Count} witnesses saw, {answers.Max(a => a.Seen?.Size ?? 0)} leaves at most, stands in this log"));
    }
}
