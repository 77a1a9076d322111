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
    readonly List<(string Witness, Checkpoint Seen)> answers;

    AskWitnesses(int asked, List<(string, Checkpoint)> answers) => (this.asked, this.answers) = (asked, answers);

    /// <summary>Before the log is read: what they have seen by now must stand in it then.</summary>
    public static async Task<AskWitnesses> About(NoteKey log, IReadOnlyList<MemberEntry> witnesses, CancellationToken ct)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { Timeout = Longest, MaxResponseContentBufferSize = 64 * 1024 };
        var answers = await Task.WhenAll(witnesses.Select(w => Ask(http, w, log, ct)));
        return new(witnesses.Count, [.. answers.OfType<(string, Checkpoint)>()]);
    }

    static async Task<(string, Checkpoint)?> Ask(HttpClient http, MemberEntry witness, NoteKey log, CancellationToken ct)
    {
        try
        {
            var note = await http.GetStringAsync($"{witness.Endpoint}/log/witnessed?log={Uri.EscapeDataString(log.Name)}", ct);
            return Checkpoint.Verify(note, log) is { Ok: true } seen ? (witness.NodeId, seen.Value.Checkpoint) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    public IEnumerable<long> Sizes => answers.Select(a => a.Seen.Size);

    public Finding Compare(LogAudit audit)
    {
        foreach (var (witness, seen) in answers)
        {
            if (!audit.Continues(seen))
            {
                return new("witnesses", false, new(
                    $"{witness} 持有本日志签名的 {seen.Size} 条检查点，与现有内容不符：日志被截短或改写", $"{witness} holds a checkpoint of {seen.Size} leaves that this log signed and these leaves are not: the log was cut or rewritten"));
            }
        }
        return answers.Count == 0
            ? new("witnesses", true, new($"{asked} 个见证方都未能联系上：末尾是否被截短无从得知", $"None of {asked} witnesses could be asked: whether the log was cut at its end cannot be told"))
            : new("witnesses", true, new($"{answers.Count} 个见证方所见（最多 {answers.Max(a => a.Seen.Size)} 条）都在本日志中", $"What {answers.Count} witnesses saw, {answers.Max(a => a.Seen.Size)} leaves at most, stands in this log"));
    }
}
